<<<<<<< HEAD
# shellcheck shell=bash
# What Nix and ssh have to know to reach a builder on this machine; quadlet.sh, kube.sh and vm.sh read this file. They set
=======
#!/usr/bin/env bash
# What Nix and ssh have to know to reach a builder on this machine; the scripts beside this file read it. They set
>>>>>>> suite
# `state` to the folder of the builder's keys.
# shellcheck disable=SC2154 # they set it

# write_address FOLDER PORT: what `ssh-options` names. Only the pinned host key is believed, and only the builder's own key
# is shown to it. Each file is whole whenever ssh reads it: a build may begin meanwhile.
write_address() {
    mkdir -p "$1"
    printf '127.0.0.1:%s %s\n' "$2" "$(cut -d' ' -f1,2 "$state/host_key.pub")" >"$1/known_hosts.new"
    mv "$1/known_hosts.new" "$1/known_hosts"
    # The first block is for a Nix that gives ssh an address with its port as a name.
    cat >"$1/ssh_config.new" <<EOF
Host 127.0.0.1:$2
    HostName 127.0.0.1
    Port $2
    HostKeyAlias 127.0.0.1:$2

Host 127.0.0.1 127.0.0.1:$2
    User builder
    IdentityFile $state/client_key
    IdentitiesOnly yes
    IdentityAgent none
    BatchMode yes
    ConnectTimeout 20
    UserKnownHostsFile $1/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    UpdateHostKeys no
EOF
    mv "$1/ssh_config.new" "$1/ssh_config"
}

# not_set_up FILE: says which command makes what is missing.
not_set_up() {
    local script=${0##*/} command=up
    case $script in
        quadlet.sh) command=install ;;
        kube.sh) command=one ;;
    esac
    fail "there is no $1: first $script $command"
}

# ssh_options FOLDER
ssh_options() {
    [[ -r $1/ssh_config ]] || not_set_up "$1/ssh_config"
    printf -- '-F %s\n' "$1/ssh_config"
}

# machines_line HOST SYSTEMS JOBS HOSTKEYFILE [PROTOCOL SPEED FEATURES]
machines_line() {
<<<<<<< HEAD
    [[ -r $4 ]] || not_set_up "$4"
    printf 'ssh-ng://builder@%s %s %s %s 1 big-parallel,benchmark - %s\n' "$1" "$2" "$state/client_key" "$3" \
        "$(base64 <"$4" | tr -d '\n')"
=======
    [[ -r $4 ]] || fail "no $4: the builder was not set up yet"
    printf '%s://builder@%s %s %s %s %s %s - %s\n' "${5-ssh-ng}" "$1" "$2" "$state/client_key" "$3" "${6-1}" \
        "${7-big-parallel,benchmark}" "$(base64 <"$4" | tr -d '\n')"
>>>>>>> suite
}

# state_of NAME: the folder of a builder's keys.
state_of() {
    local home=${XDG_STATE_HOME:-${HOME:?has to be set}/.local/state}
    # As the specification of these folders says of one that is not absolute.
    [[ $home == /* ]] || home=$HOME/.local/state
    printf '%s/nix-remote-builder/%s' "$home" "$1"
}

# Which users of the machine a container of root's has: none that anybody is, as systemd, adduser and podman give out none
# of these numbers. Always the same, since they own the store.
# shellcheck disable=SC2034 # it is for those who read this file
user_map=0:1879048192:65536

# must_be_free SCRIPT: a name is one builder's. Two would have the same store and the same keys, and each would take them
# from the other when it goes.
must_be_free() {
    local whose how
    whose=$(cat "$state/used-by" 2>/dev/null) || return 0
    case $whose in
        "$1") return ;;
        remote-builder.sh) how='down' ;;
        quadlet.sh) how='remove' ;;
        kube.sh) how='forget' ;;
        vm.sh) how='down --remove-store' ;;
        *) fail "$state/used-by names none of these scripts, but '$whose'" ;;
    esac
    fail "$name is a builder of $whose ($state/used-by): another --name, or first $whose $how --name $name"
}

# claim SCRIPT: from now on the name is its own; with noclobber, so that one of two gets it.
claim() {
    (set -C && printf '%s\n' "$1" >"$state/used-by") 2>/dev/null || must_be_free "$1"
}

# release SCRIPT
release() {
    [[ $(cat "$state/used-by" 2>/dev/null) != "$1" ]] || rm -f "$state/used-by"
}
