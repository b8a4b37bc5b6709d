#!/bin/sh
# packages.sh lock: pins the packages of the builder's image, `packages.sh --help` says how.
set -eu

# What the image is to have; what these need in turn is found. Name more here, and lock again.
packages='nix openssh-server'

usage() {
    cat <<'END'
usage: packages.sh lock [--network NETWORK]

Asks apk of the pinned Alpine (the pin `alpine`) which packages have to be installed, and pins each of them as `apk-NAME`
with the hash of its file. Such pins that are not needed any more are removed. No other is touched, also if it is called
`apk-…`: a package's are those alone that are called as their file, `apk-nix` for `…/nix-2.31.2-r0.apk`.

Alpine keeps the newest build of each package alone: when the pinned ones cannot be fetched any more, lock again. Who has
to build the same image for years keeps the files, in a binary cache or a mirror.

--network NETWORK  what the container of apk has, as podman calls it (podman's own choice)
PINR               the program pinr (pinr)
END
}

die() {
    echo "packages.sh: $1" >&2
    exit 1
}

misused() {
    echo "packages.sh: $1 (--help says how it is called)" >&2
    exit 64
}

network=
verb=
while [ "$#" -gt 0 ]; do
    case $1 in
        --help)
            usage
            exit 0
            ;;
        --network)
            [ -n "${2-}" ] || misused '--network wants a NETWORK'
            network=$2
            shift
            ;;
        lock) verb=lock ;;
        *) misused "unknown argument '$1'" ;;
    esac
    shift
done
[ "$verb" = lock ] || misused 'say what to do: lock'

pinr=${PINR:-pinr}
unset CDPATH # it may lead elsewhere, and makes cd print where it went
PINR_DIRECTORY=$(cd -- "$(dirname -- "$0")/.." && pwd)/pins
export PINR_DIRECTORY
for program in "$pinr" podman; do
    command -v "$program" >/dev/null || die "$program is not installed, and is needed to pin packages"
done

# A value of a pin, the locked before the tracked: one line of JSON for each key, whatever its layout.
value() { # PIN KEY
    "$pinr" show "$1" --json | tr ',{}' '\n' | sed -n "s/^ *\"$2\": *\"\([^\"]*\)\".*/\1/p" | head -n 1
}

[ -e "$PINR_DIRECTORY/pins.json" ] || die "$PINR_DIRECTORY has no pins.json: pinr template apply alpine, where the pins are to be"
image=$(value alpine image)
digest=$(value alpine digest)
os=$(value alpine os)
arch=$(value alpine arch)
[ -n "$digest" ] || die "$PINR_DIRECTORY has no image called alpine: pinr add oci:alpine:3.22 --name alpine --force"

echo "packages.sh: asking apk of $image@$digest for $packages" >&2
# The names in the plan of apk, then the address of each: at once, so that both are of one index. apk 3, which Alpine has
# since 3.23, puts a blank before numbers of one digit where there are some of two.
# shellcheck disable=SC2016,SC2086 # the shell in the container is to see them; a package is one word
urls=$(
    podman run --rm --platform "$os/$arch" ${network:+--network "$network"} --entrypoint /bin/sh "$image@$digest" -c '
        set -eu
        plan=$(apk add --no-cache --simulate "$@")
        names=$(echo "$plan" | sed -n "s/^([ 0-9/]*) [A-Z][a-z]*ing \([^ ]*\) (.*/\1/p")
        [ -n "$names" ] || exit 0
        if [ "$(echo "$plan" | grep -c "^(")" -ne "$(echo "$names" | wc -l)" ]; then
            echo "this plan of apk cannot be read: $plan" >&2
            exit 1
        fi
        # For itself: what fails before a pipe is not seen, and the pin of a package that is not named here is removed.
        answer=$(apk fetch --no-cache --url --simulate $names)
        echo "$answer" | grep "^[a-z]*://"
        if [ "$(echo "$answer" | grep -c "^[a-z]*://")" -lt "$(echo "$names" | wc -l)" ]; then
            echo "apk has no address for some of these: $names" >&2
            exit 1
        fi
    ' sh $packages
) || die "apk could not say what $packages need; its message is above"
[ -n "$urls" ] || die "apk named no package to be installed for $packages"

# The name that the pin of a package has; nothing when it is none.
name_of() { # URL
    file=${1##*/}
    case $file in
        *-*-r[0-9]*.apk) echo "apk-${file%-*-r*.apk}" ;;
    esac
}

# What is called otherwise than its file is somebody's own.
shown=$("$pinr" show --json) || die "pinr could not show what is pinned; its message is above"
had=
others=
for name in $(printf '%s\n' "$shown" | grep -o '"apk-[A-Za-z0-9+._-]*": *{' | cut -d '"' -f 2); do
    url=$(value "$name" url)
    if [ "$(name_of "$url")" = "$name" ]; then had="$had $name=$url "; else others="$others $name "; fi
done
for url in $urls; do
    name=$(name_of "$url")
    [ -n "$name" ] || die "apk names a file that is called as no package: $url"
    case $others in
        *" $name "*) die "the package ${url##*/} is to be pinned as $name, which is a pin of yours: pinr rename $name ANOTHER" ;;
    esac
done

changed=
kept=
for url in $urls; do
    file=${url##*/}
    name=$(name_of "$url")
    kept="$kept $name "
    old=
    case $had in
        *" $name="*)
            old=${had#*" $name="}
            old=${old%% *}
            ;;
    esac
    [ "$old" != "$url" ] || continue
    "$pinr" add --quiet --force --name "$name" "file+$url" >/dev/null ||
        die "$url could not be pinned; what was pinned before it stays, and no pin was removed"
    if [ -n "$old" ]; then echo "$name: ${old##*/} -> $file"; else echo "$name: $file (new)"; fi
    changed=yes
done

for pin in $had; do
    name=${pin%%=*}
    case $kept in
        *" $name "*) continue ;;
    esac
    "$pinr" remove --quiet "$name" >/dev/null
    echo "$name: removed, nothing needs it"
    changed=yes
done
[ -n "$changed" ] || echo 'packages.sh: every package is pinned as it is' >&2
