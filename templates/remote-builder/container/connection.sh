# shellcheck shell=bash
# Whether the builder answers, and why not.
# shellcheck disable=SC2154 # remote-builder.sh has the variables

# Says why a connection does not work, on stdout; nothing when it does. To be called as $(fault).
#
# It is the connection that Nix makes, with the first word of the protocol, to which the daemon, and nobody else, answers
# `oixd`. It does so while its client stays, so what goes there is kept open until the answer has come.
fault() {
    # With the pinned key of now, which may be another than the builder started with.
    write_address "$state" "$port"
    # Not local, for the traps of this shell, which is $( )'s own.
    pid='' folder=$(mktemp -d)
    trap end_connection EXIT
    trap 'exit 1' HUP INT TERM
    # A client that failed at once takes no word any more.
    trap '' PIPE
    mkfifo "$folder/to" "$folder/from"
    ssh -F "$state/ssh_config" "127.0.0.1:$port" nix-daemon --stdio <"$folder/to" >"$folder/from" 2>"$folder/errors" &
    pid=$!
    exec 3>"$folder/to" 4<"$folder/from"
    printf 'cxin\0\0\0\0' 2>/dev/null >&3 || :
    local answer=''
    IFS='' read -r -t 20 -n 4 answer <&4 || :
    exec 3>&- 4<&-
    [[ $answer != oixd ]] || return 0
    case $(<"$folder/errors") in
        *'Host key verification failed'* | *'REMOTE HOST IDENTIFICATION HAS CHANGED'*)
            echo "host key: what answers at 127.0.0.1:$port has another one than $state/host_key.pub: it is not this builder, or was started with other keys ($program up$named)"
            ;;
        *'Permission denied'*)
            echo "client key: the builder does not let in $client: it was started with other keys ($program up$named)"
            ;;
        *'Connection refused'* | *'onnection reset'* | *'onnection closed'* | *'timed out'* | *'kex_exchange_identification'*)
            echo "ssh: nothing answers at 127.0.0.1:$port"
            ;;
        *) echo 'nix-daemon: ssh works, and the daemon does not answer' ;;
    esac
    sed -e '/^[[:space:]]*$/d' -e 's/^/    /' "$folder/errors"
    # bash 5.2 puts a program that comes last in the place of the shell, which then has no trap any more.
    return 0
}

end_connection() {
    if [[ -n $pid ]]; then
        kill "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    fi
    rm -rf "$folder"
}

# Whether the builder's Nix trusts its user. Without that it refuses nearly every build, each time in other words.
trust() {
    local setting
    # shellcheck disable=SC2016 # the shell in the container is to see it
    setting=$(podman exec "$container" sh -c '
        for show in "config show" show-config; do
            nix --extra-experimental-features nix-command $show 2>/dev/null | grep "^trusted-users = " && exit
        done') || :
    case " ${setting#trusted-users = } " in
        # A group's members only Nix knows.
        *' builder '* | *' * '* | *' @'*) ;;
        *) echo "trust: the builder's Nix does not trust its user (${setting:-trusted-users is not known}), and will refuse builds: trusted-users has to have builder in it" ;;
    esac
}
