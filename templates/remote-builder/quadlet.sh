#!/usr/bin/env bash
# The remote builder as a service of systemd, which podman's Quadlet makes of two files: writes these.
set -euo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=shared/arguments.sh
source "$here/shared/arguments.sh"
# shellcheck source=shared/names.sh
source "$here/shared/names.sh"
# shellcheck source=shared/image.sh
source "$here/shared/image.sh"
# shellcheck source=shared/rights.sh
source "$here/shared/rights.sh"
# shellcheck source=shared/address.sh
source "$here/shared/address.sh"

usage() {
    cat <<'EOF'
usage: quadlet.sh install [OPTION…]   writes the units, again after `pinr update`; says how to start the builder
       quadlet.sh print [OPTION…]     shows them
       quadlet.sh remove [OPTION…]    removes them; keys and store stay
       quadlet.sh machines-line       prints the line for `builders` of nix.conf or /etc/nix/machines
       quadlet.sh ssh-options         prints what NIX_SSHOPTS has to be for a Nix that knows no port in an address

  --name NAME    which builder (default: nix-builder); its keys are those of `remote-builder.sh keys --name NAME`
  --image REF    install, print: what it runs (default: the image of ../alpine)
  --port PORT    install, print, machines-line: where it answers on 127.0.0.1 (default: the one it has, at first 2222)
  --dir DIR      where the units are (default: as root /etc/containers/systemd, otherwise ~/.config/containers/systemd)

As root the service is the system's; otherwise it is the user's own: `loginctl enable-linger` keeps it running.
EOF
}

name=nix-builder image='' port='' dir=''
# shellcheck disable=SC2034 # read_arguments reads it
flags=''
commands=(
    'install --name --image --port --dir'
    'print --name --image --port'
    'remove --name --dir'
    'machines-line --name --port'
    'ssh-options --name'
)
read_arguments "$@"
must_be_unit_name "$name"
must_be_port "$port"
must_be_image "$image"

if ((EUID == 0)); then
    : "${dir:=/etc/containers/systemd}"
    target=multi-user.target systemctl=systemctl
    users="PodmanArgs=--uidmap=$user_map --gidmap=$user_map" access=ro,Z,U
else
    : "${dir:=${XDG_CONFIG_HOME:-$HOME/.config}/containers/systemd}"
    target=default.target systemctl='systemctl --user'
    users='# It is so by itself where the service is a user'\''s.' access=ro,Z
fi
state=$(state_of "$name")
keys=$state/host
[[ -n $port ]] || port=$(port_of "$state/quadlet" 2222)

prepare() {
    [[ -n $image ]] || image=$(default_image)
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
        store=$(fill_in builder-store.volume)
        container=$(fill_in builder.container)
        write_whole "$dir/$name-store.volume" <<<"$store"
        write_whole "$dir/$name.container" <<<"$container"
        write_address "$state/quadlet" "$port"
        say "wrote $dir/$name.container and $dir/$name-store.volume; now:"
        printf '%s daemon-reload && %s restart %s.service\n' "$systemctl" "$systemctl" "$name"
        ;;
    remove)
        must_be_free quadlet.sh
        for unit in "$name.container" "$name-store.volume"; do must_be_ours "$dir/$unit"; done
        rm -f "$dir/$name.container" "$dir/$name-store.volume"
        rm -f "$state"/quadlet/{known_hosts,ssh_config,port}
        rmdir "$state/quadlet" 2>/dev/null || true
        release quadlet.sh
        say "removed $dir/$name.container and $dir/$name-store.volume; now:"
        printf '%s stop %s.service; %s daemon-reload\n' "$systemctl" "$name" "$systemctl"
        ;;
    machines-line) machines_line "127.0.0.1:$port" "$(system_here)" "$(processors)" "$state/host_key.pub" ;;
    ssh-options) ssh_options "$state/quadlet" ;;
esac
