#!/usr/bin/env bash
# remote-builder.sh COMMAND [OPTION…]: a Nix remote builder in a container of podman. `remote-builder.sh --help` says more.
#
# container/ has what it does, a file for each part; shared/ what it has in common with the other scripts here. This script
# and kube.sh run on macOS too, and so keep to bash 3.2 and to what both systems' tools know.
set -euo pipefail

usage() {
    cat <<'END'
usage: remote-builder.sh COMMAND [OPTION…]

  up             starts the builder, and waits until it answers with its own host key. Again: nothing to do. After a change
                 of the image, the settings or the keys: makes the container anew, with the same store
  stop           stops it; container, store and keys stay, and `up` goes on with them
  down           stops it, and removes what `up` made: container, store volume, keys. With --keep, the container alone
  status         what runs, where, of which image
  check          tries each step of a connection, and says which one fails and why
  keys           makes this installation's keys where there are none, and shows them
  machines-line  prints the line for `builders` of nix.conf, /etc/nix/machines or --builders
  ssh-options    prints what NIX_SSHOPTS has to be for a Nix that knows no port in a builder's address (2.26 and before)

  --name NAME       which builder; each has its own container, store, keys and port (nix-builder)   every command
  --image REF       its image, by tag or digest (localhost/nix-builder:TAG, TAG as ../alpine/image-name.sh)       up
  --port PORT       its port on 127.0.0.1 (the one it had, at first a free one)                                   up
  --volume VOLUME   the volume of its store (NAME-store); one that was there before is never removed              up
  --no-sandbox      builds without Nix's sandbox, and without the rights that the sandbox takes                   up
  --emulate SYSTEM  builds for SYSTEM too, by emulation: aarch64-linux. Before, as root: binfmt.sh register aarch64   up
  --timeout SECONDS how long to wait until it answers (90)                                                        up
  --keep            leaves the store and the keys for the next `up`                                             down
  --rotate          makes new keys in place of the ones that are there                                          keys
  --protocol PROTOCOL  ssh-ng or ssh (ssh-ng)                                                          machines-line
  --jobs N          how many builds at once (as many as there are processors)                          machines-line
  --speed N         how it is preferred to others (1)                                                  machines-line
  --systems LIST    what it builds for, with commas (what the image is for, and what it emulates)     machines-line
  --features LIST   what it can do, with commas, or - (big-parallel,benchmark)                         machines-line

Keys and settings are below ${XDG_STATE_HOME:-~/.local/state}/nix-remote-builder/NAME, for you alone. podman runs as you:
rootless, unless you are root. Whoever has the client key is trusted by the builder's Nix, as root is: the port is on
127.0.0.1 only.

Exit status: 0 done · 1 it failed · 64 wrong usage · `status`: 0 it runs and answers, 1 it runs and does not, 3 it does not run
END
}

# Without CDPATH, which makes cd print where it went.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=shared/arguments.sh
source "$here/shared/arguments.sh"
# shellcheck source=shared/names.sh
source "$here/shared/names.sh"
# shellcheck source=shared/image.sh
source "$here/shared/image.sh"
# shellcheck source=shared/keys.sh
source "$here/shared/keys.sh"
# shellcheck source=shared/rights.sh
source "$here/shared/rights.sh"
# shellcheck source=shared/address.sh
source "$here/shared/address.sh"
# shellcheck source=container/keys.sh
source "$here/container/keys.sh"
# shellcheck source=container/podman.sh
source "$here/container/podman.sh"
# shellcheck source=container/connection.sh
source "$here/container/connection.sh"
# shellcheck source=container/create.sh
source "$here/container/create.sh"
# shellcheck source=container/up.sh
source "$here/container/up.sh"
# shellcheck source=container/down.sh
source "$here/container/down.sh"
# shellcheck source=container/report.sh
source "$here/container/report.sh"

name=nix-builder image='' port='' volume='' no_sandbox='' emulate='' timeout=90 keep='' rotate=''
protocol=ssh-ng jobs='' speed=1 systems='' features=big-parallel,benchmark
# shellcheck disable=SC2034 # read_arguments reads it
flags='--no-sandbox --keep --rotate'
commands=(
    'up --name --image --port --volume --no-sandbox --emulate --timeout'
    'stop --name'
    'down --name --keep'
    'status --name'
    'check --name'
    'keys --name --rotate'
    'machines-line --name --protocol --jobs --speed --systems --features'
    'ssh-options --name'
)
read_arguments "$@"

for value in "$name" ${volume:+"$volume"}; do
    [[ $value =~ ^[A-Za-z0-9][A-Za-z0-9_.-]*$ ]] || misused "'$value' is no name: letters, digits, and _ . - after the first"
done
must_be_image "$image"
must_be_port "$port"
must_be_emulated "$emulate"
must_be_number --timeout "$timeout"
[[ $protocol == ssh-ng || $protocol == ssh ]] || misused "--protocol $protocol: ssh-ng or ssh"
must_be_number --jobs "${jobs:-1}"
must_be_number --speed "$speed"
for value in ${systems:+"$systems"} "$features"; do
    [[ $value =~ ^[A-Za-z0-9_,.{}-]+$ ]] || misused "'$value': names with commas between them are wanted"
done

label=io.github.pinr.remote-builder
mounted_keys=/etc/nix-builder
container=$name
sandbox=${no_sandbox:+no}
: "${sandbox:=yes}" "${volume:=$name-store}"
state=$(state_of "$name")
client=$state/client_key
host=$state/host/ssh_host_ed25519_key
authorized=$state/host/authorized_keys

case $command in
    keys)
        prepare_keys
        [[ -z $made_keys ]] || say "made keys in $state"
        [[ -z $rotate ]] || say "a builder that runs takes them with \`$program up$named\`; the line for machines changes"
        show_keys
        ;;
    ssh-options) ssh_options "$state" ;;
    machines-line)
        need podman
        print_line
        ;;
    *)
        need podman
        "$command"
        ;;
esac
