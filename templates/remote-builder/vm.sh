#!/usr/bin/env bash
# The remote builder as a virtual machine: the image of ../alpine as a disk, a kernel of its own, QEMU. For those who want
# a builder to be walled off by more than a container is, or builds for another processor without touching this machine.
set -euo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null # it is checked by itself
source "$here/address.sh"

usage() {
    cat <<'EOF'
usage: vm.sh up [OPTION…]            starts the machine and waits until it answers
       vm.sh down [--remove-store]   stops it, so that what was built is safe on its disk
       vm.sh status                  exit status 0: it answers; 1: it does not
       vm.sh machines-line           the line for Nix's `builders` or /etc/nix/machines
       vm.sh ssh-options             what NIX_SSHOPTS has to be for a Nix that knows no port in an address (up to 2.26)

  --name NAME         which machine (default: nix-builder); its keys are those of `remote-builder.sh keys --name NAME`
  --port PORT         where it answers on 127.0.0.1 (default: 2223)
for up (--emulate and --cpus for machines-line too, whose line tells Nix of them):
  --image REF         what it runs (default: the image of ../alpine)
  --guest DIR         kernel, modules and busybox for it (default: what `nix-build vm.nix` gives)
  --emulate SYSTEM    also build for SYSTEM, by emulation: aarch64-linux
  --network           let it out to the network; without this, nothing but ssh from here reaches it and it reaches nothing
  --cpus N, --memory SIZE, --store-size SIZE   (default: 2, 4G, 40G; the store's disk takes only what is used of it)
  --accel LIST        how QEMU runs it (default: kvm:tcg, which is kvm where it can be had)
  --timeout SECONDS   how long it may take to answer (default: 300)

Disks, keys and messages are in ${XDG_STATE_HOME:-~/.local/state}/nix-remote-builder/NAME.
EOF
}

say() { printf 'vm.sh: %s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 1
}
misused() {
    say "$* (vm.sh --help tells more)"
    exit 64
}
# QEMU parts options at commas.
escaped() { printf '%s' "${1//,/,,}"; }

name=nix-builder port=2223 image='' guest='' emulate='' network='' cpus=2 memory=4G store_size=40G accel=kvm:tcg timeout=300
remove_store='' command='' given=()
while (($#)); do
    case $1 in
        -h | --help)
            usage
            exit
            ;;
        --network) network=yes given+=("$1") ;;
        --remove-store) remove_store=yes given+=("$1") ;;
        --name | --port | --image | --guest | --emulate | --cpus | --memory | --store-size | --accel | --timeout)
            (($# > 1)) || misused "$1 needs a value"
            variable=${1#--}
            printf -v "${variable//-/_}" %s "$2"
            given+=("$1")
            shift
            ;;
        up | down | status | machines-line | ssh-options)
            [[ -z $command ]] || misused "one command at a time, not $command and $1"
            command=$1
            ;;
        *) misused "unknown: $1" ;;
    esac
    shift
done
case $command in
    up) takes='--image --guest --emulate --network --cpus --memory --store-size --accel --timeout' ;;
    down) takes='--remove-store' ;;
    machines-line) takes='--emulate --cpus' ;;
    status | ssh-options) takes='' ;;
    *) misused 'say what to do: up, down, status, machines-line or ssh-options' ;;
esac
for option in ${given[@]+"${given[@]}"}; do
    [[ " --name --port $takes " == *" $option "* ]] || misused "$command takes no $option"
done
[[ $name =~ ^[a-z0-9][a-z0-9.-]*$ ]] || misused "not a name for a machine: $name"
for number in "$port" "$cpus" "$timeout"; do
    [[ $number =~ ^[1-9][0-9]{0,4}$ ]] || misused "not a number: $number"
done
((port <= 65535)) || misused "not a port: $port"
[[ $accel =~ ^[a-z]+(:[a-z]+)*$ ]] || misused "not a list of accelerators: $accel"
case $emulate in
    '' | aarch64-linux) ;;
    *) misused "only aarch64-linux can be emulated, not $emulate" ;;
esac

PATH=$PATH:/usr/sbin:/sbin # where a distribution has mke2fs, and not everybody looks
state=$(state_of "$name")
vm=$state/vm

# The process of the machine. Its number may have been given to another one since: the command line tells.
machine() {
    local pid
    pid=$(cat "$vm/pid" 2>/dev/null) && [[ -r /proc/$pid/cmdline ]] &&
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -- "$(escaped "$vm")/pid" && printf %s "$pid"
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

# The image's files as a disk, read only by the machine. Its owners need no root here: in podman's own user namespace they
# are what they are in the image.
make_root() {
    local id in_namespace=()
    id=$(podman image inspect --format '{{.Id}}' "$image" 2>/dev/null) ||
        fail "there is no image $image here: run ../bootstrap/container_build.sh, or name another with --image"
    [[ $(cat "$vm/root.id" 2>/dev/null) != "$id" || ! -e $vm/root.ext4 ]] || return 0
    say "making a disk of $image"
    rm -f "$vm/root.id"
    podman image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$id" | sed '/^$/d' >"$vm/environment"
    podman image inspect --format '{{range .Config.Entrypoint}}{{println .}}{{end}}' "$id" | sed '/^$/d' >"$vm/entrypoint"
    [[ -s $vm/entrypoint ]] || fail "$image has no entrypoint: it is not a builder"
    ((EUID == 0)) || in_namespace=(podman unshare)
    # shellcheck disable=SC2016 # the other shell is to expand these
    "${in_namespace[@]}" bash -c '
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
    ' make-root "$id" "$vm/root.ext4" || fail "no disk could be made of $image"
    printf '%s\n' "$id" >"$vm/root.id"
}

# Names of modules, and before each what it needs. One that is not among the kernel's modules is built in.
modules_in_order() {
    awk -v wanted="$*" '
        function name_of(path) { sub(/.*\//, "", path); sub(/\.ko.*/, "", path); gsub(/-/, "_", path); return path }
        function load(module, parts, count, i) {
            if (module in done || !(module in path)) return
            done[module] = 1
            count = split(needs[module], parts, " ")
            for (i = 1; i <= count; i++) load(name_of(parts[i]))
            print path[module]
        }
        { file = $1; sub(/:$/, "", file); module = name_of(file); path[module] = file; $1 = ""; needs[module] = $0 }
        END { count = split(wanted, list, " "); for (n = 1; n <= count; n++) load(list[n]) }
    ' "$guest/modules/modules.dep"
}

# What the kernel starts with: the modules for the disks, and vm/init.sh.
make_initrd() {
    local tree=$vm/initrd.tree module number=100 wanted=(virtio_pci virtio_blk virtio_net virtio_rng crc32c_generic ext4 qemu_fw_cfg)
    [[ -z $emulate ]] || wanted+=(binfmt_misc)
    rm -rf "$tree"
    mkdir -p "$tree"/{bin,dev,proc,sys,new,store,modules,builder}
    cp "$guest/busybox" "$tree/bin/busybox"
    cp "$here/vm/init.sh" "$tree/init"
    cp "$here/vm/run.sh" "$here/binfmt.sh" "$vm/environment" "$vm/entrypoint" "$tree/builder/"
    for module in $(modules_in_order "${wanted[@]}"); do
        number=$((number + 1))
        case $module in
            *.ko) cp "$guest/modules/$module" "$tree/modules/$number.ko" ;;
            *.ko.xz) xz -dc "$guest/modules/$module" >"$tree/modules/$number.ko" ;;
            *.ko.gz) gzip -dc "$guest/modules/$module" >"$tree/modules/$number.ko" ;;
            *.ko.zst) zstd -dcq "$guest/modules/$module" >"$tree/modules/$number.ko" ;;
            *) fail "not known how $module is compressed" ;;
        esac
    done
    {
        printf 'network=%s\n' "$network"
        printf 'emulate=%s\n' "${emulate%-linux}"
    } >"$tree/builder/settings"
    if [[ -n $emulate ]]; then
        cp "$guest/qemu-${emulate%-linux}" "$tree/builder/"
        printf 'NIX_CONFIG=extra-platforms = %s\n' "$emulate" >>"$tree/builder/environment"
    fi
    chmod -R u+w "$tree"
    chmod 755 "$tree/init" "$tree"/builder/* "$tree/bin/busybox"
    (cd "$tree" && find . | LC_ALL=C sort | "$guest/busybox" cpio -o -H newc -R 0:0 2>/dev/null | gzip -1) >"$vm/initrd"
    rm -rf "$tree"
}

up() {
    [[ $(uname -sm) == 'Linux x86_64' ]] || fail "this is for Linux on x86_64, not for $(uname -sm): use remote-builder.sh"
    local program pid restrict=on
    if pid=$(machine); then
        answers || fail "it runs (process $pid), but does not answer on port $port; vm.sh down stops it"
        say "it runs already (process $pid)"
        return
    fi
    for program in podman mke2fs debugfs qemu-system-x86_64 ssh-keyscan; do
        command -v "$program" >/dev/null || fail "$program is missing: run this in the shell of ../bootstrap/shell.nix"
    done
    [[ -n $image ]] || image=localhost/nix-builder:$("$here/../alpine/image-name.sh")
    [[ -n $guest ]] || guest=$(nix-build --no-out-link "$here/vm.nix") || fail 'the guest could not be built'
    for program in kernel busybox modules/modules.dep ${emulate:+"qemu-${emulate%-linux}"}; do
        [[ -e $guest/$program ]] || fail "$guest has no $program"
    done
    make_keys
    mkdir -p "$vm"
    chmod 700 "$vm"
    make_root
    make_initrd
    if [[ ! -e $vm/store.ext4 ]]; then
        truncate -s "$store_size" "$vm/store.ext4.new"
        mke2fs -q -t ext4 -m 0 -L store "$vm/store.ext4.new"
        mv "$vm/store.ext4.new" "$vm/store.ext4"
    fi
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
        -device virtio-rng-pci </dev/null >"$vm/qemu" 2>&1 &
    pid=$!
    local until=$((SECONDS + timeout))
    until answers; do
        if ! kill -0 "$pid" 2>/dev/null; then
            tail -n 15 "$vm/qemu" "$vm/console" >&2 || true
            fail "the machine stopped; what QEMU and the machine said last is above (--accel tcg does without the host's KVM)"
        fi
        ((SECONDS < until)) || fail "it has not answered on port $port for $timeout s; its messages are in $vm/console"
        sleep 0.5
    done
    say "it answers on 127.0.0.1, port $port"
}

down() {
    local pid until=$((SECONDS + 60))
    if pid=$(machine); then
        # Not a signal to QEMU, which would be a power cut: Nix's database may know of outputs that are not yet on the disk.
        printf 'down\n' >"$vm/control.in"
        while machine >/dev/null; do
            if ((SECONDS >= until)); then
                say 'it did not stop within 60 s and is switched off'
                kill "$pid"
                until=$((SECONDS + 60))
            fi
            sleep 0.2
        done
    fi
    rm -f "$vm"/control.{in,out} "$vm"/{pid,initrd,root.ext4,root.id,environment,entrypoint,console,qemu,known_hosts,ssh_config}
    if [[ -n $remove_store ]]; then
        rm -f "$vm/store.ext4"
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
