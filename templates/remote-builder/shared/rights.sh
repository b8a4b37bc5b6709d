# shellcheck shell=bash
# What the container of a builder may do. The units of quadlet/ and the manifests of kube/ say the same in their own words.
# shellcheck disable=SC2034 # they are for those who read this file

# sshd shuts itself in and becomes the builder's user (SYS_CHROOT, SETUID, SETGID) on port 22 (NET_BIND_SERVICE). nix-daemon
# gives build folders to its build users, reads what they wrote, and ends them (CHOWN, FOWNER, DAC_OVERRIDE, KILL).
capabilities=CHOWN,DAC_OVERRIDE,FOWNER,KILL,NET_BIND_SERVICE,SETGID,SETUID,SYS_CHROOT

# Nix's sandbox mounts, and has a /proc of its own, which the kernel allows to those alone who see all of the one outside.
# That has to be power over nothing but a user namespace: the machine's own root could write core_pattern there, which the
# kernel runs. Rootless it is so; rootful, prepare_users sees to it. The filter of system calls stays in both.
sandbox_options=(--cap-add SYS_ADMIN --security-opt 'unmask=/proc/*')

# Which users of the machine a container of root's has: none that anybody is, as systemd, adduser and podman give out none
# of these numbers. Always the same, since they own the store.
user_map=0:1879048192:65536

# Rootful, the container's users are none of this machine's. Sets `user_options`, and `keys_options` for the volume of keys.
prepare_users() {
    user_options=() keys_options=ro,Z
    # Where podman is in a machine apart, that is the wall, and files of this one cannot be given to other users. Nor where
    # root is a user namespace's, and has no such numbers.
    if [[ $(podman info --format '{{.Host.Security.Rootless}} {{.Host.ServiceIsRemote}}') == 'false false' ]] &&
        grep -q '^ *0 *0 *4294967295$' /proc/self/uid_map; then
        user_options=(--uidmap "$user_map" --gidmap "$user_map")
        # U: the keys are given to the container's root.
        keys_options=$keys_options,U
    fi
}
