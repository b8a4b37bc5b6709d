#!/bin/sh
# Lets Linux run another processor's programs by emulation, so that a builder with `extra-platforms = aarch64-linux` builds
# for it. For the machine that the containers run on, which share its kernel; vm.sh --emulate does it in a machine apart.
#
# It takes nothing from the files beside it: vm.sh puts it alone into its machine, whose shell is BusyBox'.
set -eu

usage() {
    cat <<'EOF'
usage: binfmt.sh register ARCHITECTURE --interpreter FILE    as root; until the next start of the machine
       binfmt.sh unregister ARCHITECTURE                     as root
       binfmt.sh status ARCHITECTURE                         exit status 0: registered; 1: not

ARCHITECTURE is aarch64. FILE is QEMU's user emulation, static: of the pinned nixpkgs `nix-build vm.nix` gives
result/qemu-aarch64; Debian has it in qemu-user-static. The kernel keeps the file open (flag F): it is found in every
container and in Nix's sandbox, where no such file is.

Then: remote-builder.sh up --emulate aarch64-linux. Other builders take the environment NIX_CONFIG='extra-platforms =
aarch64-linux', and aarch64-linux among the systems of their line for Nix.
EOF
}

fail() {
    printf 'binfmt.sh: %s\n' "$*" >&2
    exit 1
}
misused() {
    printf 'binfmt.sh: %s (--help says how it is called)\n' "$*" >&2
    exit 64
}

command='' architecture='' interpreter=''
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help)
            usage
            exit
            ;;
        --interpreter)
            [ $# -gt 1 ] || misused '--interpreter needs a file'
            interpreter=$2
            shift
            ;;
        register | unregister | status)
            [ -z "$command" ] || misused "one command at a time, not $command and $1"
            command=$1
            ;;
        aarch64)
            architecture=$1
            ;;
        *) misused "unknown: $1" ;;
    esac
    shift
done
[ -n "$command" ] || misused 'say what to do: register, unregister or status'
[ -n "$architecture" ] || misused 'say which architecture: aarch64'
if [ "$command" = register ]; then
    [ -n "$interpreter" ] || misused 'register needs --interpreter FILE'
elif [ -n "$interpreter" ]; then
    misused "$command takes no --interpreter"
fi

# Where the kernel takes registrations. A name of our own: what the distribution registered is its own business.
register=/proc/sys/fs/binfmt_misc
entry=nix-builder-$architecture

available() {
    [ -e $register/register ] && return
    [ -d $register ] || fail 'this kernel has no binfmt_misc: load it (modprobe binfmt_misc) or use vm.sh --emulate'
    mount -t binfmt_misc binfmt_misc $register || fail 'binfmt_misc could not be mounted; it takes root'
}

case $command in
    register)
        if [ ! -f "$interpreter" ] || [ ! -x "$interpreter" ]; then fail "$interpreter is not a program"; fi
        # The kernel parts what it is told at colons.
        case $interpreter in
            *:*) fail "$interpreter has a colon in its path: copy it to where there is none" ;;
        esac
        # Such a one looks for its libraries in the sandbox, where they are not. It names its loader near its beginning.
        if head -c 4096 "$interpreter" | grep -q -e '/ld-linux' -e '/ld-musl'; then
            fail "$interpreter is not static: it would not run in the sandbox"
        fi
        available
        if [ -e "$register/$entry" ]; then
            echo -1 >"$register/$entry" || fail 'the kernel kept the registration of before; it takes root'
        fi
        # ELF, 64 bits, little-endian, type 2 (program) or 3 (position-independent), machine 183; what is masked out is the
        # ABI and its version, which differ from program to program. F: see above. P: programs see their own argv[0].
        # C: not, or set-user-ID programs would be emulated with their owner's rights.
        magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
        mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
        printf '%s\n' ":$entry:M::$magic:$mask:$interpreter:FP" >$register/register ||
            fail 'the kernel did not take the registration; it takes root'
        ;;
    unregister)
        if [ -e "$register/$entry" ]; then
            echo -1 >"$register/$entry" || fail 'the kernel kept the registration; it takes root'
        fi
        ;;
    status)
        [ -e "$register/$entry" ] || fail "programs for $architecture are not emulated by $entry"
        cat "$register/$entry"
        ;;
esac
