# shellcheck shell=bash
# The commands that look, and change nothing: `status`, `check`, `machines-line`.
# shellcheck disable=SC2154 # remote-builder.sh has the variables

status() {
    must_be_ours
    if ! exists; then
        echo "$container: not there"
        exit 3
    fi
    if ! is_running; then
        echo "$container: stopped, $(inspect '{{.State.Status}}, exit status {{.State.ExitCode}}')"
        exit 3
    fi
    local why health=0 words
    need ssh
    read_port
    words=$(podman exec "$container" /usr/local/bin/healthcheck.sh 2>&1) || health=1
    why=$(fault)
    echo "$container: running since $(inspect '{{.State.StartedAt}}' | cut -c1-19), $(who)"
    echo "address  127.0.0.1:$port"
    echo "image    $(inspect '{{.ImageName}}')"
    echo "digest   $(podman image inspect --format '{{.Digest}}' "$(inspect '{{.Image}}')")"
    echo "sandbox  $(labelled sandbox)"
    echo "store    $(labelled volume), $(size_of_store)"
    if [[ $health == 0 && -z $why ]]; then
        echo 'health   it answers'
        return
    fi
    echo "health   ${why:-$words}"
    exit 1
}

# A store may be so large that counting it would take minutes.
size_of_store() {
    local size
    size=$(podman exec "$container" timeout 10 du -sk /nix/store 2>/dev/null) || :
    if [[ -n $size ]]; then
        echo "$((${size%%[!0-9]*} / 1024)) MiB"
    else
        echo 'not counted within 10 s'
    fi
}

check() {
    need ssh
    must_be_ours
    need_keys
    is_running || fail "container: $container does not run: $program up$named"
    read_port
    local why
    echo "container: $container runs, $(who)"
    why=$(fault)
    [[ -z $why ]] || fail "$why"
    echo "host key: 127.0.0.1:$port has the one that is pinned"
    echo 'client key: it lets this installation in'
    echo 'nix-daemon: it answers'
    why=$(trust)
    [[ -z $why ]] || fail "$why"
    echo 'trust: it takes builds'
}

read_port() {
    [[ -r $state/port ]] || fail "$container was never started: $program up$named"
    port=$(<"$state/port")
}

print_line() {
    local also
    need_keys
    read_port
    exists || fail "there is no container $container: $program up$named"
    must_be_ours
    if [[ -z $systems ]]; then
        case $(podman image inspect --format '{{.Architecture}}' "$(inspect '{{.Image}}')") in
            amd64) systems=x86_64-linux ;;
            arm64) systems=aarch64-linux ;;
            386) systems=i686-linux ;;
            riscv64) systems=riscv64-linux ;;
            *) fail 'the image does not say for which system it is in words that are known here: give --systems' ;;
        esac
        also=$(labelled emulate)
        systems+=${also:+,$also}
    fi
    [[ -n $jobs ]] || jobs=$(podman info --format '{{.Host.CPUs}}')
    machines_line "127.0.0.1:$port" "$systems" "$jobs" "$state/host_key.pub" "$protocol" "$speed" "$features"
}
