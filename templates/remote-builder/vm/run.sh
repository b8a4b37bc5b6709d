#!/bin/sh
# The machine's first process from then on: gives the image's entrypoint what a container would have, and switches the
# machine off when it ends.
set -eu
# It ends all processes and switches off, in the end.
if [ $$ -ne 1 ]; then
    echo 'run.sh: this is the first process of the virtual machine that vm.sh starts, and nothing to run by hand' >&2
    exit 64
fi
vm=/run/vm
mkdir $vm/bin
$vm/busybox --install -s $vm/bin
PATH=$vm/bin
# shellcheck source=/dev/null # vm.sh writes it
. $vm/settings

finish() {
    kill -TERM -1 2>/dev/null || true
    sleep 1
    kill -KILL -1 2>/dev/null || true
    sync
    umount /nix || mount -o remount,ro /nix || true
    poweroff -f
}
trap finish EXIT

mkdir -p /dev/pts /dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
ln -sfn /proc/self/fd /dev/fd
ln -sfn /proc/self/fd/0 /dev/stdin
ln -sfn /proc/self/fd/1 /dev/stdout
ln -sfn /proc/self/fd/2 /dev/stderr
hostname nix-builder

ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
printf '127.0.0.1 localhost nix-builder\n::1 localhost\n' >$vm/hosts
: >$vm/resolv.conf
if [ -n "$network" ]; then echo 'nameserver 10.0.2.3' >$vm/resolv.conf; fi
mount --bind $vm/hosts /etc/hosts
mount --bind $vm/resolv.conf /etc/resolv.conf

# Where the image expects them, readable by root alone.
mount -t tmpfs -o mode=700,size=1m tmpfs /etc/nix-builder
for key in ssh_host_ed25519_key authorized_keys; do
    (umask 077 && cat "/sys/firmware/qemu_fw_cfg/by_name/opt/nix-builder/$key/raw" >/etc/nix-builder/$key)
done
mount -o remount,ro /etc/nix-builder

if [ -n "$emulate" ]; then
    mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    sh $vm/binfmt.sh register "$emulate" --interpreter "$vm/qemu-$emulate"
fi

# As podman has them where the image says nothing.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
while IFS= read -r line; do export "${line?}"; done <$vm/environment
set --
while IFS= read -r line; do set -- "$@" "$line"; done <$vm/entrypoint
"$@" &
builder=$!
PATH=$vm/bin
(
    while read -r word; do
        if [ "$word" = down ]; then
            kill -TERM $builder
            break
        fi
    done </dev/ttyS1
) &
status=0
wait $builder || status=$?
echo "the builder ended with exit status $status"
