# shellcheck shell=bash
# Whose a builder's name is. Each has one folder, of its name, and each of the scripts can make a builder there.
# shellcheck disable=SC2154 # `name` and `state` are of the script that reads this file

# state_of NAME: the folder of a builder's keys.
state_of() {
    local home=${XDG_STATE_HOME:-${HOME:?has to be set}/.local/state}
    # As the specification of these folders says of one that is not absolute.
    [[ $home == /* ]] || home=$HOME/.local/state
    printf '%s/nix-remote-builder/%s' "$home" "$1"
}

# must_be_unit_name NAME: for what becomes part of a unit or of the command line of a machine.
must_be_unit_name() {
    [[ $1 =~ ^[a-z0-9][a-z0-9.-]*$ ]] || misused "--name $1: small letters, digits, and . - after the first"
}

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

# claim SCRIPT: from now on the name is its own. The file comes into being with what is in it, so that of two that want the
# name one gets it, and the other one reads whose it is.
claim() {
    local mine=$state/used-by.$$
    printf '%s\n' "$1" >"$mine"
    ln "$mine" "$state/used-by" 2>/dev/null || [[ -e $state/used-by ]] || fail "$state/used-by cannot be made"
    rm -f "$mine"
    must_be_free "$1"
}

# release SCRIPT
release() {
    [[ $(cat "$state/used-by" 2>/dev/null) != "$1" ]] || rm -f "$state/used-by"
}
