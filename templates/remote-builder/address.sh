# shellcheck shell=bash
# What Nix and ssh have to know to reach a builder on this machine; quadlet.sh, kube.sh and vm.sh read this file. They set
# `state` to the folder of the builder's keys.
# shellcheck disable=SC2154 # they set it

# write_address FOLDER PORT: what `ssh-options` names. Only the pinned host key is believed, and only the builder's own key
# is shown to it.
write_address() {
    mkdir -p "$1"
    printf '127.0.0.1:%s %s\n' "$2" "$(cut -d' ' -f1,2 "$state/host_key.pub")" >"$1/known_hosts"
    # The first block is for a Nix that gives ssh an address with its port as a name.
    cat >"$1/ssh_config" <<EOF
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
    UserKnownHostsFile $1/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    UpdateHostKeys no
EOF
}

# ssh_options FOLDER
ssh_options() {
    [[ -r $1/ssh_config ]] || fail "no $1/ssh_config: the builder was not set up yet"
    printf -- '-F %s\n' "$1/ssh_config"
}

# machines_line HOST SYSTEMS JOBS HOSTKEYFILE
machines_line() {
    [[ -r $4 ]] || fail "no $4: the builder was not set up yet"
    printf 'ssh-ng://builder@%s %s %s %s 1 big-parallel,benchmark - %s\n' "$1" "$2" "$state/client_key" "$3" \
        "$(base64 <"$4" | tr -d '\n')"
}
