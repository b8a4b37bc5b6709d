#!/usr/bin/env bash
# The remote builder as a service of systemd, which podman's Quadlet makes of two files: writes these.
set -euo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null # it is checked by itself
source "$here/address.sh"

usage() {
    cat <<'EOF'
usage: quadlet.sh install [OPTION…]   writes the units, again after `pinr update`; says how to start the builder
       quadlet.sh print [OPTION…]     shows them
       quadlet.sh remove [OPTION…]    removes them; keys and store stay
       quadlet.sh machines-line       prints the line for `builders` of nix.conf or /etc/nix/machines
       quadlet.sh ssh-options         prints what NIX_SSHOPTS has to be for a Nix that knows no port in an address

  --name NAME    which builder (default: nix-builder); its keys are those of `remote-builder.sh keys --name NAME`
  --image REF    install, print: what it runs (default: the image of ../alpine)
  --port PORT    install, print, machines-line: where it answers on 127.0.0.1 (default: 2222)
  --dir DIR      where the units are (default: as root /etc/containers/systemd, otherwise ~/.config/containers/systemd)

As root the service is the system's; otherwise it is the user's own: `loginctl enable-linger` keeps it running.
EOF
}

say() { printf 'quadlet.sh: %s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 1
}
misused() {
    say "$* (quadlet.sh --help tells more)"
    exit 64
}

name=nix-builder image='' port=2222 dir='' command='' given=()
while (($#)); do
    case $1 in
        -h | --help)
            usage
            exit
            ;;
        --name | --image | --port | --dir)
            (($# > 1)) || misused "$1 needs a value"
            printf -v "${1#--}" %s "$2"
            given+=("$1")
            shift
            ;;
        install | print | remove | machines-line | ssh-options)
            [[ -z $command ]] || misused "one command at a time, not $command and $1"
            command=$1
            ;;
        *) misused "unknown: $1" ;;
    esac
    shift
done
case $command in
    install) takes='--name --image --port --dir' ;;
    print) takes='--name --image --port' ;;
    remove) takes='--name --dir' ;;
    machines-line) takes='--name --port' ;;
    ssh-options) takes='--name' ;;
    *) misused 'say what to do: install, print, remove, machines-line or ssh-options' ;;
esac
for option in ${given[@]+"${given[@]}"}; do
    [[ " $takes " == *" $option "* ]] || misused "$command takes no $option"
done
[[ $name =~ ^[a-z0-9][a-z0-9.-]*$ ]] || misused "not a name for a builder: $name"
[[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] || misused "not a port: $port"
[[ $image =~ ^[A-Za-z0-9./:@_-]*$ ]] || misused "not the name of an image: $image"

if ((EUID == 0)); then
    : "${dir:=/etc/containers/systemd}"
    target=multi-user.target systemctl=systemctl
    # shellcheck disable=SC2154 # address.sh has it
    users="PodmanArgs=--uidmap=$user_map --gidmap=$user_map" access=ro,Z,U
else
    : "${dir:=${XDG_CONFIG_HOME:-$HOME/.config}/containers/systemd}"
    target=default.target systemctl='systemctl --user'
    users='# It is so by itself where the service is a user'\''s.' access=ro,Z
fi
state=$(state_of "$name")
keys=$state/host

prepare() {
    [[ -n $image ]] || image=localhost/nix-builder:$("$here/../alpine/image-name.sh")
    must_be_free quadlet.sh
    "$here/remote-builder.sh" keys --name "$name" >/dev/null
    # systemd and sed would each read these in their own way.
    [[ $keys =~ ^[A-Za-z0-9/._@+,-]*$ ]] || fail "a path with such characters cannot be put into a unit: $keys"
}

# A unit of that name may be another's.
must_be_ours() {
    [[ ! -e $1 ]] || grep -qxF "# Written by quadlet.sh for the builder $name." "$1" ||
        fail "$1 was not written by quadlet.sh: another --name, or another --dir"
}

fill_in() {
    printf '# Written by quadlet.sh for the builder %s.\n' "$name"
    sed -e "s|@NAME@|$name|g" -e "s|@IMAGE@|$image|" -e "s|@PORT@|$port|" -e "s|@KEYS@|$keys|" -e "s|@TARGET@|$target|" \
        -e "s|@USERS@|$users|" -e "s|@ACCESS@|$access|" \
        "$here/quadlet/$1"
}

case $command in
    print)
        prepare
        printf '# %s.container\n' "$name"
        fill_in builder.container
        printf '\n# %s-store.volume\n' "$name"
        fill_in builder-store.volume
        ;;
    install)
        prepare
        for unit in "$name.container" "$name-store.volume"; do must_be_ours "$dir/$unit"; done
        claim quadlet.sh
        mkdir -p "$dir"
        fill_in builder.container >"$dir/$name.container.new"
        fill_in builder-store.volume >"$dir/$name-store.volume"
        mv "$dir/$name.container.new" "$dir/$name.container"
        write_address "$state/quadlet" "$port"
        say "wrote $dir/$name.container and $dir/$name-store.volume; now:"
        printf '%s daemon-reload && %s restart %s.service\n' "$systemctl" "$systemctl" "$name"
        ;;
    remove)
        must_be_free quadlet.sh
        for unit in "$name.container" "$name-store.volume"; do must_be_ours "$dir/$unit"; done
        rm -f "$dir/$name.container" "$dir/$name-store.volume"
        rm -f "$state"/quadlet/{known_hosts,ssh_config}
        rmdir "$state/quadlet" 2>/dev/null || true
        release quadlet.sh
        say "removed $dir/$name.container and $dir/$name-store.volume; now:"
        printf '%s stop %s.service; %s daemon-reload\n' "$systemctl" "$name" "$systemctl"
        ;;
    machines-line) machines_line "127.0.0.1:$port" "$(uname -m)-linux" "$(nproc)" "$state/host_key.pub" ;;
    ssh-options) ssh_options "$state/quadlet" ;;
esac
