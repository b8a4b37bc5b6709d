# shellcheck shell=bash
# The command `up`.
# shellcheck disable=SC2154 # remote-builder.sh has the variables

up() {
    check_emulation
    need ssh
    find_image
    must_be_ours
    prepare_keys
    claim remote-builder.sh
    local was=made why
    if exists; then
        why=$(differences | paste -s -d ';' - | sed 's/;/, /g')
        if [[ -n $why ]]; then
            say "$container is made anew, with the store in $volume: $why"
            [[ -n $port ]] || port=$(port_of_container)
            podman rm --force --volumes "$container" >/dev/null
        elif is_running; then
            was=running
        else
            was=stopped
        fi
    fi
    case $was in
        made)
            [[ -n $port ]] || port=$(port_of "$state" '')
            create
            ;;
        stopped) podman start "$container" >/dev/null || fail "podman does not start $container" ;;
    esac
    # The one that podman chose, if it was to choose.
    port=$(port_of_container)
    case $port in
        '' | 0) port=$(podman port "$container" 22/tcp | sed -n '1s/.*://p') ;;
    esac
    wait_until_it_answers
    if [[ $was == running ]]; then
        say "$container runs already at 127.0.0.1:$port, $(who)"
    else
        say "$container runs at 127.0.0.1:$port, $(who)"
    fi
    why=$(trust)
    [[ -z $why ]] || say "$why"
    say_how_to_build
}

wait_until_it_answers() {
    local began=$SECONDS why
    while :; do
        # First, since it writes down how one gets there.
        why=$(fault)
        [[ -n $why ]] || return 0
        is_running || {
            say "$container ended at once"
            last_words
            exit 1
        }
        case $why in
            # Time does not mend these.
            'host key:'* | 'client key:'*) break ;;
        esac
        ((SECONDS - began < timeout)) || break
        sleep 0.3
    done
    say "$container does not answer as it should after $((SECONDS - began)) s: $why"
    last_words
    exit 1
}

say_how_to_build() {
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
