# shellcheck shell=bash
# What Nix and ssh have to know to reach a builder.
# shellcheck disable=SC2154 # `state`, the folder of its keys, and `named` are of the script that reads this file

# write_address FOLDER PORT: what `ssh-options` names. Only the pinned host key is believed, and only the builder's own key
# is shown to it. Each file is whole whenever ssh reads it, and whoever else writes it: a build may begin meanwhile.
write_address() {
    local key
    key=$(cut -d' ' -f1,2 "$state/host_key.pub") || fail "there is no host key to be pinned: first remote-builder.sh keys$named"
    mkdir -p "$1"
    write_whole "$1/known_hosts" <<EOF
127.0.0.1:$2 $key
EOF
    # The first block is for a Nix that gives ssh an address with its port as a name.
    write_whole "$1/ssh_config" <<EOF
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
    write_whole "$1/port" <<<"$2"
}

# write_whole FILE <TEXT
write_whole() {
    cat >"$1.$$"
    mv "$1.$$" "$1"
}

# not_set_up FILE: says which command makes what is missing.
not_set_up() {
    local first=up
    case $program in
        quadlet.sh) first=install ;;
        kube.sh) first=one ;;
    esac
    fail "there is no $1: first $program $first$named"
}

# port_of FOLDER PORT: the port that write_address was given there; that other one, where it was not called yet.
port_of() { cat "$1/port" 2>/dev/null || printf '%s\n' "$2"; }

# ssh_options FOLDER
ssh_options() {
    [[ -r $1/ssh_config ]] || not_set_up "$1/ssh_config"
    printf -- '-F %s\n' "$1/ssh_config"
}

# encoded FILE: what is in it, in base64 and as one line, with the tools of macOS too.
encoded() { base64 <"$1" | tr -d '\n'; }

# machines_line HOST SYSTEMS JOBS HOSTKEYFILE [PROTOCOL SPEED FEATURES]
machines_line() {
    [[ -r $4 ]] || not_set_up "$4"
    printf '%s://builder@%s %s %s %s %s %s - %s\n' "${5-ssh-ng}" "$1" "$2" "$state/client_key" "$3" "${6-1}" \
        "${7-big-parallel,benchmark}" "$(encoded "$4")"
}

# system_here: what a container on this machine builds for, as Nix calls it. On macOS it runs in a machine of the same
# processor.
system_here() {
    local processor
    processor=$(uname -m)
    [[ $processor != arm64 ]] || processor=aarch64
    printf '%s-linux' "$processor"
}

# processors: how many there are; macOS has the first of these, BusyBox the second.
processors() { getconf _NPROCESSORS_ONLN 2>/dev/null || nproc; }
