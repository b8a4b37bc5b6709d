#!/usr/bin/env bash
# The remote builder as a virtual machine: the image of ../alpine as a disk, a kernel of its own, QEMU. For those who want
# a builder to be walled off by more than a container is, or builds for another processor without touching this machine.
set -euo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=shared/arguments.sh
source "$here/shared/arguments.sh"
# shellcheck source=shared/names.sh
source "$here/shared/names.sh"
# shellcheck source=shared/image.sh
source "$here/shared/image.sh"
# shellcheck source=shared/address.sh
source "$here/shared/address.sh"
# shellcheck source=vm/disk.sh
source "$here/vm/disk.sh"
# shellcheck source=vm/initrd.sh
source "$here/vm/initrd.sh"

usage() {
    cat <<'EOF'
usage: vm.sh up [OPTION…]            starts the machine and waits until it answers
       vm.sh down [OPTION…]          stops it, so that what was built is safe on its disk
       vm.sh status                  exit status 0: it answers; 1: it does not
       vm.sh machines-line           the line for Nix's `builders` or /etc/nix/machines
       vm.sh ssh-options             what NIX_SSHOPTS has to be for a Nix that knows no port in an address (up to 2.26)

  --name NAME         which machine (default: nix-builder); its keys are those of `remote-builder.sh keys --name NAME`
  --port PORT         where it answers on 127.0.0.1 (default: the one it has, at first 2223)
for up (--emulate and --cpus for machines-line too, whose line tells Nix of them):
  --image REF         what it runs (default: the image of ../alpine)
  --guest DIR         kernel, modules and busybox for it (default: what `nix-build vm.nix` gives)
  --emulate SYSTEM    also build for SYSTEM, by emulation: aarch64-linux
  --network           let it out to the network; without this, nothing but ssh from here reaches it and it reaches nothing
  --cpus N, --memory SIZE, --store-size SIZE   (default: 2, 4G, 40G; the store's disk takes only what is used of it)
  --accel LIST        how QEMU runs it (default: kvm:tcg, which is kvm where it can be had)
  --timeout SECONDS   how long it may take to answer (default: 300)
for down:
  --remove-store      removes the disk of its store too
  --timeout SECONDS   how long it may take to stop, before it is switched off (default: 60)

Disks, keys and messages are in ${XDG_STATE_HOME:-~/.local/state}/nix-remote-builder/NAME.
EOF
}

name=nix-builder port='' image='' guest='' emulate='' network='' cpus=2 memory=4G store_size=40G accel=kvm:tcg timeout=''
remove_store=''
# shellcheck disable=SC2034 # read_arguments reads it
flags='--network --remove-store'
commands=(
    'up --name --port --image --guest --emulate --network --cpus --memory --store-size --accel --timeout'
    'down --name --port --remove-store --timeout'
    'status --name --port'
    'machines-line --name --port --emulate --cpus'
    'ssh-options --name --port'
)
read_arguments "$@"
must_be_unit_name "$name"
must_be_port "$port"
must_be_image "$image"
must_be_number --cpus "$cpus"
must_be_number --timeout "${timeout:-1}"
for value in "$memory" "$store_size"; do
    [[ $value =~ ^[1-9][0-9]*[KMGT]$ ]] || misused "not a size, as 4G is one: $value"
done
[[ $accel =~ ^[a-z]+(:[a-z]+)*$ ]] || misused "not a list of accelerators: $accel"
must_be_emulated "$emulate"

PATH=$PATH:/usr/sbin:/sbin # where a distribution has mke2fs, and not everybody looks
state=$(state_of "$name")
vm=$state/vm
[[ -n $port ]] || port=$(port_of "$vm" 2223)
[[ $command != down ]] || : "${timeout:=60}"
: "${timeout:=300}"

# QEMU parts options at commas.
escaped() { printf '%s' "${1//,/,,}"; }

# The process of the machine. Its number may have been given to another one since: the command line tells.
machine() {
    local pid
    pid=$(cat "$vm/pid" 2>/dev/null) && [[ -r /proc/$pid/cmdline ]] &&
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -- "$vm/pid" && printf %s "$pid"
}

# Whether it is this machine that answers, by its key: anything may listen on a port.
answers() {
    local key
    key=$(cut -d' ' -f2 "$state/host_key.pub")
    ssh-keyscan -T 5 -t ed25519 -p "$port" 127.0.0.1 2>/dev/null | cut -d' ' -f3 | grep -qxF -- "$key"
}

make_keys() {
    must_be_free vm.sh
    "$here/remote-builder.sh" keys --name "$name" >/dev/null
    claim vm.sh
    write_address "$vm" "$port"
}

# Two would write the same disks. The lock on the folder is open file 9 of this process, and goes with it, however it ends;
# of one that was killed, with the last program that it had started to write there.
begin() {
    local status=0
    exec 9<"$vm"
    flock -n 9 || status=$?
    case $status in
        0) ;;
        1) fail "another vm.sh up is at it" ;;
        *) fail "$vm cannot be locked" ;;
    esac
}

up() {
    [[ $(uname -sm) == 'Linux x86_64' ]] || fail "this is for Linux on x86_64, not for $(uname -sm): use remote-builder.sh"
    local file pid restrict=on
    if pid=$(machine); then
        answers || fail "it runs (process $pid), but does not answer on port $port; vm.sh down$named stops it"
        say "it runs already (process $pid)"
        return
    fi
    for file in podman mke2fs debugfs qemu-system-x86_64 ssh-keyscan flock; do need "$file"; done
    [[ -n $image ]] || image=$(default_image)
    [[ -n $guest ]] || guest=$(nix-build --no-out-link "$here/vm.nix") || fail 'the guest could not be built'
    for file in kernel busybox modules/modules.dep ${emulate:+"qemu-${emulate%-linux}"}; do
        [[ -e $guest/$file ]] || fail "$guest has no $file"
    done
    make_keys
    mkdir -p "$vm"
    chmod 700 "$vm"
    begin
    # Without the lock, which a process of podman that stays would keep.
    make_root 9>&-
    make_initrd
    make_store
    rm -f "$vm"/control.{in,out} "$vm/pid"
    mkfifo -m 600 "$vm"/control.{in,out}
    [[ -z $network ]] || restrict=off
    local at
    at=$(escaped "$vm")
    # The keys are in none of the disks: they are handed over when it starts, to the machine's root alone.
    # Not -daemonize: the sandbox forbids it to start processes.
    setsid qemu-system-x86_64 -name "$name" -M "q35,accel=$accel" -cpu max -smp "$cpus" -m "$memory" \
        -nodefaults -no-user-config -no-reboot -display none -pidfile "$vm/pid" \
        -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
        -kernel "$guest/kernel" -initrd "$vm/initrd" -append 'console=ttyS0 panic=-1 quiet' \
        -chardev "file,id=console,path=$at/console" -serial chardev:console \
        -chardev "pipe,id=control,path=$at/control" -serial chardev:control \
        -drive "file=$at/root.ext4,format=raw,if=virtio,readonly=on" \
        -drive "file=$at/store.ext4,format=raw,if=virtio,discard=unmap" \
        -fw_cfg "name=opt/nix-builder/ssh_host_ed25519_key,file=$(escaped "$state/host/ssh_host_ed25519_key")" \
        -fw_cfg "name=opt/nix-builder/authorized_keys,file=$(escaped "$state/host/authorized_keys")" \
        -netdev "user,id=net,restrict=$restrict,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=net,romfile= \
        -device virtio-rng-pci </dev/null >"$vm/qemu" 2>&1 9>&- &
    pid=$!
    local until=$((SECONDS + timeout))
    until answers; do
        if ! kill -0 "$pid" 2>/dev/null; then
            tail -n 15 "$vm/qemu" "$vm/console" >&2 || true
            fail "the machine stopped; what QEMU and the machine said last is above (--accel tcg does without the host's KVM)"
        fi
        ((SECONDS < until)) || fail "it has not answered on port $port for $timeout s, and still runs (process $pid; vm.sh down$named stops it); its messages are in $vm/console"
        sleep 0.5
    done
    say "it answers on 127.0.0.1, port $port"
}

# Asks it to stop. Not by a signal to QEMU, which would be a power cut: Nix's database may know of outputs that are not yet
# on the disk. That comes when it has had its time, and then a signal that nothing withstands.
stop_machine() {
    local pid signal until
    pid=$(machine) || return 0
    # Opened for both ways: a pipe that nobody reads any more would never open for writing alone.
    printf 'down\n' 1<>"$vm/control.in"
    for signal in TERM KILL ''; do
        until=$((SECONDS + timeout))
        while machine >/dev/null; do
            ((SECONDS < until)) || break
            sleep 0.2
        done
        machine >/dev/null || return 0
        [[ -n $signal ]] || break
        say "it did not stop within $timeout s and is switched off (process $pid, $signal)"
        kill -s "$signal" "$pid"
    done
    fail "process $pid cannot be ended, and may be writing to $vm/store.ext4: its disks stay as they are"
}

down() {
    stop_machine
    rm -rf "$vm/initrd.tree"
    rm -f "$vm"/control.{in,out} "$vm"/{pid,initrd,root.ext4,root.id,environment,entrypoint,console,qemu,known_hosts,ssh_config} "$vm"/root.ext4.*
    if [[ -n $remove_store ]]; then
        rm -f "$vm"/{store.ext4,store.ext4.new,port}
        release vm.sh
    fi
    rmdir "$vm" 2>/dev/null || true
}

status() {
    local pid
    pid=$(machine) || fail 'it does not run'
    answers || fail "it runs (process $pid), but does not answer on port $port"
    say "it runs (process $pid) and answers on 127.0.0.1, port $port"
}

case $command in
    up) up ;;
    down) down ;;
    status) status ;;
    machines-line)
        machines_line "127.0.0.1:$port" "x86_64-linux${emulate:+,$emulate}" "$cpus" "$state/host_key.pub"
        ;;
    ssh-options) ssh_options "$vm" ;;
esac
