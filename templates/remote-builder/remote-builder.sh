#!/usr/bin/env bash
# remote-builder.sh COMMAND [OPTION…]: a Nix remote builder in a container of podman. `remote-builder.sh --help` says more.
set -eu

usage() {
    cat <<'END'
usage: remote-builder.sh COMMAND [OPTION…]

  up             starts the builder, and waits until it answers with its own host key. Again: nothing to do. After a change
                 of the image, the settings or the keys: makes the container anew, with the same store
  stop           stops it; container, store and keys stay, and `up` goes on with them
  down           stops it, and removes what `up` made: container, store volume, keys. With --keep, the container alone
  status         what runs, where, of which image
  check          tries each step of a connection, and says which one fails and why
  keys           makes this installation's keys where there are none, and shows them
  machines-line  prints the line for `builders` of nix.conf, /etc/nix/machines or --builders
  ssh-options    prints what NIX_SSHOPTS has to be for a Nix that knows no port in a builder's address (2.26 and before)

  --name NAME       which builder; each has its own container, store, keys and port (nix-builder)   every command
  --image REF       its image, by tag or digest (localhost/nix-builder:TAG, TAG as ../alpine/image-name.sh)       up
  --port PORT       its port on 127.0.0.1 (the one it had, at first a free one)                                   up
  --volume VOLUME   the volume of its store (NAME-store); one that was there before is never removed              up
  --no-sandbox      builds without Nix's sandbox, and without the rights that the sandbox takes                   up
  --emulate SYSTEM  builds for SYSTEM too, by emulation: aarch64-linux. Before, as root: binfmt.sh register aarch64   up
  --timeout SECONDS how long to wait until it answers (90)                                                        up
  --keep            leaves the store and the keys for the next `up`                                             down
  --rotate          makes new keys in place of the ones that are there                                          keys
  --protocol PROTOCOL  ssh-ng or ssh (ssh-ng)                                                          machines-line
  --jobs N          how many builds at once (as many as there are processors)                          machines-line
  --speed N         how it is preferred to others (1)                                                  machines-line
  --systems LIST    what it builds for, with commas (what the image is for, and what it emulates)     machines-line
  --features LIST   what it can do, with commas, or - (big-parallel,benchmark)                         machines-line

Keys and settings are below ${XDG_STATE_HOME:-~/.local/state}/nix-remote-builder/NAME, for you alone. podman runs as you:
rootless, unless you are root. Whoever has the client key is trusted by the builder's Nix, as root is: the port is on
127.0.0.1 only.

Exit status: 0 done · 1 it failed · 64 wrong usage · `status`: 0 it runs and answers, 1 it runs and does not, 3 it does not run
END
}

program=${0##*/}
# Without CDPATH, which makes cd print where it went.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=/dev/null # it is checked by itself
. "$here/address.sh"

say() { echo "$program: $*" >&2; }

fail() {
    say "$@"
    exit 1
}

wrong() {
    say "$*; --help says what there is"
    exit 64
}

need() {
    command -v "$1" >/dev/null || fail "$1 is not on the PATH: install it, or run this with: nix-shell bootstrap/shell.nix --run …"
}

### What the container may do.

# sshd shuts itself in and becomes the builder's user (SYS_CHROOT, SETUID, SETGID) on port 22 (NET_BIND_SERVICE). nix-daemon
# gives build folders to its build users, reads what they wrote, and ends them (CHOWN, FOWNER, DAC_OVERRIDE, KILL).
capabilities=CHOWN,DAC_OVERRIDE,FOWNER,KILL,NET_BIND_SERVICE,SETGID,SETUID,SYS_CHROOT

# Nix's sandbox mounts, and has a /proc of its own, which the kernel allows to those alone who see all of the one outside.
# That has to be power over nothing but a user namespace: the machine's own root could write core_pattern there, which the
# kernel runs. Rootless it is so; rootful, prepare_users sees to it. The filter of system calls stays in both.
sandbox_options=(--cap-add SYS_ADMIN --security-opt 'unmask=/proc/*')

# Rootful, the container's users are none of this machine's.
prepare_users() {
    user_options=() keys_options=ro,Z
    # Where podman is in a machine apart, that is the wall, and files of this one cannot be given to other users. Nor where
    # root is a user namespace's, and has no such numbers.
    if [ "$(podman info --format '{{.Host.Security.Rootless}} {{.Host.ServiceIsRemote}}')" = 'false false' ] &&
        grep -q '^ *0 *0 *4294967295$' /proc/self/uid_map; then
        user_options=(--uidmap "$user_map" --gidmap "$user_map")
        # U: the keys are given to the container's root.
        keys_options=$keys_options,U
    fi
}

mounted_keys=/etc/nix-builder
label=io.github.pinr.remote-builder

### Keys.

mode_of() {
    # The nine letters of ls are the same everywhere; the options of stat are not.
    # shellcheck disable=SC2012
    ls -ld "$1" | cut -c1-10
}

# Makes a private key in one step, and never over another.
make_key() {
    [ ! -e "$1" ] || return 0
    # Another `up` may be at it.
    local new=$1.$$
    rm -f "$new" "$new.pub"
    ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$new"
    ln "$new" "$1" 2>/dev/null || [ -e "$1" ] || fail "$1 cannot be made"
    rm -f "$new" "$new.pub"
    made_keys=yes
}

# The public half, as the private one is: both are never out of step.
public_key() {
    ssh-keygen -y -P '' -f "$1" 2>/dev/null || fail "$1 is no private key without a passphrase: $program keys --rotate makes others"
}

prepare_keys() {
    local odd='[][;%"#$:|&*?{}()<>\\`'\'']'
    need ssh-keygen
    case $state in
        *[[:space:]]*) fail "$state has a space in it, which a builders line cannot have: set XDG_STATE_HOME to another folder" ;;
        *$odd*) fail "$state has a character in it that ssh, podman or a builders line takes for something else: set XDG_STATE_HOME to another folder" ;;
    esac
    umask 077
    mkdir -p "$state/host"
    for folder in "$state/.." "$state"; do
        [ -O "$folder" ] || fail "$folder belongs to somebody else: another --name, or another XDG_STATE_HOME"
    done
    chmod 700 "$state" "$state/host"
    made_keys=
    make_key "$client" "$container of $(uname -n)"
    make_key "$host" "host key of $container"
    for key in "$client" "$host"; do
        [ "$(mode_of "$key")" = -rw------- ] || fail "$key can be read by others: $program keys --rotate makes new ones"
    done
    public_key "$client" >"$client.pub"
    public_key "$host" >"$state/host_key.pub"
    # Lines that somebody added, for others who build here, stay.
    grep -qxF "$(cat "$client.pub")" "$authorized" 2>/dev/null || cat "$client.pub" >>"$authorized"
}

rotate_keys() {
    if [ -e "$client.pub" ] && [ -e "$authorized" ]; then
        grep -vxF "$(cat "$client.pub")" "$authorized" >"$authorized.new" || :
        mv "$authorized.new" "$authorized"
    fi
    rm -f "$client" "$host"
}

need_keys() {
    for key in "$client" "$host"; do
        [ -e "$key" ] || fail "$container has no keys in $state: $program up makes them"
    done
}

# What the container was given: a change has to make it anew.
keys_fingerprint() {
    cat "$authorized" "$state/host_key.pub" | cksum | tr -d '[:space:]'
}

show_keys() {
    need ssh-keygen
    echo "client key  $client"
    echo "            $(ssh-keygen -lf "$client.pub")"
    echo "host key    $host"
    echo "            $(ssh-keygen -lf "$state/host_key.pub")"
}

### What podman knows.

inspect() { podman container inspect --format "$1" "$container" 2>/dev/null; }

exists() { podman container exists "$container"; }

is_running() { [ "$(inspect '{{.State.Running}}')" = true ]; }

# Somebody else's container of that name is left alone.
must_be_ours() {
    exists || return 0
    [ "$(inspect "{{index .Config.Labels \"$label\"}}")" = "$name" ] ||
        fail "there is a container $container that $program did not make: another --name, or podman rm $container"
    [ "$(inspect "{{index .Config.Labels \"$label.state\"}}")" = "$state" ] ||
        fail "$container has its keys in $(inspect "{{index .Config.Labels \"$label.state\"}}"), and not in $state: another --name, or XDG_STATE_HOME as it was"
}

# shellcheck disable=SC2016 # the variables are podman's
port_of_container() { inspect '{{range $key, $bindings := .HostConfig.PortBindings}}{{range $bindings}}{{.HostPort}}{{end}}{{end}}'; }

who() {
    if [ "$(podman info --format '{{.Host.Security.Rootless}}')" = true ]; then
        echo "rootless, as $(id -un)"
    else
        echo "rootful, as $(id -un): without root, it would run with the rights of its user alone"
    fi
}

last_words() {
    local log
    log=$(podman logs --tail 15 "$container" 2>&1) || :
    say "the log of $container ends so (podman logs $container has all of it):"
    printf '%s\n' "$log" | sed 's/^/    /' >&2
    case $log in
        *'exec '*': no such file or directory'*)
            say "an image with its programs in /nix, as that of images/docker.nix, does not find them in the volume of another image: --volume NAME gives it one of its own"
            ;;
    esac
}

### Connecting.

# Says why a connection does not work, on stdout; nothing when it does. To be called as $(fault).
#
# It is the connection that Nix makes, with the first word of the protocol, to which the daemon, and nobody else, answers
# `oixd`. It does so while its client stays, so what goes there is kept open until the answer has come.
fault() {
    local folder answer='' pid
    # With the pinned key of now, which may be another than the builder started with.
    write_address "$state" "$port"
    folder=$(mktemp -d)
    # A client that failed at once takes no word any more.
    trap '' PIPE
    mkfifo "$folder/to" "$folder/from"
    ssh -F "$state/ssh_config" "127.0.0.1:$port" nix-daemon --stdio <"$folder/to" >"$folder/from" 2>"$folder/errors" &
    pid=$!
    exec 3>"$folder/to" 4<"$folder/from"
    printf 'cxin\0\0\0\0' 2>/dev/null >&3 || :
    IFS='' read -r -t 20 -n 4 answer <&4 || :
    exec 3>&- 4<&-
    kill "$pid" 2>/dev/null || :
    wait "$pid" 2>/dev/null || :
    if [ "$answer" != oixd ]; then
        case $(cat "$folder/errors") in
            *'Host key verification failed'* | *'REMOTE HOST IDENTIFICATION HAS CHANGED'*)
                echo "host key: what answers at 127.0.0.1:$port has another one than $state/host_key.pub: it is not this builder, or was started with other keys ($program up)"
                ;;
            *'Permission denied'*)
                echo "client key: the builder does not let in $client: it was started with other keys ($program up)"
                ;;
            *'Connection refused'* | *'onnection reset'* | *'onnection closed'* | *'timed out'* | *'kex_exchange_identification'*)
                echo "ssh: nothing answers at 127.0.0.1:$port"
                ;;
            *) echo 'nix-daemon: ssh works, and the daemon does not answer' ;;
        esac
        sed -e '/^[[:space:]]*$/d' -e 's/^/    /' "$folder/errors"
    fi
    rm -rf "$folder"
}

# Whether the builder's Nix trusts its user. Without that it refuses nearly every build, each time in other words.
trust() {
    local setting
    # shellcheck disable=SC2016 # the shell in the container is to see it
    setting=$(podman exec "$container" sh -c '
        for show in "config show" show-config; do
            nix --extra-experimental-features nix-command $show 2>/dev/null | grep "^trusted-users = " && exit
        done') || :
    case " ${setting#trusted-users = } " in
        # A group's members only Nix knows.
        *' builder '* | *' * '* | *' @'*) ;;
        *) echo "trust: the builder's Nix does not trust its user (${setting:-trusted-users is not known}), and will refuse builds: trusted-users has to have builder in it" ;;
    esac
}

### Commands.

default_image() {
    local tag script=$here/../alpine/image-name.sh
    [ -f "$script" ] || fail "$script is not there, which names the image: give --image, or apply the template alpine"
    tag=$(sh "$script") || fail "$script failed: give --image"
    echo "localhost/nix-builder:$tag"
}

find_image() {
    [ -n "$image" ] || image=$(default_image)
    podman image exists "$image" && return
    case $image in
        *@sha256:*)
            say "fetching $image"
            podman pull --quiet "$image" >/dev/null || fail "$image cannot be fetched"
            ;;
        *) fail "there is no image $image here: bootstrap/container_build.sh builds it" ;;
    esac
}

# The system that the container emulates; nothing for none.
emulated() { inspect "{{index .Config.Labels \"$label.emulate\"}}"; }

# The kernel emulates, or nobody. It has to hold the emulator open (flag F), which is not in the container.
check_emulation() {
    local entry
    [ -n "$emulate" ] || return 0
    # Containers that run elsewhere have another kernel, which `up` cannot ask.
    [ "$(uname -s)" = Linux ] && [ -z "${CONTAINER_HOST-}${CONTAINER_CONNECTION-}" ] || return 0
    for entry in nix-builder-aarch64 qemu-aarch64; do
        if grep -qs '^flags: .*F' "/proc/sys/fs/binfmt_misc/$entry"; then return 0; fi
    done
    fail "this kernel does not run programs for $emulate in containers: sudo $here/binfmt.sh register aarch64 --interpreter FILE"
}

# Whether the container is the one that is asked for; what differs, on stdout.
differences() {
    [ "$(inspect '{{.Image}}')" = "$image_id" ] || echo 'its image changed'
    [ "$(inspect "{{index .Config.Labels \"$label.sandbox\"}}")" = "$sandbox" ] || echo 'the sandbox was switched'
    [ "$(emulated)" = "$emulate" ] || echo 'what it emulates changed'
    [ "$(inspect "{{index .Config.Labels \"$label.volume\"}}")" = "$volume" ] || echo 'it has another volume'
    [ "$(inspect "{{index .Config.Labels \"$label.keys\"}}")" = "$(keys_fingerprint)" ] || echo 'its keys changed'
    [ "$port" = '' ] || [ "$(port_of_container)" = "$port" ] || echo 'it has another port'
}

create() {
    local log=$state/podman.$$
    # Labelled, it is ours to remove.
    podman volume exists "$volume" ||
        podman volume create --label "$label=$name" --label "$label.state=$state" "$volume" >/dev/null
    local settings=
    if [ "$sandbox" = yes ]; then
        set -- "${sandbox_options[@]}"
    else
        set --
        settings='sandbox = false'
    fi
    [ -z "$emulate" ] || settings+=${settings:+$'\n'}"extra-platforms = $emulate"
    [ -z "$settings" ] || set -- "$@" --env "NIX_CONFIG=$settings"
    # Builds work in /tmp, which may take more room than there is memory, and run what they make: a volume that goes with
    # the container, and not a tmpfs.
    prepare_users
    podman run --detach --pull never --cidfile "$log.id" --name "$container" --hostname "$container" ${user_options[@]+"${user_options[@]}"} \
        --label "$label=$name" --label "$label.state=$state" --label "$label.sandbox=$sandbox" --label "$label.emulate=$emulate" \
        --label "$label.volume=$volume" --label "$label.keys=$(keys_fingerprint)" \
        --read-only --tmpfs /run:mode=755 --volume /tmp --volume "$volume:/nix" \
        --volume "$state/host:$mounted_keys:$keys_options" \
        --cap-drop all --cap-add "$capabilities" --security-opt no-new-privileges "$@" \
        --publish "127.0.0.1:$port:22" "$image_id" >"$log" 2>&1 || {
        # By its number: of that name there may be one that another `up` made meanwhile.
        [ ! -s "$log.id" ] || podman rm --force --volumes "$(cat "$log.id")" >/dev/null 2>&1 || :
        say "podman did not start $container:"
        sed 's/^/    /' "$log" >&2
        rm -f "$log" "$log.id"
        exit 1
    }
    rm -f "$log" "$log.id"
}

wait_until_it_answers() {
    local began=$SECONDS why
    while :; do
        is_running || {
            say "$container ended at once"
            last_words
            exit 1
        }
        why=$(fault)
        [ -n "$why" ] || return 0
        case $why in
            # Time does not mend these.
            'host key:'* | 'client key:'*) break ;;
        esac
        [ "$((SECONDS - began))" -lt "$timeout" ] || break
        sleep 0.3
    done
    say "$container does not answer as it should after $((SECONDS - began)) s: $why"
    last_words
    exit 1
}

up() {
    check_emulation
    need ssh
    find_image
    image_id=$(podman image inspect --format '{{.Id}}' "$image")
    must_be_ours
    prepare_keys
    claim remote-builder.sh
    local was=made why
    if exists; then
        why=$(differences | paste -s -d ';' - | sed 's/;/, /g')
        if [ -n "$why" ]; then
            say "$container is made anew, with the store in $volume: $why"
            [ -n "$port" ] || port=$(port_of_container)
            podman rm --force --volumes "$container" >/dev/null
        elif is_running; then
            was=running
        else
            was=stopped
        fi
    fi
    case $was in
        made)
            [ -n "$port" ] || port=$(cat "$state/port" 2>/dev/null) || port=
            create
            ;;
        stopped) podman start "$container" >/dev/null || fail "podman does not start $container" ;;
    esac
    # The one that podman chose, if it was to choose.
    port=$(port_of_container)
    case $port in
        '' | 0) port=$(podman port "$container" 22/tcp | sed -n '1s/.*://p') ;;
    esac
    write_address "$state" "$port"
    echo "$port" >"$state/port"
    wait_until_it_answers
    if [ "$was" = running ]; then
        say "$container runs already at 127.0.0.1:$port, $(who)"
    else
        say "$container runs at 127.0.0.1:$port, $(who)"
    fi
    why=$(trust)
    [ -z "$why" ] || say "$why"
    local self
    self=$(printf %q "$0")
    cat <<END
To build there and not here:
    nix-build --max-jobs 0 --builders "\$($self machines-line$named)" …
Always: the line that \`$self machines-line$named\` prints, in /etc/nix/machines, where \`builders = @/etc/nix/machines\`.
A Nix up to 2.26 knows no port in an address, and has to be told:
    export NIX_SSHOPTS="\$($self ssh-options$named)"
or, where a daemon builds, in root's ~/.ssh/config:  Include $state/ssh_config
END
}

stop() {
    must_be_ours
    exists || fail "there is no container $container"
    podman stop --time 20 "$container" >/dev/null
    say "$container is stopped; its store and its keys stay: $program up$named goes on with them, $program down$named removes them"
}

down() {
    local volumes kept
    must_be_ours
    must_be_free remote-builder.sh
    if exists; then
        podman stop --time 20 "$container" >/dev/null 2>&1 || :
        podman rm --force --volumes "$container" >/dev/null
        say "removed the container $container"
    fi
    release remote-builder.sh
    volumes=$(podman volume ls --quiet --filter "label=$label=$name" --filter "label=$label.state=$state")
    if [ -n "$keep" ]; then
        kept=$(printf '%s' "$volumes" | tr '\n' ' ')
        say "kept: volume ${kept:-(none)}, keys in $state"
        return
    fi
    for volume in $volumes; do
        podman volume rm "$volume" >/dev/null
        say "removed the volume $volume"
    done
    if [ -d "$state" ]; then
        for file in client_key client_key.pub host/ssh_host_ed25519_key host/authorized_keys host_key.pub known_hosts ssh_config port; do
            rm -f "$state/$file"
        done
        rmdir "$state/host" "$state" 2>/dev/null || say "$state has more in it than $program put there, and stays"
        say "removed the keys in $state"
        # Only when no other builder has anything there.
        rmdir "$(dirname "$state")" 2>/dev/null || :
    fi
}

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
    read_port
    words=$(podman exec "$container" /usr/local/bin/healthcheck.sh 2>&1) || health=1
    why=$(fault)
    echo "$container: running since $(inspect '{{.State.StartedAt}}' | cut -c1-19), $(who)"
    echo "address  127.0.0.1:$port"
    echo "image    $(inspect '{{.ImageName}}')"
    echo "digest   $(podman image inspect --format '{{.Digest}}' "$(inspect '{{.Image}}')")"
    echo "sandbox  $(inspect "{{index .Config.Labels \"$label.sandbox\"}}")"
    echo "store    $(inspect "{{index .Config.Labels \"$label.volume\"}}"), $(podman exec "$container" du -sk /nix/store | awk '{ printf "%.0f MiB", $1 / 1024 }')"
    if [ "$health" -eq 0 ] && [ -z "$why" ]; then
        echo 'health   it answers'
        return
    fi
    echo "health   ${why:-$words}"
    exit 1
}

check() {
    need ssh
    must_be_ours
    need_keys
    is_running || fail "container: $container does not run: $program up"
    read_port
    local why
    echo "container: $container runs, $(who)"
    why=$(fault)
    [ -z "$why" ] || fail "$why"
    echo "host key: 127.0.0.1:$port has the one that is pinned"
    echo 'client key: it lets this installation in'
    echo 'nix-daemon: it answers'
    why=$(trust)
    [ -z "$why" ] || fail "$why"
    echo 'trust: it takes builds'
}

read_port() {
    [ -r "$state/port" ] || fail "$container was never started: $program up"
    port=$(cat "$state/port")
}

print_line() {
    need_keys
    read_port
    exists || fail "there is no container $container: $program up"
    must_be_ours
    if [ -z "$systems" ]; then
        case $(podman image inspect --format '{{.Architecture}}' "$(inspect '{{.Image}}')") in
            amd64) systems=x86_64-linux ;;
            arm64) systems=aarch64-linux ;;
            386) systems=i686-linux ;;
            riscv64) systems=riscv64-linux ;;
            *) fail 'the image does not say for which system it is in words that are known here: give --systems' ;;
        esac
        local also
        also=$(emulated)
        systems+=${also:+,$also}
    fi
    [ -n "$jobs" ] || jobs=$(podman info --format '{{.Host.CPUs}}')
    machines_line "127.0.0.1:$port" "$systems" "$jobs" "$state/host_key.pub" "$protocol" "$speed" "$features"
}

### The command line.

name=nix-builder image='' port='' volume='' sandbox=yes emulate='' timeout=90 keep='' rotate=''
protocol=ssh-ng jobs='' speed=1 systems='' features=big-parallel,benchmark

command=${1-}
case $command in
    up) options='--image --port --volume --no-sandbox --emulate --timeout' ;;
    down) options=--keep ;;
    keys) options=--rotate ;;
    machines-line) options='--protocol --jobs --speed --systems --features' ;;
    stop | status | check | ssh-options) options= ;;
    --help | -h | help)
        usage
        exit 0
        ;;
    '') wrong 'which command? up, down, stop, status, check, keys, machines-line or ssh-options' ;;
    *) wrong "unknown command '$command'" ;;
esac
shift

# A number that a shell can count with, and without a zero before it.
number() {
    case $2 in
        '' | 0* | *[!0-9]* | ????????*) wrong "$1 $2: a number above 0 is wanted" ;;
    esac
}

list() {
    case $2 in
        '' | *[!A-Za-z0-9_,.{}-]*) wrong "$1 '$2': names with commas between them are wanted" ;;
    esac
}

while [ "$#" -gt 0 ]; do
    option=$1
    value=
    case " --name --help $options " in
        *" ${option%%=*} "*) ;;
        *) wrong "$command has no option or argument '$option'" ;;
    esac
    case $option in
        --no-sandbox | --keep | --rotate | --help) ;;
        --no-sandbox=* | --keep=* | --rotate=* | --help=*) wrong "${option%%=*} takes no value" ;;
        --*=*)
            value=${option#*=}
            option=${option%%=*}
            ;;
        *)
            [ "$#" -ge 2 ] || wrong "$option wants a value"
            value=$2
            shift
            ;;
    esac
    shift
    case $option in
        --help)
            usage
            exit 0
            ;;
        --name)
            name=$value
            case $name in
                '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) wrong "--name '$name': letters, digits, and _ . - after the first" ;;
            esac
            ;;
        --image)
            image=$value
            # A name that means another image tomorrow is no pin.
            case ${image##*/} in
                '' | *:latest) wrong "--image '$image': a tag of its own, or a digest, is wanted" ;;
                *:* | *@*) ;;
                *) wrong "--image '$image': a tag or a digest is wanted, since none means latest" ;;
            esac
            ;;
        --port)
            number "$option" "$value"
            [ "$value" -le 65535 ] || wrong "--port $value: there are 65535"
            port=$value
            ;;
        --volume)
            volume=$value
            case $volume in
                '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) wrong "--volume '$volume': the name of a volume is wanted" ;;
            esac
            ;;
        --timeout)
            number "$option" "$value"
            timeout=$value
            ;;
        --protocol)
            case $value in
                ssh-ng | ssh) protocol=$value ;;
                *) wrong "--protocol $value: ssh-ng or ssh" ;;
            esac
            ;;
        --jobs)
            number "$option" "$value"
            jobs=$value
            ;;
        --speed)
            number "$option" "$value"
            speed=$value
            ;;
        --systems)
            list "$option" "$value"
            systems=$value
            ;;
        --features)
            list "$option" "$value"
            features=$value
            ;;
        --emulate)
            [ "$value" = aarch64-linux ] || wrong "only aarch64-linux can be emulated, not $value"
            emulate=$value
            ;;
        --no-sandbox) sandbox=no ;;
        --keep) keep=yes ;;
        --rotate) rotate=yes ;;
    esac
done

container=$name
[ -n "$volume" ] || volume=$name-store
named=
[ "$name" = nix-builder ] || named=" --name $name"
state=$(state_of "$name")
client=$state/client_key
host=$state/host/ssh_host_ed25519_key
authorized=$state/host/authorized_keys

case $command in
    keys)
        [ -z "$rotate" ] || rotate_keys
        prepare_keys
        [ -z "$made_keys" ] || say "made keys in $state"
        [ -z "$rotate" ] || say "a builder that runs takes them with \`$program up$named\`; the line for machines changes"
        show_keys
        ;;
    ssh-options) ssh_options "$state" ;;
    *)
        need podman
        case $command in
            machines-line) print_line ;;
            *) "$command" ;;
        esac
        ;;
esac
