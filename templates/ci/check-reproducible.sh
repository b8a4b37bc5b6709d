#!/usr/bin/env bash
# check-reproducible.sh: whether the pins give the same thing each time, and what is different when they do not.
set -euo pipefail

usage() {
    cat <<'END'
usage: check-reproducible.sh [OPTION]… [FILE [ATTRIBUTE…]]
       check-reproducible.sh --compare FIRST SECOND [--report REPORT]

Verifies the pins, builds what FILE has (default.nix; of it the ATTRIBUTEs) twice with Nix, as check-pins.sh does, and
shows what differs. Prints a line for each thing that was built: its digest and its name.

  --image-command COMMAND
                     build an image with podman twice too: the shell runs COMMAND with ROUND=1 and with ROUND=2. It
                     has to build afresh each time, and to print last what it built: a reference of podman, or the
                     path of an archive: 'bootstrap/container_build.sh --rebuild --image-name "localhost/round-$ROUND"'
  --builder LINE     build what FILE has on a second machine too, and compare; LINE as in Nix's /etc/nix/machines, and
                     as `remote-builder.sh machines-line` prints it:
                     `ssh-ng://builder@host x86_64-linux KEYFILE - - - - HOSTKEY`. Nobody is asked anything: a host key
                     is that of LINE, or known already. With NIX_SSHOPTS set, ssh does what that says
  --save FOLDER      leave what was built there, with its digests, for a comparison with what another machine built
  --compare FIRST SECOND
                     build nothing: compare two such folders
  --report REPORT    add the report to this file, as Markdown, such as "$GITHUB_STEP_SUMMARY"
  --help             say this

Exit status: 0 all is the same, 2 a source is not what was pinned (pinr verify), 104 something is another thing the
second time or on the second machine, 64 wrong arguments, anything else: it failed.
END
}

say() { printf 'check-reproducible: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}
misuse() {
    say "$* (--help says how it is called)"
    exit 64
}

command='' builder='' save='' report='' compare='' words=()
# A variable of a job that is not set is an empty value, and means nothing that could be guessed.
value() { [[ -n ${2-} ]] || misuse "$1 wants a value"; }
while (($# > 0)); do
    case $1 in
        --help)
            usage
            exit 0
            ;;
        --image-command) value "$@" && command=$2 && shift ;;
        --builder) value "$@" && builder=$2 && shift ;;
        --save) value "$@" && save=$2 && shift ;;
        --report) value "$@" && report=$2 && shift ;;
        --compare) compare=yes ;;
        --)
            shift
            words+=("$@")
            break
            ;;
        -*) misuse "no such option: $1" ;;
        *) words+=("$1") ;;
    esac
    shift
done
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
# What Nix restored may be folders without the right to write.
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

different=''
add_to_report() {
    if [[ -n $report ]]; then cat >>"$report"; else cat >&2; fi
}
# show_difference WHAT FIRST SECOND [NAME NAME]: compares two things, of which the digests are already known to be different.
# The names are what the report calls them.
show_difference() {
    local what=$1 status=0
    different=yes
    say "$what is not the same"
    "$here/image-diff.py" --names "${4:-$2}" "${5:-$3}" "$2" "$3" >"$work/difference" || status=$?
    {
        printf '# %s is not reproducible\n\n' "$what"
        case $status in
            0) printf 'The same files, in archives that differ: %s\n\n' "$(cmp "$2" "$3" 2>&1 | sed 's/.* differ: //')" ;;
            104) cat "$work/difference" ;;
            *) printf 'What differs cannot be shown; the log says why.\n\n' ;;
        esac
    } | add_to_report
}

if [[ -n $compare ]]; then
    ((${#words[@]} == 2)) || misuse "--compare wants two folders, not ${#words[@]}"
    [[ -z $command$builder$save ]] || misuse '--compare builds nothing: it goes with --report alone'
    first=${words[0]} second=${words[1]}
    for folder in "$first" "$second"; do
        [[ -s $folder/digests ]] || fail "$folder has no file digests, as --save leaves one"
    done
    cut -d ' ' -f 2- "$first/digests" >"$work/first"
    cut -d ' ' -f 2- "$second/digests" >"$work/second"
    cmp -s "$work/first" "$work/second" || fail "in $first is not the same list of things as in $second"
    compared=0
    while read -r -u 3 digest name && read -r -u 4 other _; do
        # It comes from elsewhere: no way out of the folder, and nothing that a log or a report takes for more than a name.
        [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9+._?=-]*$ && $digest$other =~ ^[a-z0-9:]+$ ]] ||
            fail "$first/digests and $second/digests are not as --save writes them"
        printf '%s %s\n' "$digest" "$name"
        [[ $digest == "$other" ]] || show_difference "$name" "$first/$name" "$second/$name"
        compared=$((compared + 1))
    done 3<"$first/digests" 4<"$second/digests"
    # A line that breaks off is none to `read`, and what it names would not have been compared.
    ((compared == $(wc -l <"$work/first"))) || fail "$first/digests or $second/digests is not whole"
    [[ -z $different ]] || exit 104
    printf '# Reproducible\n\nTwo machines built the same.\n\n' | add_to_report
    exit 0
fi

if [[ -n $save ]]; then
    mkdir -p "$save"
    [[ -z $(ls -A "$save") ]] || fail "$save is not empty"
fi
file=${words[0]-}
if [[ -z $file && -e default.nix ]]; then file=default.nix; fi
[[ -n $file || -z $builder ]] || misuse '--builder wants a FILE to build there'

# What was built: one more line of digests, and the thing itself where --save says.
built() {
    printf '%s %s\n' "$1" "$2" | tee -a "$work/digests"
    [[ -n $save ]] || return 0
    if [[ -f $3 ]]; then
        cp "$3" "$save/$2"
    else
        # Not a copy: what carries files from one machine to another may lose modes and links.
        tar -C "$3" --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner -cf "$save/$2" .
    fi
}

# What a derivation gave. As long as this runs, it is in use.
outputs() {
    nix-store --realise "$1" --add-root "$work/output" --indirect |
        while IFS= read -r link; do readlink -f "$link"; done >"$work/outputs"
}

# What stands in the parameter of an address for itself.
encoded() {
    local LC_ALL=C text=$1 character
    while [[ -n $text ]]; do
        character=${text:0:1} text=${text:1}
        case $character in
            [A-Za-z0-9/._~-]) printf '%s' "$character" ;;
            *) printf '%%%02X' "'$character" ;;
        esac
    done
}

# configure_ssh ADDRESS: what ssh has to know beside what its user's own configuration says.
configure_ssh() {
    local address=${1%%[/?]*} host
    address=${address##*@} host=${address%:*}
    {
        # A Nix up to 2.26 gives ssh an address with its port as a name, and the host key under that name.
        if [[ $address =~ ^(\[[0-9A-Fa-f:]+\]|[^:]+):[0-9]+$ ]]; then
            printf 'Host %s\n' "$address"
            host=${host#[} host=${host%]}
            printf '    %s\n' "HostName $host" "Port ${address##*:}" "HostKeyAlias $address"
        fi
        printf 'Match all\n'
        # The key of the line alone: an agent with many has a server give up before it comes to it.
        [[ ${key:--} == - ]] || printf '    IdentitiesOnly yes\n'
        printf '    %s\n' 'BatchMode yes' 'StrictHostKeyChecking yes' 'UpdateHostKeys no' 'Include ~/.ssh/config' \
            'Include /etc/ssh/ssh_config'
    } >"$work/ssh_config"
}

# 1. The pins, and what Nix builds of them twice.
status=0
"$here/check-pins.sh" ${words[@]+"${words[@]}"} 2>&1 | tee "$work/log" >&2 || status=$?
((status == 0 || status == 104)) || exit "$status"
if ((status == 104)); then
    different=yes
    while IFS=\' read -r _ output _ again _; do
        [[ -e $output && -e $again ]] || continue
        show_difference "$(basename "$output")" "$output" "$again"
    done < <(grep -oE "output '[^']+' differs from '[^']+'" "$work/log" | sort -u)
fi

# 2. The same on the second machine.
if [[ -n $file ]]; then
    attributes=()
    for attribute in ${words[@]+"${words[@]:1}"}; do attributes+=(-A "$attribute"); done
    nix-instantiate "$file" ${attributes[@]+"${attributes[@]}"} --add-root "$work/derivation" --indirect |
        while IFS= read -r link; do readlink -f "${link%%!*}"; done >"$work/derivations"
    number=0
    # Not from standard input, which ssh would read.
    while read -r -u 3 derivation; do
        outputs "$derivation"
        while read -r output; do
            number=$((number + 1))
            name=$number-$(basename "$output" | cut -c 34-)
            built "$(nix-store --query --hash "$output")" "$name" "$output"
        done <"$work/outputs"
    done 3<"$work/derivations"
fi
if [[ -n $builder ]]; then
    read -r store _ key _ _ _ _ host_key _ <<<"$builder"
    [[ $store == *://* || $store == local* ]] || store=ssh://$store
    # Over the older protocol Nix builds what it sends along, and nothing that is there already. Who speaks it speaks both.
    [[ $store != ssh://* ]] || store=ssh-ng://${store#ssh://}
    if [[ $store == ssh* && -z ${NIX_SSHOPTS-} ]]; then
        configure_ssh "${store#*://}"
        export NIX_SSHOPTS="-F $work/ssh_config"
    fi
    parameters=()
    [[ ${key:--} == - ]] || parameters+=("ssh-key=$(encoded "$key")")
    [[ ${host_key:--} == - ]] || parameters+=("base64-ssh-public-host-key=$(encoded "$host_key")")
    for parameter in ${parameters[@]+"${parameters[@]}"}; do
        case $store in *\?*) store+="&$parameter" ;; *) store+="?$parameter" ;; esac
    done
    nix=(nix --extra-experimental-features nix-command)
    while read -r -u 3 derivation; do
        say "building ${derivation##*/} on ${store%%\?*}"
        "${nix[@]}" copy --to "$store" --derivation "$derivation" ||
            fail "the derivation cannot be copied to ${store%%\?*}: is the builder up, and its key the right one?"
        outputs "$derivation"
        NIX_REMOTE=$store nix-store --realise "$derivation" >"$work/elsewhere" ||
            fail "${derivation##*/} cannot be built on ${store%%\?*}"
        while read -r output; do
            here_hash=$(nix-store --query --hash "$output")
            there_hash=$(NIX_REMOTE=$store nix-store --query --hash "$output")
            if [[ $here_hash != "$there_hash" ]]; then
                rm -rf "$work/there"
                "${nix[@]}" store dump-path --store "$store" "$output" | nix-store --restore "$work/there"
                chmod -R a-w "$work/there" # as it is in a store
                show_difference "$(basename "$output") on ${store%%\?*}" "$output" "$work/there" "$output here" \
                    "$output on ${store%%\?*}"
                chmod -R u+w "$work/there"
            fi
        done <"$work/outputs"
    done 3<"$work/derivations"
fi

# Where podman has an image: without rights its storage is not always where its settings say, and skopeo looks there.
stored() {
    local store=''
    if command -v podman >/dev/null; then
        store=$(podman info --format '[{{.Store.GraphDriverName}}@{{.Store.GraphRoot}}+{{.Store.RunRoot}}]' 2>/dev/null) || store=''
    fi
    printf 'containers-storage:%s%s\n' "$store" "$1"
}

# 3. The image that podman builds, twice.
build_image() {
    # Not packed: then its digest is that of its files, whichever program packs them.
    local made source status=0
    say "building the image, time $1"
    made=$(ROUND=$1 bash -c "$command" | tail -n 1) || status=$?
    if ((status == 104)); then
        # So `container_build.sh --rebuild` ends where there is an image of these pins already, of a run before.
        say "it came out as another image than the one that was there: $command"
        printf '# The image is not reproducible\n\nIt is another one than was there before; the log names both.\n\n' | add_to_report
        exit 104
    fi
    ((status == 0)) || fail "it failed: $command"
    [[ -n $made ]] || fail "it printed no image: $command"
    if [[ -f $made ]]; then
        # To skopeo a colon in a path is the end of it.
        ln -sfn "$(realpath "$made")" "$work/given"
        source=docker-archive:$work/given
    else
        source=$(stored "$made")
    fi
    skopeo --insecure-policy copy --quiet "$source" "dir:$work/image-$1" >&2 || fail "$made cannot be read"
    digest=sha256:$(sha256sum <"$work/image-$1/manifest.json" | cut -d ' ' -f 1)
}
if [[ -n $command ]]; then
    build_image 1
    first=$digest
    built "$digest" image "$work/image-1"
    build_image 2
    [[ $first == "$digest" ]] || show_difference 'The image' "$work/image-1" "$work/image-2" 'built first' 'built again'
fi

if [[ -n $save ]]; then cp "$work/digests" "$save/digests"; fi
[[ -z $different ]] || exit 104
{
    printf '# Reproducible\n\n| what | digest |\n| --- | --- |\n'
    [[ ! -e $work/digests ]] || sed -E 's/^([^ ]+) (.*)$/| \2 | \1 |/' "$work/digests"
    printf '\n'
} | add_to_report
