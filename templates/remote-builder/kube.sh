#!/usr/bin/env bash
# The remote builder as a pod of podman, or as a cluster of them in Kubernetes: prints manifests and what Nix has to know.
set -euo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null # it is checked by itself
source "$here/address.sh"

usage() {
    cat <<'EOF'
usage: kube.sh one [OPTION…]        one builder for podman:     kube.sh one | podman kube play -
                                    away again, store kept:     kube.sh one | podman kube down -
       kube.sh machines-line        its line for `builders` of nix.conf or /etc/nix/machines
       kube.sh ssh-options          what NIX_SSHOPTS has to be for a Nix that knows no port in an address (up to 2.26)
       kube.sh cluster [OPTION…]    builders for Kubernetes:    kube.sh cluster --image … | kubectl apply -f -
       kube.sh secret [OPTION…]     their keys:                 kube.sh secret | kubectl apply -f -
       kube.sh machines [OPTION…]   a line for each builder of the cluster, for /etc/nix/machines
       kube.sh forget               gives the name free for the other scripts here, once pod or cluster is gone

  --name NAME        which builder or cluster (default: nix-builder); its keys are those of
                     `remote-builder.sh keys --name NAME`, and a host key more for each builder of a cluster
  --image REF        one: default, the image of ../alpine; cluster: REGISTRY/NAME@sha256:…, as it was pushed
  --port PORT        one, machines-line: where it answers on 127.0.0.1 (default: 2224)
  --replicas N       cluster, secret, machines: how many builders (default: 3)
  --namespace NAME   machines: the namespace that the cluster is in (default: default)
  --domain DOMAIN    machines: what names in the cluster end in (default: cluster.local)
  --jobs N           machines: builds at once on each (default: 2)

What `kube.sh secret` prints are private keys: into kubectl with it, not into a file of the repository. Pods that run take
other keys when they start anew: kubectl rollout restart statefulset/NAME.
EOF
}

say() { printf 'kube.sh: %s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 1
}
misused() {
    say "$* (kube.sh --help tells more)"
    exit 64
}

name=nix-builder image='' port=2224 replicas=3 namespace=default domain=cluster.local jobs=2 command='' given=()
while (($#)); do
    case $1 in
        -h | --help)
            usage
            exit
            ;;
        --name | --image | --port | --replicas | --namespace | --domain | --jobs)
            (($# > 1)) || misused "$1 needs a value"
            printf -v "${1#--}" %s "$2"
            given+=("${1#--}")
            shift
            ;;
        one | machines-line | ssh-options | cluster | secret | machines | forget)
            [[ -z $command ]] || misused "one command at a time, not $command and $1"
            command=$1
            ;;
        *) misused "unknown: $1" ;;
    esac
    shift
done
case $command in
    one) takes='name image port' ;;
    machines-line) takes='name port' ;;
    ssh-options | forget) takes='name' ;;
    cluster) takes='name image replicas' ;;
    secret) takes='name replicas' ;;
    machines) takes='name replicas namespace domain jobs' ;;
    *) misused 'say what to print: one, machines-line, ssh-options, cluster, secret, machines or forget' ;;
esac
for option in ${given[@]+"${given[@]}"}; do
    [[ " $takes " == *" $option "* ]] || misused "$command takes no --$option"
done
for label in "$name" "$namespace"; do
    [[ $label =~ ^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$ ]] || misused "not a name in Kubernetes: $label"
done
[[ $domain =~ ^[a-z0-9.-]+$ ]] || misused "not a domain: $domain"
for number in "$port" "$replicas" "$jobs"; do
    [[ $number =~ ^[1-9][0-9]{0,4}$ ]] || misused "not a number: $number"
done
((port <= 65535)) || misused "not a port: $port"
# What sed below puts in the place of @IMAGE@ and YAML reads between quotes.
[[ $image =~ ^[A-Za-z0-9./:@_-]*$ ]] || misused "not the name of an image: $image"

state=$(state_of "$name")
keys=$state/host

make_keys() {
    must_be_free kube.sh
    "$here/remote-builder.sh" keys --name "$name" >/dev/null
    claim kube.sh
    [[ -r $keys/authorized_keys ]] || fail "no $keys/authorized_keys, though remote-builder.sh keys was run"
}

# The host key of a builder of the cluster, made when it is first asked for.
host_key_of() {
    local folder=$state/cluster
    mkdir -p "$folder"
    chmod 700 "$folder"
    [[ -e $folder/$1 ]] || ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$folder/$1" >&2
    printf '%s/%s' "$folder" "$1"
}

# Of a manifest, whose comments on what is put in would be wrong afterwards.
fill_in() {
    sed -e "s|'@NAME@\([a-z-]*\)'|$name\1|g" -e "s|@NAME@|$name|g" -e "s|'@IMAGE@'|$image|" "$here/kube/$1"
}

case $command in
    one)
        [[ -n $image ]] || image=localhost/nix-builder:$("$here/../alpine/image-name.sh")
        make_keys
        [[ $keys != *[\'\|\\\&]* ]] || fail "a path with ' | \\ or & in it cannot be put into a manifest: $keys"
        write_address "$state/pod" "$port"
        fill_in one.yaml | sed -e "s|@KEYS@|$keys|" -e "s|hostPort: 2222|hostPort: $port|"
        ;;
    machines-line) machines_line "127.0.0.1:$port" "$(uname -m)-linux" "$(nproc)" "$state/host_key.pub" ;;
    ssh-options) ssh_options "$state/pod" ;;
    forget) release kube.sh ;;
    cluster)
        [[ $image =~ @sha256:[0-9a-f]{64}$ ]] ||
            misused 'cluster needs --image REGISTRY/NAME@sha256:…: push it with ../bootstrap/container_build.sh, which prints that'
        fill_in cluster.yaml | sed "s|^  replicas: 3$|  replicas: $replicas|"
        ;;
    secret)
        make_keys
        printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\ntype: Opaque\ndata:\n' "$name"
        printf '  authorized_keys: %s\n' "$(base64 -w0 "$keys/authorized_keys")"
        for ((n = 0; n < replicas; n++)); do
            printf '  %s: %s\n' "$name-$n" "$(base64 -w0 "$(host_key_of "$name-$n")")"
        done
        ;;
    machines)
        make_keys
        for ((n = 0; n < replicas; n++)); do
            machines_line "$name-$n.$name.$namespace.svc.$domain" x86_64-linux "$jobs" "$(host_key_of "$name-$n").pub"
        done
        ;;
esac
