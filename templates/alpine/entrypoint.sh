#!/bin/sh
# entrypoint.sh [COMMAND…]: what the container runs. `entrypoint.sh --help` says more.
set -eu

usage() {
    cat <<'END'
usage: podman run … IMAGE [COMMAND [ARGUMENT…]]

Without a COMMAND: a remote builder. nix-daemon and sshd run until one of them ends or the container is stopped.
  /etc/nix-builder/ssh_host_ed25519_key   the host key, mounted read-only
  /etc/nix-builder/authorized_keys        the keys that may build, mounted read-only
With a COMMAND: nix-daemon runs, and COMMAND as an unprivileged user; its exit status is the container's.

NIX_CONFIG        settings of Nix, line by line, that go before those of the image: sandbox = false
NIX_BUILDER_PORT  where sshd listens (22)
NIX_BUILDER_USER  who runs COMMAND (ci)
END
}

say() { echo "nix-builder: $*" >&2; }

# 78 is EX_CONFIG of sysexits.h: starting it once more does not help.
wrong() {
    say "$@"
    exit 78
}

fail() {
    say "$@"
    exit 1
}

keys=/etc/nix-builder
run=/run/nix-builder
socket=/nix/var/nix/daemon-socket/socket
port=${NIX_BUILDER_PORT:-22}
daemon=
other=
stopped=

# sshd, or the command of a CI job, gets the signal that came. But a shell has what it starts in the background ignore those
# of a terminal's keys.
# shellcheck disable=SC2317 # a trap calls it
stop() {
    stopped=$1
    case $1 in
        INT | QUIT) set -- TERM ;;
    esac
    [ -z "$other" ] || kill -s "$1" "$other" 2>/dev/null || :
}

# Again and again: a child that this shell has just made takes a signal for one of the shell's, and loses it, until it is the
# program that it is to be.
ask_to_end() {
    for process in $other $daemon; do kill -s TERM "$process" 2>/dev/null || :; done
    for process in $other $daemon; do
        while runs "$process"; do
            pause 0.1
            kill -s TERM "$process" 2>/dev/null || :
        done
    done
}

# `wait` returns early when a signal comes; being process 1, the shell also reaps here whatever lost its parent.
pause() { # SECONDS
    sleep "$1" &
    wait "$!" || :
}

runs() { kill -0 "$1" 2>/dev/null; }

prepare_run() {
    # It may be a tmpfs that anybody may write to: then sshd would not trust the keys in it.
    { chmod 755 /run && rm -rf "$run" && mkdir -p "$run" /run/sshd; } 2>/dev/null ||
        wrong "cannot write to /run: with a read-only root it takes a tmpfs there (--tmpfs /run)"
}

# A volume that is new has the folders of the image with podman, and is empty with Kubernetes.
prepare_store() {
    { mkdir -p /nix/store /nix/var/nix && rm -f "$socket"; } 2>/dev/null ||
        wrong "cannot write to /nix: with a read-only root it takes a volume there (--volume NAME:/nix)"
    # Also without builds yet the daemon wants it so: builders write there, and cannot remove what others wrote.
    { chgrp nixbld /nix/store && chmod 1775 /nix/store; } || wrong 'cannot give /nix/store to the group nixbld'
}

# sshd wants keys that nobody else can write, in folders of the same kind, and a mounted secret is what its mounter made it.
take_keys() {
    # Before there is anything in it.
    (umask 077 && : >"$run/ssh_host_ed25519_key")
    for name in ssh_host_ed25519_key authorized_keys; do
        [ -e "$keys/$name" ] ||
            wrong "$keys/$name is not there: make keys of your own, and mount their folder (--volume KEYS:$keys:ro)"
        cat "$keys/$name" >"$run/$name" 2>/dev/null || wrong "$keys/$name cannot be read"
        [ -s "$run/$name" ] || wrong "$keys/$name is empty"
    done
    ssh-keygen -y -P '' -f "$run/ssh_host_ed25519_key" >/dev/null 2>&1 ||
        wrong "$keys/ssh_host_ed25519_key is no private key without a passphrase"
}

start_daemon() {
    # The daemon is the store; whoever else has NIX_REMOTE asks it. What it knows of binary caches it notes where it can
    # write, also with a read-only root.
    (unset NIX_REMOTE && XDG_CACHE_HOME=$run/cache && export XDG_CACHE_HOME && exec nix-daemon) </dev/null &
    daemon=$!
    until [ -S "$socket" ]; do
        if [ -n "$stopped" ]; then
            ask_to_end
            exit 0
        fi
        runs "$daemon" || fail 'nix-daemon ended before it listened'
        pause 0.1
    done
}

serve() {
    take_keys
    # Before the daemon answers, so that nobody takes a builder for healthy whose sshd is still to come.
    echo "$port" >"$run/port"
    start_daemon
    # sshd wants to be called by its whole path: it starts itself anew for each client. Since OpenSSH 9.8 it shuts an address
    # out, for minutes, from which some came without the right key. No key can be guessed, and all who come through a port of
    # podman have one address: whoever knocks would shut the others out. Before 9.8 it does not know the word.
    sshd=$(command -v sshd)
    set -- -p "$port" -f /etc/nix-builder.sshd_config
    if "$sshd" -t -o PerSourcePenalties=no "$@" 2>/dev/null; then set -- -o PerSourcePenalties=no "$@"; fi
    "$sshd" -D -e "$@" </dev/null &
    other=$!
    while [ -z "$stopped" ] && runs "$daemon" && runs "$other"; do pause 2; done
    if [ -n "$stopped" ]; then
        ask_to_end
        exit 0
    fi
    name=nix-daemon
    if runs "$daemon"; then name=sshd; fi
    ask_to_end
    fail "$name ended, and so does the builder"
}

# As another user, with what is in the environment: `su` would put the account's HOME there, which a read-only root has no
# use for. Who takes which options differs: util-linux has setpriv, BusyBox su.
as_user() {
    name=$1
    shift
    if setpriv --help 2>&1 | grep -q -- --reuid; then
        exec setpriv --reuid "$name" --regid "$name" --init-groups -- "$@"
    else
        # shellcheck disable=SC2016 # the inner shell is to see them
        exec su -p -s /bin/sh -c 'exec "$0" "$@"' -- "$name" "$@"
    fi
}

work() {
    user=${NIX_BUILDER_USER:-ci}
    id "$user" >/dev/null 2>&1 || wrong "NIX_BUILDER_USER: there is no user '$user'"
    start_daemon
    # Not the last thing that this shell does, but its child: process 1 gets no signal that it has no handler for, and has
    # to reap what loses its parent. The shell would give it /dev/null to read.
    exec 3<&0
    umask "$mask"
    home=$(grep "^$user:" /etc/passwd | cut -d : -f 6)
    # A read-only root has it, and root may write everywhere as far as `test -w` knows. By a name that nobody has taken: the
    # home may be a volume, where a job before may have left a link.
    if ! { [ -n "$home" ] && probe=$(mktemp "$home/.writable.XXXXXX") && rm "$probe"; } 2>/dev/null; then
        home=$(mktemp -d)
        chown "$user" "$home"
    fi
    if [ "$user" = root ]; then
        HOME=$home "$@" <&3 3<&- &
    else
        (HOME=$home USER=$user LOGNAME=$user && export HOME USER LOGNAME && as_user "$user" "$@") <&3 3<&- &
    fi
    other=$!
    exec 3<&-
    # One that came before there was anything to pass it on to.
    [ -z "$stopped" ] || stop "$stopped"
    status=0
    stopped=
    wait "$other" || status=$?
    # A signal ended the waiting, not yet the command. That has ended or not: shells reap it whenever they like, and tell its
    # own status to who waits once more; 127, that they know nothing of it, where they had told it already.
    while [ -n "$stopped" ]; do
        stopped='' again=0
        wait "$other" || again=$?
        [ "$again" -eq 127 ] || status=$again
    done
    kill -s TERM "$daemon" 2>/dev/null || :
    exit "$status"
}

case ${1-} in
    --help)
        usage
        exit 0
        ;;
    -*)
        say "unknown option '$1' (--help says how it is called)"
        exit 64
        ;;
esac
case $port in
    # A zero before it would make it another number to printf, which the health check asks.
    '' | 0* | *[!0-9]*) wrong "NIX_BUILDER_PORT is '$port', and not a number above 0" ;;
esac
# It takes the store and /run of where it runs: those of a machine are not for it.
[ -e /etc/nix-builder.sshd_config ] || wrong 'this is not the image of the builder: it runs in there, started by podman'
[ "$(id -u)" -eq 0 ] || wrong 'nix-daemon has to be started by root: leave --user away; a COMMAND runs as NIX_BUILDER_USER'

# sshd reads the keys as the user who comes, and a COMMAND asks for the daemon below /nix as its own: what podman is to take
# from the files that are made in a container (--umask) is for the COMMAND's alone.
mask=$(umask)
umask 022
for signal in TERM INT HUP QUIT; do
    # shellcheck disable=SC2064 # the name of now
    trap "stop $signal" "$signal"
done
prepare_run
prepare_store
if [ "$#" -eq 0 ]; then serve; else work "$@"; fi
