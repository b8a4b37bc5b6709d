# shellcheck shell=bash
# The container: its image, whether it is still the one that is asked for, and how it is made.
# shellcheck disable=SC2154 # remote-builder.sh has the variables

# Sets `image`, and `image_id` to what that name is now.
find_image() {
    [[ -n $image ]] || image=$(default_image)
    if ! podman image exists "$image"; then
        [[ $image == *@sha256:* ]] || fail "there is no image $image here: bootstrap/container_build.sh builds it"
        say "fetching $image"
        podman pull --quiet "$image" >/dev/null || fail "$image cannot be fetched"
    fi
    image_id=$(podman image inspect --format '{{.Id}}' "$image")
}

# The kernel emulates, or nobody. It has to hold the emulator open (flag F), which is not in the container.
check_emulation() {
    local entry
    [[ -n $emulate ]] || return 0
    # Containers that run elsewhere have another kernel, which `up` cannot ask.
    [[ $(uname -s) == Linux && -z ${CONTAINER_HOST-}${CONTAINER_CONNECTION-} ]] || return 0
    for entry in nix-builder-aarch64 qemu-aarch64; do
        if grep -qs '^flags: .*F' "/proc/sys/fs/binfmt_misc/$entry"; then return 0; fi
    done
    fail "this kernel does not run programs for $emulate in containers: sudo $here/binfmt.sh register aarch64 --interpreter FILE"
}

# Whether the container is the one that is asked for; what differs, on stdout.
differences() {
    [[ $(inspect '{{.Image}}') == "$image_id" ]] || echo 'its image changed'
    [[ $(labelled sandbox) == "$sandbox" ]] || echo 'the sandbox was switched'
    [[ $(labelled emulate) == "$emulate" ]] || echo 'what it emulates changed'
    [[ $(labelled volume) == "$volume" ]] || echo 'it has another volume'
    [[ $(labelled keys) == "$(keys_fingerprint)" ]] || echo 'its keys changed'
    [[ -z $port || $(port_of_container) == "$port" ]] || echo 'it has another port'
}

# Makes and starts it, at `port`, or where podman likes when there is none.
create() {
    local options=() settings=''
    # Labelled, it is ours to remove.
    podman volume exists "$volume" ||
        podman volume create --label "$label=$name" --label "$label.state=$state" "$volume" >/dev/null
    if [[ $sandbox == yes ]]; then
        options=("${sandbox_options[@]}")
    else
        settings='sandbox = false'
    fi
    [[ -z $emulate ]] || settings+=${settings:+$'\n'}"extra-platforms = $emulate"
    [[ -z $settings ]] || options+=(--env "NIX_CONFIG=$settings")
    prepare_users
    # An array that is empty is an unset variable to the bash of macOS.
    options+=(${user_options[@]+"${user_options[@]}"})
    log=$state/podman.$$
    trap 'rm -f "$log" "$log.id"' EXIT
    # Builds work in /tmp, which may take more room than there is memory, and run what they make: a volume that goes with
    # the container, and not a tmpfs.
    podman run --detach --pull never --cidfile "$log.id" --name "$container" --hostname "$container" \
        --label "$label=$name" --label "$label.state=$state" --label "$label.sandbox=$sandbox" --label "$label.emulate=$emulate" \
        --label "$label.volume=$volume" --label "$label.keys=$(keys_fingerprint)" \
        --read-only --tmpfs /run:mode=755 --volume /tmp --volume "$volume:/nix" \
        --volume "$state/host:$mounted_keys:$keys_options" \
        --cap-drop all --cap-add "$capabilities" --security-opt no-new-privileges ${options[@]+"${options[@]}"} \
        --publish "127.0.0.1:$port:22" "$image_id" >"$log" 2>&1 || {
        # By its number: of that name there may be one that another `up` made meanwhile.
        [[ ! -s $log.id ]] || podman rm --force --volumes "$(<"$log.id")" >/dev/null 2>&1 || :
        say "podman did not start $container:"
        sed 's/^/    /' "$log" >&2
        exit 1
    }
    rm -f "$log" "$log.id"
    trap - EXIT
}
