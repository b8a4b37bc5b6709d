#!/bin/sh
# check-pins.sh [FILE]: whether the pins of a project are to be relied on, for a job that runs on every change.
#
# 1. `pinr verify` downloads every pinned source again and compares its hash: exit status 2 on a difference.
# 2. Every derivation of FILE (default.nix when it is not given) is built, and then built once more to see whether the
#    result is the same: exit status 104, Nix's own, when it is not. Nix keeps the second result beside the first, with
#    `.check` behind its name.
#
# What is in no FILE cannot be compared: without one, and without a default.nix, the second part is left out and says so.
set -eu

file=${1:-}
if [ -z "$file" ] && [ -e default.nix ]; then file=default.nix; fi

echo 'check-pins: verifying every pin'
pinr verify

if [ -z "$file" ]; then
    echo 'check-pins: there is no default.nix and no FILE was named: nothing was built' >&2
    exit 0
fi

echo "check-pins: building $file"
nix-build "$file" --no-out-link

echo "check-pins: building $file once more"
status=0
nix-build "$file" --no-out-link --check --keep-failed || status=$?
if [ "$status" -eq 104 ]; then
    echo "check-pins: what $file builds is another thing the second time; the lines above name it" >&2
fi
exit "$status"
