#!/usr/bin/env bash
# The remote builder as a pod of podman, or as a cluster of them in Kubernetes: prints manifests and what Nix has to know.
set -euo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=shared/arguments.sh
source "$here/shared/arguments.sh"
# shellcheck source=shared/names.sh
source "$here/shared/names.sh"
# shellcheck source=shared/image.sh
source "$here/shared/image.sh"
# shellcheck source=shared/keys.sh
source "$here/shared/keys.sh"
# shellcheck source=shared/address.sh
source "$here/shared/address.sh"

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
  --port PORT        one, machines-line: where it answers on 127.0.0.1 (default: the one it has, at first 2224)
  --replicas N       cluster, secret, machines: how many builders (default: 3)
  --namespace NAME   machines: the namespace that the cluster is in (default: default)
  --domain DOMAIN    machines: what names in the cluster end in (default: cluster.local)
  --jobs N           machines: builds at once on each (default: 2)

What `kube.sh secret` prints are private keys: into kubectl with it, not into a file of the repository. Pods that run take
other keys when they start anew: kubectl rollout restart statefulset/NAME.
EOF
}

name=nix-builder image='' port='' replicas=3 namespace=default domain=cluster.local jobs=2
# shellcheck disable=SC2034 # read_arguments reads it
flags=''
commands=(
    'one --name --image --port'
    'machines-line --name --port'
    'ssh-options --name'
    'cluster --name --image --replicas'
    'secret --name --replicas'
    'machines --name --replicas --namespace --domain --jobs'
    'forget --name'
)
read_arguments "$@"
for value in "$name" "$namespace"; do
    [[ $value =~ ^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$ ]] || misused "not a name in Kubernetes: $value"
done
[[ $domain =~ ^[a-z0-9.-]+$ ]] || misused "not a domain: $domain"
must_be_number --replicas "$replicas" 999
must_be_number --jobs "$jobs"
must_be_port "$port"
must_be_image "$image"

state=$(state_of "$name")
keys=$state/host
[[ -n $port ]] || port=$(port_of "$state/pod" 2224)

make_keys() {
    must_be_free kube.sh
    "$here/remote-builder.sh" keys --name "$name" >/dev/null
    claim kube.sh
    [[ -r $keys/authorized_keys ]] || fail "no $keys/authorized_keys, though remote-builder.sh keys was run"
}

# The host keys of the builders of a cluster, each made when it is first asked for. Sets `host_keys`, their files.
make_host_keys() {
    local n key folder=$state/cluster
    mkdir -p "$folder"
    chmod 700 "$folder"
    host_keys=()
    for ((n = 0; n < replicas; n++)); do
        key=$folder/$name-$n
        make_key "$key" "$name-$n"
        make_public "$key" "$key.pub"
        host_keys+=("$key")
    done
}

# Of a manifest, whose comments on what is put in would be wrong afterwards.
fill_in() {
    sed -e "s|'@NAME@\([a-z-]*\)'|$name\1|g" -e "s|@NAME@|$name|g" -e "s|'@IMAGE@'|$image|" "$here/kube/$1"
}

case $command in
    one)
        [[ -n $image ]] || image=$(default_image)
        [[ $keys != *[\'\|\\\&]* ]] || fail "a path with ' | \\ or & in it cannot be put into a manifest: $keys"
        make_keys
        write_address "$state/pod" "$port"
        fill_in one.yaml | sed -e "s|@KEYS@|$keys|" -e "s|hostPort: 2222|hostPort: $port|"
        ;;
    machines-line) machines_line "127.0.0.1:$port" "$(system_here)" "$(processors)" "$state/host_key.pub" ;;
    ssh-options) ssh_options "$state/pod" ;;
    forget) release kube.sh ;;
    cluster)
        [[ $image =~ @sha256:[0-9a-f]{64}$ ]] ||
            misused 'cluster wants --image REGISTRY/NAME@sha256:…: push it with ../bootstrap/container_build.sh, which prints that'
        fill_in cluster.yaml | sed "s|^  replicas: 3$|  replicas: $replicas|"
        ;;
    secret)
        make_keys
        make_host_keys
        # All of it before the first line is printed: kubectl would take a part of it for the whole.
        secret="  authorized_keys: $(encoded "$keys/authorized_keys")"
        for key in "${host_keys[@]}"; do
            value=$(encoded "$key")
            secret+=$'\n'"  ${key##*/}: $value"
        done
        printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\ntype: Opaque\ndata:\n%s\n' "$name" "$secret"
        ;;
    machines)
        make_keys
        make_host_keys
        for key in "${host_keys[@]}"; do
            machines_line "${key##*/}.$name.$namespace.svc.$domain" x86_64-linux "$jobs" "$key.pub"
        done
        ;;
esac
