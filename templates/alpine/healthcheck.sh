#!/bin/sh
# healthcheck.sh: whether nix-daemon answers, and sshd listens where the container is a remote builder.
set -eu

case ${1-} in
    '') ;;
    --help)
        echo 'usage: healthcheck.sh; exit status 0 when all is well, 1 with a line that says what is not'
        exit 0
        ;;
    *)
        echo "healthcheck.sh: unknown argument '$1' (--help says how it is called)" >&2
        exit 64
        ;;
esac

# A path that cannot be there: all that counts is that the daemon says so, whatever else Nix has to warn of.
path=/nix/store/00000000000000000000000000000000-healthcheck
answer=$(NIX_REMOTE=daemon timeout 15 nix-store --check-validity --print-invalid "$path" 2>&1) || :
if ! echo "$answer" | grep -qxF "$path"; then
    echo "nix-daemon does not answer: $answer"
    exit 1
fi

# A container that runs a command has no sshd.
[ -e /run/nix-builder/port ] || exit 0
port=$(printf '%04X' "$(cat /run/nix-builder/port)")
# State 0A is LISTEN. Connecting would leave a line in sshd's log each time.
if ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$port [0-9A-F]*:0000 0A "; then
    echo "sshd does not listen on port $(cat /run/nix-builder/port)"
    exit 1
fi
