#!/usr/bin/env bash
#!nix-shell -i bash --pure ./shell.nix
#!nix-shell --keep CONTAINERS_CONF --keep CONTAINERS_STORAGE_CONF --keep CONTAINERS_REGISTRIES_CONF
#!nix-shell --keep CONTAINER_HOST --keep CONTAINER_CONNECTION --keep REGISTRY_AUTH_FILE --keep DOCKER_CONFIG
#!nix-shell --keep XDG_CONFIG_HOME --keep XDG_DATA_HOME --keep XDG_STATE_HOME --keep DBUS_SESSION_BUS_ADDRESS
#!nix-shell --keep NIX_REMOTE --keep NIX_CONFIG --keep NIX_SSL_CERT_FILE
#
# Builds the image of ../alpine from ../pins. The lines above take all programs from the pinned nixpkgs, in whatever
# folder and with whatever Nix since 2.8 this is started, and keep of the environment what says where podman and Nix
# have their things. Start it by its own name or through a link to its folder: Nix looks for ./shell.nix beside the name.
set -euo pipefail

# This is for any bash: nix-shell makes its environment with that of <nixpkgs>, of whatever channel there may be, and with
# some other where there is none. So shell.nix, which has the pinned one, is <nixpkgs> to it.
if [[ ${1-} != --in-nix-shell ]]; then
    command -v nix-shell >/dev/null || {
        echo 'container_build: there is no nix-shell on the PATH: it takes Nix, and nixpkgs wants 2.18 or newer' >&2
        exit 127
    }
    script=$0
    if [[ $script != */* ]]; then script=./$script; fi
    export NIX_PATH=nixpkgs=${script%/*}/shell.nix
    # What TMPDIR is here is told, since nix-shell may give another one.
    exec nix-shell "$script" --in-nix-shell "${TMPDIR:-/tmp}" "$@"
fi
outside=${2:?run this file itself, so that nix-shell makes its environment}
shift 2

# Nothing else.
PATH=${programs:?run this file itself, so that nix-shell makes its environment}
# A service of systemd has no home in its environment, and the shell knows it all the same.
HOME=${HOME:-~}
# As things are here, not as somebody's terminal is.
export PATH HOME LC_ALL=C
# Newer ones have made a folder for temporary files, and leave it behind. The one from outside is somebody's own, whatever
# its name is: that of `nix develop` looks alike.
if [[ ! -d ${TMPDIR-} ]]; then export TMPDIR=/tmp; fi
leftover=
if [[ ${TMPDIR##*/} == nix-shell[-.]* && ! $TMPDIR -ef $outside ]]; then leftover=$TMPDIR; fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
alpine=$here/../alpine
pins=$here/../pins/pins.json

usage() {
    cat <<'END'
usage: container_build.sh [OPTION…]

Builds the image of the Nix builder from the pins, unless it is there, and prints one line: NAME@sha256:DIGEST.

  --image-name NAME  the image's name without a tag, which comes from the pins (localhost/nix-builder)
  --arch ARCH        build for amd64 or arm64, also when that is not this machine's (takes an emulator: binfmt)
  --rebuild          build it also when it is there, and compare: status 104 when it comes out as another one
  --push DEST        push it to REGISTRY/NAME[:TAG], and print the line as that registry knows it
  --print-name       print NAME:TAG, build nothing
  --help             this

podman and Nix find their settings as always (CONTAINERS_CONF, CONTAINERS_STORAGE_CONF, REGISTRY_AUTH_FILE, NIX_CONFIG, …).
END
}

say() { printf 'container_build: %s\n' "$*" >&2; }

fail() {
    say "$1"
    exit "${2:-1}"
}

wrong() { fail "$* (--help says how it is called)" 64; }

# MARK: Arguments

# podman would say so itself, when the image is built and is to get its name.
must_be_name() { # OPTION VALUE NAME
    local part='[a-z0-9]+([._-]+[a-z0-9]+)*'
    [[ $3 =~ ^(([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]+)?/)?$part(/$part)*$ ]] ||
        wrong "$1 '$2': the name of an image is of small letters and digits, with . _ - and / between them"
}

image=localhost/nix-builder
arch=
rebuild=
destination=
print_name=
while (($#)); do
    option=$1
    shift
    case $option in
        --image-name | --arch | --push)
            [[ -n ${1-} ]] || wrong "$option wants a value"
            value=$1
            shift
            ;;&
        --image-name)
            # No second tag beside that of the pins; a colon before a slash is that of a port.
            [[ ${value##*/} != *[:@]* ]] || wrong "--image-name '$value': the tag comes from the pins, leave it out"
            must_be_name --image-name "$value" "$value"
            image=$value
            ;;
        --arch)
            case $value in
                amd64 | arm64 | x86_64 | aarch64) arch=$value ;;
                *) wrong "--arch '$value': there are amd64 and arm64" ;;
            esac
            ;;
        --push)
            destination=${value#docker://}
            [[ $destination == */* && $destination != *://* && $destination != *@* ]] ||
                wrong "--push '$value': it is to be REGISTRY/NAME or REGISTRY/NAME:TAG"
            name=$destination
            if [[ ${name##*/} =~ ^[^:]+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$ ]]; then name=${name%:*}; fi
            must_be_name --push "$value" "$name"
            [[ $destination != *:latest ]] || wrong "--push '$value': 'latest' says nothing, name another tag or none"
            ;;
        --rebuild) rebuild=yes ;;
        --print-name) print_name=yes ;;
        --help)
            usage
            exit 0
            ;;
        *) wrong "unknown argument '$option'" ;;
    esac
done

# MARK: What is pinned

# pin KEY: a member of what the pin `alpine` is locked to.
pin() { jq --raw-output --arg key "$1" '.pins.alpine.locked[$key] // empty' "$pins"; }

go_arch() {
    case $1 in
        x86_64 | amd64) echo amd64 ;;
        aarch64 | arm64) echo arm64 ;;
        *) fail "no image can be made for the processor '$1': there are amd64 and arm64" ;;
    esac
}

read_pins() {
    jq --exit-status . "$pins" >/dev/null || fail "$pins cannot be read, or is no JSON"
    case $(pin fetcher) in
        oci) ;;
        '') fail "$pins has no pin called alpine: pinr add oci:alpine:3.22 --name alpine" ;;
        *) fail "the pin alpine of $pins is no image: pinr add oci:alpine:3.22 --name alpine --force" ;;
    esac
    base=$(pin image)@$(pin digest)
    [[ $base =~ ^[a-z0-9][^@]*@sha256:[0-9a-f]{64}$ ]] ||
        fail "the pin alpine of $pins has no image with a digest: '$base'"
    local pinned machine
    pinned=$(pin arch)
    machine=$(go_arch "$(uname -m)")
    arch=$(go_arch "${arch:-$machine}")
    [[ $arch == "$pinned" ]] ||
        fail "the pin alpine is for $pinned, and the image is to be for $arch: pinr set alpine --arch $arch, or --arch $pinned"
    if [[ $arch != "$machine" ]]; then say "building for $arch on $machine: that takes an emulator (binfmt)"; fi
}

# MARK: podman

# Some things that podman takes from the system are no programs of a package.
prepare_podman() {
    if [[ $(uname -s) == Darwin ]]; then
        start_machine
        return
    fi
    # Rootless podman gets its range of users by programs with more rights than a user, and so not from Nix's store.
    mkdir "$work/system"
    local name folder
    for name in newuidmap newgidmap fusermount3; do
        for folder in /run/wrappers/bin /usr/bin /bin /usr/sbin /sbin; do
            [[ -x $folder/$name ]] || continue
            ln -s "$folder/$name" "$work/system/$name"
            break
        done
    done
    PATH=$work/system:$PATH
    # podman fetches nothing without a policy on signatures, which only distributions bring. Here the digest decides.
    if [[ ! -e $HOME/.config/containers/policy.json && ! -e /etc/containers/policy.json ]]; then
        echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$work/policy.json"
        policy=(--signature-policy "$work/policy.json")
    fi
}

# On macOS podman runs containers in a virtual machine, and keeps the paths of the programs that start it. Those in the
# store vanish with the next garbage collection, so it is given a link that stays, which every run leads to today's
# programs, and which keeps them from being collected.
start_machine() {
    [[ -z ${CONTAINER_HOST-}${CONTAINER_CONNECTION-} ]] || return 0 # containers are to run elsewhere
    local name=podman-machine-default state status system link
    state=${XDG_STATE_HOME:-$HOME/.local/state}/nix-builder
    mkdir -p "$state"
    nix-store --realise "${machineHelpers:?}" --add-root "$state/machine-helpers" >/dev/null
    export CONTAINERS_HELPER_BINARY_DIR=$state/machine-helpers/bin CONTAINERS_MACHINE_PROVIDER=applehv
    # Its sockets are there, and nix-shell's folder of this one run is no place for them.
    TMPDIR=$(/usr/bin/getconf DARWIN_USER_TEMP_DIR 2>/dev/null) || TMPDIR=/tmp
    export TMPDIR

    status=$(podman machine inspect --format '{{.State}}' "$name" 2>/dev/null) || status=absent
    if [[ $status == absent ]]; then
        # Left to itself podman would take the newest system that there is.
        jq --exit-status '.pins["podman-machine"]' "$pins" >/dev/null || fail "there is no podman machine, and no pin for \
its system. Make one yourself (podman machine init), or pin the file podman-machine.….raw.zst of a release of \
https://github.com/containers/podman-machine-os: pinr add file+https://… --name podman-machine"
        say 'making a podman machine'
        system=$(nix-instantiate --eval --strict --argstr pins "$here/../pins" \
            --expr '{ pins }: (import (/. + pins)).podman-machine.outPath' | jq --raw-output .)
        # By the name of the file, whose ending says what it is.
        link=$state/${system##*/}
        nix-store --realise "$system" --add-root "$link" >/dev/null
        podman machine init --image "$link" "$name" >&2
        rm "$link" # podman has a copy
    fi
    if [[ $status != running ]]; then
        say 'starting the podman machine'
        podman machine start "$name" >&2
    fi
}

# digest IMAGE: its digest. Take it into a variable of its own: a failure would not be seen within another command.
digest() { podman image inspect --format '{{.Digest}}' "$1"; }

build() {
    local context arguments=() line
    say "fetching what is pinned"
    nix-build "$alpine/context.nix" --out-link "$work/context" >/dev/null
    context=$(readlink -f "$work/context")
    while IFS= read -r line; do arguments+=(--build-arg "$line"); done <"$context/build-args"

    if ! podman image exists "$base"; then
        say "pulling $base"
        podman pull "${policy[@]}" --quiet --os linux --arch "$arch" "$base" >/dev/null ||
            fail "$base could not be pulled: see above. The digest is that of $pins"
    fi

    say "building $name"
    # No name yet; no label with podman's version, no date, no network, no layers of a build before. The format is
    # Docker's, since OCI's has no health check.
    podman build "${policy[@]}" "${arguments[@]}" --iidfile "$work/id" --file "$context/Containerfile" \
        --os linux --arch "$arch" --pull=never --network none --timestamp 0 --format docker --identity-label=false \
        --layers=false --no-cache --force-rm "$context" 2>&1 | tee "$work/log" >&2 || {
        if grep -Eiq 'rlimit|oom_score_adj|cgroup' "$work/log"; then
            say 'podman may not do here what it does by default. Name a containers.conf in CONTAINERS_CONF, with' \
                'default_ulimits that are not above those here, and another runtime or cgroup_manager.'
        fi
        fail 'the image was not built: see above'
    }
    forget_the_build
}

# An image in Docker's format says which container it was built in, and is another one each time for that alone. So it is
# taken apart and put together without, under the name NAME:TAG-rebuilt.
forget_the_build() {
    local built config
    built=$(<"$work/id")
    mkdir "$work/image"
    podman save --quiet --format docker-archive --output "$work/image.tar" "$built" >&2
    tar --extract --file "$work/image.tar" --directory "$work/image"
    rm "$work/image.tar"
    config=$(jq --raw-output '.[0].Config' "$work/image/manifest.json")
    jq --compact-output --sort-keys 'del(.container, .container_config, .config.Hostname)' "$work/image/$config" \
        >"$work/image/config.json"
    jq --arg name "$rebuilt" '[{Config: "config.json", RepoTags: [$name], Layers: .[0].Layers}]' \
        "$work/image/manifest.json" >"$work/manifest.json"
    mv "$work/manifest.json" "$work/image/manifest.json"
    rm -f "$work/image/repositories" "$work/image/$config"
    tar --create --file "$work/image.tar" --directory "$work/image" .
    podman load --quiet --input "$work/image.tar" >/dev/null
    podman rmi --force "$built" >/dev/null
}

main() {
    local tag name rebuilt there='' digest
    [[ -e $alpine/image-name.sh ]] || fail "$alpine is not there, which the image is made of: pinr template apply alpine"
    tag=$("$alpine/image-name.sh") || exit
    name=$image:$tag
    rebuilt=$name-rebuilt
    if [[ -n $print_name ]]; then
        printf '%s\n' "$name"
        return
    fi
    read_pins
    prepare_podman

    if podman image exists "$name"; then there=$(digest "$name"); fi
    if [[ -n $there && -z $rebuild ]]; then
        say "$name is there"
    else
        build
        digest=$(digest "$rebuilt")
        if [[ -n $there && $digest != "$there" ]]; then
            fail "$name was $there and comes out as $digest now, which is kept as $rebuilt" 104
        fi
        podman tag "$rebuilt" "$name"
        podman untag "$rebuilt" "$rebuilt"
        if [[ -n $there ]]; then say 'it came out the same again'; fi
    fi

    if [[ -n $destination ]]; then
        [[ ${destination##*/} == *:* ]] || destination+=:$tag
        say "pushing to $destination"
        podman push --quiet --digestfile "$work/digest" "$name" "docker://$destination" >&2
        image=${destination%:*}
        digest=$(<"$work/digest")
    else
        digest=$(digest "$name")
    fi
    printf '%s@%s\n' "$image" "$digest"
}

policy=()
work=$(mktemp -d)
trap 'rm -rf "$work" ${leftover:+"$leftover"}' EXIT
main
