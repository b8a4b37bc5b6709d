#!/bin/sh
# check-pins.sh [FILE [ATTRIBUTE…]]: whether the pins of a project are to be relied on, for a job that runs on every change.
#
# 1. `pinr verify` downloads every pinned source again and compares its hash: exit status 2 on a difference.
# 2. Every derivation of FILE (default.nix when it is not given), or those that are named of it, is built, and then built
#    once more to see whether the result is the same: exit status 104, Nix's own, when it is not. Nix keeps the second
#    result beside the first, with `.check` behind its name.
#
# What is in no FILE cannot be compared: without one, and without a default.nix, the second part is left out and says so.
# A FILE that was named and has no derivation is an error: of images/docker.nix, for one, an ATTRIBUTE has to be named.
# Run it in the folder that has pins/.
set -eu

case ${1-} in
    --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    -*)
        echo "check-pins: no such option: $1 (--help says how it is called)" >&2
        exit 64
        ;;
esac

named=${1:-}
if [ "$#" -gt 0 ]; then shift; fi
file=$named
if [ -z "$file" ] && [ -e default.nix ]; then file=default.nix; fi

for program in pinr ${file:+nix-build}; do
    command -v "$program" >/dev/null || {
        echo "check-pins: there is no $program on the PATH" >&2
        exit 1
    }
done

echo 'check-pins: verifying every pin'
pinr verify

if [ -z "$file" ]; then
    echo 'check-pins: there is no default.nix and no FILE was named: nothing was built' >&2
    exit 0
fi

# What is left of the arguments becomes `-A NAME` for each.
count=$#
while [ "$count" -gt 0 ]; do
    set -- "$@" -A "$1"
    shift
    count=$((count - 1))
done

echo "check-pins: building $file"
outputs=$(nix-build "$file" "$@" --no-out-link)
if [ -z "$outputs" ]; then
    echo "check-pins: $file has no derivation of its own, and no ATTRIBUTE was named: nothing was built" >&2
    if [ -n "$named" ]; then exit 1; fi
    exit 0
fi
printf '%s\n' "$outputs"

echo "check-pins: building $file once more"
status=0
nix-build "$file" "$@" --no-out-link --check --keep-failed --keep-going || status=$?
if [ "$status" -eq 104 ]; then
    echo "check-pins: what $file builds is another thing the second time; the lines above name it" >&2
fi
exit "$status"
