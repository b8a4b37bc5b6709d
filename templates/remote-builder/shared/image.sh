# shellcheck shell=bash
# Which image the builder is made of.
# shellcheck disable=SC2154 # `here` is of the script that reads this file

# must_be_image REF: a name that means another image tomorrow is no pin. What is left goes into units and manifests too. None
# at all is none that was given.
must_be_image() {
    [[ -n $1 ]] || return 0
    [[ $1 =~ ^[A-Za-z0-9./:@_-]+$ ]] || misused "--image '$1': the name of an image is wanted"
    case ${1##*/} in
        '' | *:latest) misused "--image '$1': a tag of its own, or a digest, is wanted" ;;
        *:* | *@*) ;;
        *) misused "--image '$1': a tag or a digest is wanted, since none means latest" ;;
    esac
}

# default_image: prints the name of the one that the pins give.
default_image() {
    local tag script=$here/../alpine/image-name.sh
    [[ -f $script ]] || fail "$script is not there, which names the image: give --image, or apply the template alpine"
    tag=$(sh "$script") || fail "$script failed: give --image"
    printf 'localhost/nix-builder:%s\n' "$tag"
}
