#!/bin/busybox sh
# shellcheck shell=dash
# The first process of the machine, in the kernel's initial memory: mounts the two disks and goes over to them.
set -eu
# On a machine that is there already it would mount over what is mounted.
if [ $$ -ne 1 ]; then
    echo 'init.sh: this is the first process of the virtual machine that vm.sh starts, and nothing to run by hand' >&2
    exit 64
fi
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in /modules/*; do insmod "$module"; done

# The disks come up a moment after their driver.
tries=0
until [ -b /dev/vda ] && [ -b /dev/vdb ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ]; then
        echo 'init: the disks do not come up' >&2
        poweroff -f
    fi
    usleep 100000
done
mount -t ext4 -o ro /dev/vda /new
mount -t ext4 /dev/vdb /store

# What the image has in /nix, at the first start; of a newer image's store, what is new.
if [ ! -d /store/store ]; then
    cp -a /new/nix/. /store/
    mkdir -p /store/store
fi
for path in /new/nix/store/*; do
    if [ -e "$path" ] && [ ! -e "/store/store/${path##*/}" ]; then cp -a "$path" /store/store/; fi
done
mount --move /store /new/nix
mount --move /dev /new/dev
mount --move /proc /new/proc
mount --move /sys /new/sys
mount -t tmpfs -o mode=755 tmpfs /new/run
mount -t tmpfs -o mode=1777 tmpfs /new/tmp
# No link to it remains once the initial memory is emptied.
mkdir /new/run/vm
cp -a /builder/. /bin/busybox /new/run/vm/
exec switch_root /new /run/vm/busybox sh /run/vm/run.sh
