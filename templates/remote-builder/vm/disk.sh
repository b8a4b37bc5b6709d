# shellcheck shell=bash
# The disks of the machine.
# shellcheck disable=SC2154 # vm.sh has the variables

# The image's files as a disk, read only by the machine. Its owners need no root here: in podman's own user namespace they
# are what they are in the image.
make_root() {
    local id in_namespace=()
    id=$(podman image inspect --format '{{.Id}}' "$image" 2>/dev/null) ||
        fail "there is no image $image here: run ../bootstrap/container_build.sh, or name another with --image"
    [[ $(cat "$vm/root.id" 2>/dev/null) != "$id" || ! -e $vm/root.ext4 ]] || return 0
    say "making a disk of $image"
    # Under a name of its own until it is whole: of an `up` that was killed, the program that makes it may still be at it.
    rm -f "$vm/root.id" "$vm"/root.ext4.*
    podman image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$id" | sed '/^$/d' >"$vm/environment"
    podman image inspect --format '{{range .Config.Entrypoint}}{{println .}}{{end}}' "$id" | sed '/^$/d' >"$vm/entrypoint"
    [[ -s $vm/entrypoint ]] || fail "$image has no entrypoint: it is not a builder"
    ((EUID == 0)) || in_namespace=(podman unshare)
    # shellcheck disable=SC2016 # the other shell is to expand these
    ${in_namespace[@]+"${in_namespace[@]}"} bash -c '
        set -euo pipefail
        image=$1 disk=$2
        root=$(podman image mount "$image")
        trap "podman image unmount \"$image\" >/dev/null" EXIT
        # Nothing is ever added to it: room for what is there, and for its inodes.
        files=$(find "$root" | wc -l)
        size=$(($(du --apparent-size -sk "$root" | cut -f1) + files * 4 + 16384))
        rm -f "$disk"
        mke2fs -q -F -t ext4 -m 0 -O ^has_journal -N $((files + 1024)) -L root -d "$root" "$disk" "${size}k" >/dev/null
        # What the machine mounts over, where the image lacks it.
        for folder in dev etc nix proc run sys tmp etc/nix-builder; do
            [[ -d $root/$folder ]] || printf "mkdir %s\n" "$folder"
        done >"$disk.commands"
        for file in etc/hosts etc/resolv.conf; do
            [[ -e $root/$file ]] || printf "write /dev/null %s\n" "$file"
        done >>"$disk.commands"
        debugfs -w -f "$disk.commands" "$disk" >/dev/null 2>&1
        rm "$disk.commands"
    ' make-root "$id" "$vm/root.ext4.$$" || fail "no disk could be made of $image"
    mv "$vm/root.ext4.$$" "$vm/root.ext4"
    printf '%s\n' "$id" >"$vm/root.id"
}

# The store's disk, which is made once and kept.
make_store() {
    [[ ! -e $vm/store.ext4 ]] || return 0
    truncate -s "$store_size" "$vm/store.ext4.new"
    mke2fs -q -t ext4 -m 0 -L store "$vm/store.ext4.new"
    mv "$vm/store.ext4.new" "$vm/store.ext4"
}
