# shellcheck shell=bash
# The commands `stop` and `down`.
# shellcheck disable=SC2154 # remote-builder.sh has the variables

stop() {
    must_be_ours
    exists || fail "there is no container $container"
    podman stop --time 20 "$container" >/dev/null
    say "$container is stopped; its store and its keys stay: $program up$named goes on with them, $program down$named removes them"
}

down() {
    local volumes kept file
    must_be_ours
    must_be_free remote-builder.sh
    if exists; then
        podman stop --time 20 "$container" >/dev/null 2>&1 || :
        podman rm --force --volumes "$container" >/dev/null
        say "removed the container $container"
    fi
    release remote-builder.sh
    volumes=$(podman volume ls --quiet --filter "label=$label=$name" --filter "label=$label.state=$state")
    if [[ -n $keep ]]; then
        kept=$(printf '%s' "$volumes" | tr '\n' ' ')
        say "kept: volume ${kept:-(none)}, keys in $state"
        return
    fi
    for volume in $volumes; do
        podman volume rm "$volume" >/dev/null
        say "removed the volume $volume"
    done
    [[ -d $state ]] || return 0
    for file in client_key client_key.pub host/ssh_host_ed25519_key host/authorized_keys host_key.pub known_hosts ssh_config port; do
        rm -f "$state/$file"
    done
    rmdir "$state/host" "$state" 2>/dev/null || say "$state has more in it than $program put there, and stays"
    say "removed the keys in $state"
    # Only when no other builder has anything there.
    rmdir "$(dirname "$state")" 2>/dev/null || :
}
