# shellcheck shell=bash
# What the scripts of the folder above are told, and what they say of it: each takes its command line apart with this.
# shellcheck disable=SC2154 # `commands` and `flags` are theirs

program=${0##*/}

say() { printf '%s: %s\n' "$program" "$*" >&2; }

fail() {
    say "$@"
    exit 1
}

misused() {
    say "$* (--help says how it is called)"
    exit 64
}

need() {
    command -v "$1" >/dev/null || fail "$1 is not on the PATH: install it, or run this with: nix-shell bootstrap/shell.nix --run …"
}

# read_arguments ARGUMENT…: sets `command`, and for each option that is given the variable of its name (--store-size:
# store_size). The script has said before what there is: each element of the array `commands` is a command and the options
# that it takes, and the options in `flags` have no value; `yes` is theirs. Its function `usage` is what --help prints, and
# `name` is the builder's. Sets `named`, too: what messages put behind a command that they advise.
read_arguments() {
    local entry option value verbs='' given=''
    for entry in "${commands[@]}"; do verbs+=${verbs:+, }${entry%% *}; done
    command=
    while (($#)); do
        case $1 in
            -h | --help)
                usage
                exit 0
                ;;
            --*)
                option=${1%%=*}
                # A word, and not two of them in one argument.
                [[ $option =~ ^--[a-z-]+$ && " ${commands[*]} " == *" $option "* ]] || misused "there is no option '$option'"
                if [[ " $flags " == *" $option "* ]]; then
                    [[ $1 == "$option" ]] || misused "$option takes no value"
                    value=yes
                elif [[ $1 == *=* ]]; then
                    value=${1#*=}
                else
                    (($# > 1)) || misused "$option wants a value"
                    value=$2
                    shift
                fi
                [[ -n $value ]] || misused "$option wants a value, and not an empty one"
                option=${option#--}
                printf -v "${option//-/_}" %s "$value"
                given+=" $option"
                ;;
            *)
                [[ $1 =~ ^[a-z-]+$ && ", $verbs," == *", $1,"* ]] || misused "there is no command '$1'"
                [[ -z $command ]] || misused "one command at a time, and not $command and $1"
                command=$1
                ;;
        esac
        shift
    done
    [[ -n $command ]] || misused "say what to do: $verbs"
    # shellcheck disable=SC2034 # messages have it
    if [[ $name == nix-builder ]]; then named=; else named=" --name $name"; fi
    for entry in "${commands[@]}"; do
        [[ ${entry%% *} == "$command" ]] || continue
        for option in $given; do
            [[ " $entry " == *" --$option "* ]] || misused "$command takes no --$option"
        done
    done
}

# must_be_number OPTION NUMBER [MOST]
must_be_number() {
    # One that a shell can count with, and without a zero before it.
    [[ $2 =~ ^[1-9][0-9]{0,6}$ ]] || misused "$1 $2: a number above 0 is wanted"
    (($2 <= ${3-9999999})) || misused "$1 $2: $3 is the last one"
}

# must_be_port PORT: none at all is none that was given.
must_be_port() { [[ -z $1 ]] || must_be_number --port "$1" 65535; }

# must_be_emulated SYSTEM: likewise.
must_be_emulated() { [[ -z $1 || $1 == aarch64-linux ]] || misused "only aarch64-linux can be emulated, not $1"; }
