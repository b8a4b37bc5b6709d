#!/bin/sh
# image-name.sh: prints the tag of the builder's image, pins-XXXXXXXXXXXX: another one whenever what it is made of changes.
#
# It takes nothing but sh and sha256sum (shasum on macOS), to tell in a moment whether an image is there already.
set -eu

case ${1-} in
    '') ;;
    --help)
        sed -n '2,4s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *)
        echo "image-name.sh: unknown argument '$1' (--help says how it is called)" >&2
        exit 64
        ;;
esac

# Without CDPATH, which may lead elsewhere, and makes cd print where it went.
unset CDPATH
cd -- "$(dirname -- "$0")"
# What goes into the image, each by its name: what else lies here does not count.
set -- Containerfile accounts.sh context.nix entrypoint.sh healthcheck.sh nix.conf serve.sh sshd_config ../pins/pins.json
for file; do
    if [ ! -r "$file" ]; then
        echo "image-name.sh: $(pwd)/$file cannot be read: it is what the image is made of" >&2
        exit 1
    fi
done
if command -v sha256sum >/dev/null; then
    hash=$(sha256sum "$@" | sha256sum)
else
    hash=$(shasum -a 256 "$@" | shasum -a 256)
fi
printf 'pins-%.12s\n' "$hash"
