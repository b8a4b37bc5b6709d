# shellcheck shell=bash
# What the kernel of the machine starts with.
# shellcheck disable=SC2154 # vm.sh has the variables

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
