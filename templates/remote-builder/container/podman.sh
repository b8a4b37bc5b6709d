# shellcheck shell=bash
# What podman knows of the builder's container.
# shellcheck disable=SC2154 # remote-builder.sh has the variables

inspect() { podman container inspect --format "$1" "$container" 2>/dev/null; }

# labelled [WHAT]: what `create` noted of the container.
labelled() { inspect "{{index .Config.Labels \"$label${1:+.$1}\"}}"; }

exists() {
    local status=0
    podman container exists "$container" || status=$?
    # Status 1 alone is podman's word that there is none.
    ((status <= 1)) || fail "podman cannot say whether there is a container $container; its own message is above"
    return "$status"
}

is_running() { [[ $(inspect '{{.State.Running}}') == true ]]; }

# Somebody else's container of that name is left alone.
must_be_ours() {
    exists || return 0
    [[ $(labelled) == "$name" ]] ||
        fail "there is a container $container that $program did not make: another --name, or podman rm $container"
    [[ $(labelled state) == "$state" ]] ||
        fail "$container has its keys in $(labelled state), and not in $state: another --name, or XDG_STATE_HOME as it was"
}

# shellcheck disable=SC2016 # the variables are podman's
port_of_container() { inspect '{{range $key, $bindings := .HostConfig.PortBindings}}{{range $bindings}}{{.HostPort}}{{end}}{{end}}'; }

who() {
    if [[ $(podman info --format '{{.Host.Security.Rootless}}') == true ]]; then
        echo "rootless, as $(id -un)"
    else
        echo "rootful, as $(id -un): without root, it would run with the rights of its user alone"
    fi
}

last_words() {
    local log
    log=$(podman logs --tail 15 "$container" 2>&1) || :
    say "the log of $container ends so (podman logs $container has all of it):"
    printf '%s\n' "$log" | sed 's/^/    /' >&2
    case $log in
        *'exec '*': no such file or directory'*)
            say "an image with its programs in /nix, as that of images/docker.nix, does not find them in the volume of another image: --volume NAME gives it one of its own"
            ;;
    esac
}
