# shellcheck shell=bash
# The keys of one builder: the client's, the host's, and who may come.
# shellcheck disable=SC2154,SC2034 # remote-builder.sh has the variables, and reads them

mode_of() {
    # The nine letters of ls are the same everywhere; the options of stat are not.
    # shellcheck disable=SC2012
    ls -ld "$1" | cut -c1-10
}

# Sets `made_keys`, where there were none.
prepare_keys() {
    local key folder odd='[][;%"#$:|&*?{}()<>\\`'\'']'
    need ssh-keygen
    case $state in
        *[[:space:]]*) fail "$state has a space in it, which a builders line cannot have: set XDG_STATE_HOME to another folder" ;;
        *$odd*) fail "$state has a character in it that ssh, podman or a builders line takes for something else: set XDG_STATE_HOME to another folder" ;;
    esac
    umask 077
    mkdir -p "$state/host"
    for folder in "$state/.." "$state"; do
        [[ -O $folder ]] || fail "$folder belongs to somebody else: another --name, or another XDG_STATE_HOME"
    done
    chmod 700 "$state" "$state/host"
    [[ -z $rotate ]] || remove_keys
    made_keys=
    [[ -e $client && -e $host ]] || made_keys=yes
    make_key "$client" "$container of $(uname -n)"
    make_key "$host" "host key of $container"
    for key in "$client" "$host"; do
        [[ $(mode_of "$key") == -rw------- ]] || fail "$key can be read by others: $program keys --rotate$named makes new ones"
    done
    make_public "$client" "$client.pub" "$program keys --rotate$named makes others"
    make_public "$host" "$state/host_key.pub" "$program keys --rotate$named makes others"
    # Lines that somebody added, for others who build here, stay.
    grep -qxF "$(<"$client.pub")" "$authorized" 2>/dev/null || cat "$client.pub" >>"$authorized"
}

# For new ones. Whoever has the old client key is not let in any more; others, whose lines somebody added, are.
remove_keys() {
    local status=0
    if [[ -s $client.pub && -e $authorized ]]; then
        # Status 1: no line is left.
        grep -vxF "$(<"$client.pub")" "$authorized" >"$authorized.new" || status=$?
        ((status <= 1)) || fail "$authorized cannot be written anew, and stays as it is"
        mv "$authorized.new" "$authorized"
    fi
    rm -f "$client" "$host"
}

need_keys() {
    local key
    for key in "$client" "$host"; do
        [[ -e $key ]] || fail "$container has no keys in $state: $program up$named makes them"
    done
}

# What the container was given: a change has to make it anew.
keys_fingerprint() {
    cat "$authorized" "$state/host_key.pub" | cksum | tr -d '[:space:]'
}

show_keys() {
    echo "client key  $client"
    echo "            $(ssh-keygen -lf "$client.pub")"
    echo "host key    $host"
    echo "            $(ssh-keygen -lf "$state/host_key.pub")"
}
