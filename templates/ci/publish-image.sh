#!/usr/bin/env bash
# publish-image.sh: puts an image that was built here into a registry, with a list of what is in it (SBOM), signed.
#
# The order matters: the image goes there by digest, is signed, and only then gets its tag. So whatever has the tag is
# whole. What is there already is left as it is: a second run with the same image changes nothing.
set -euo pipefail

usage() {
    cat <<'END'
usage: publish-image.sh [OPTION]… IMAGE HOST/NAME

Pushes IMAGE to HOST/NAME by digest, signs it, attaches a signed SBOM (SPDX), gives it its tag, and prints one line:
HOST/NAME@sha256:…

IMAGE   what podman has (`localhost/nix-builder@sha256:…`, as container_build.sh prints it), or what `nix-build` made of
        dockerTools: an archive, packed or not, or the script that streams one; or a folder in OCI's layout

  --tag TAG             the tag; otherwise that of IMAGE. A tag is never moved, and `latest` is none
  --key REF             sign with this key: a file, env://VARIABLE, or a KMS's address as cosign writes it
                        (awskms://… azurekms://… gcpkms://… hashivault://…). The password of a file: COSIGN_PASSWORD
  --transparency-log    with --key: enter the signature into Sigstore's public log too
  --keyless             sign as the workflow that runs this, with the identity that its forge gives (GitHub, GitLab)
  --identity ID, --issuer URL
                        with --keyless, elsewhere: who the certificate is for, and who says so
  --unsigned            do not sign, and attach no SBOM
  --sbom FILE           leave the SBOM there too
  --help                say this

Environment: REGISTRY_AUTH_FILE names the login file (as `skopeo login --authfile` writes it); or REGISTRY_USER and
REGISTRY_PASSWORD, which are put into such a file for as long as this runs. No secret is an argument.
Exit status: 0 it is there, 1 it failed, 64 wrong arguments.
END
}

say() { printf 'publish-image: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}
misuse() {
    say "$* (--help says how it is called)"
    exit 64
}

tag='' sign='' key='' log='' identity='' issuer='' sbom='' words=()
# A variable of a job that is not set is an empty value, and means nothing that could be guessed.
value() { [[ -n ${2-} ]] || misuse "$1 wants a value"; }
signing() {
    [[ -z $sign ]] || misuse "one of --key, --keyless and --unsigned, not several"
    sign=$1
}
while (($# > 0)); do
    case $1 in
        --help)
            usage
            exit 0
            ;;
        --tag) value "$@" && tag=$2 && shift ;;
        --key) value "$@" && signing key && key=$2 && shift ;;
        --keyless) signing keyless ;;
        --unsigned) signing none ;;
        --transparency-log) log=yes ;;
        --identity) value "$@" && identity=$2 && shift ;;
        --issuer) value "$@" && issuer=$2 && shift ;;
        --sbom) value "$@" && sbom=$2 && shift ;;
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
((${#words[@]} == 2)) || misuse "IMAGE and HOST/NAME are wanted, not ${#words[@]} arguments"
image=${words[0]} name=${words[1]}

[[ $name =~ ^([a-zA-Z0-9.-]+(:[0-9]+)?)/[a-z0-9]+([._/-]+[a-z0-9]+)*$ ]] ||
    misuse "not HOST/NAME, in small letters and without a tag: $name"
host=${BASH_REMATCH[1]}
[[ $host == *[.:]* || $host == localhost ]] || misuse "the registry's HOST has to stand before the name: $name"
[[ -n $sign ]] || misuse 'say how to sign: --key REF, --keyless or --unsigned'
[[ -z $log || $sign == key ]] || misuse '--transparency-log belongs to --key'
[[ -z $identity$issuer || $sign == keyless ]] || misuse '--identity and --issuer belong to --keyless'
if [[ $sign == keyless ]]; then
    # The names that Sigstore's authority puts into the certificate for these two.
    if [[ -z $identity && -n ${GITHUB_WORKFLOW_REF-} && -n ${GITHUB_SERVER_URL-} ]]; then
        identity=$GITHUB_SERVER_URL/$GITHUB_WORKFLOW_REF
        issuer=${issuer:-https://token.actions.githubusercontent.com}
    elif [[ -z $identity && -n ${CI_CONFIG_REF_URI-} && -n ${CI_SERVER_URL-} ]]; then
        identity=https://$CI_CONFIG_REF_URI
        issuer=${issuer:-$CI_SERVER_URL}
    fi
    [[ -n $identity && -n $issuer ]] || misuse '--keyless wants --identity and --issuer where no forge says them'
fi

needed=(skopeo jq gzip sha256sum)
[[ $sign == none ]] || needed+=(cosign)
[[ $sign == none && -z $sbom ]] || needed+=(syft)
for program in "${needed[@]}"; do
    command -v "$program" >/dev/null ||
        fail "there is no $program; run it in the shell that has it: nix-shell $(dirname "$0")/shell.nix --run '…'"
done

# What has nothing to do with the signature does not see what the key is opened with.
without_key=(env -u COSIGN_PASSWORD)
[[ $key != env://* ]] || without_key+=(-u "${key#env://}")

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only to this machine itself is it http.
tls=true
case ${host%:*} in localhost | 127.*) tls=false ;; esac
[[ $host != 127.* || $host =~ ^127\.[0-9]+\.[0-9]+\.[0-9]+(:[0-9]+)?$ ]] || tls=true

if [[ -n ${REGISTRY_PASSWORD-} ]]; then
    [[ -n ${REGISTRY_USER-} ]] || fail 'REGISTRY_PASSWORD is set, and REGISTRY_USER is not'
    export REGISTRY_USER REGISTRY_PASSWORD
    jq -n --arg host "$host" '{auths: {($host): {auth: ("\(env.REGISTRY_USER):\(env.REGISTRY_PASSWORD)" | @base64)}}}' \
        >"$work/auth.json"
    export REGISTRY_AUTH_FILE=$work/auth.json
fi
unset REGISTRY_PASSWORD
if [[ -n ${REGISTRY_AUTH_FILE-} ]]; then
    [[ -r $REGISTRY_AUTH_FILE ]] || fail "the login file $REGISTRY_AUTH_FILE cannot be read (REGISTRY_AUTH_FILE)"
    # cosign reads it where Docker has its own.
    mkdir "$work/docker"
    cp "$REGISTRY_AUTH_FILE" "$work/docker/config.json"
    export DOCKER_CONFIG=$work/docker
fi

# No policy of this machine applies: what is copied was built here, or is looked at by its digest.
copy() { skopeo --insecure-policy copy --quiet "$@" >&2; }

# Where podman has an image: without rights its storage is not always where its settings say, and skopeo looks there.
stored() {
    local store=''
    if command -v podman >/dev/null; then
        store=$(podman info --format '[{{.Store.GraphDriverName}}@{{.Store.GraphRoot}}+{{.Store.RunRoot}}]' 2>/dev/null) || store=''
    fi
    printf 'containers-storage:%s%s\n' "$store" "$1"
}

# 1. The image as a folder. Its layers are packed here, once: so the digest is known before anything is pushed. It stays
#    of the format that it is: OCI's has no health check.
source='' own_tag=''
if [[ -d $image ]]; then
    [[ -e $image/index.json ]] || fail "$image is a folder, but not one in OCI's layout: it has no index.json"
    # To skopeo a colon in a path is the end of it.
    ln -s "$(realpath "$image")" "$work/folder"
    source=oci:$work/folder
elif [[ -f $image ]]; then
    ln -s "$(realpath "$image")" "$work/given"
    archive=$work/given
    magic=$(head -c 2 "$image" | od -An -tx1)
    # A script or a program. That an archive may be run, too, only means that modes were lost on its way.
    if [[ -x $image && ($magic == ' 23 21' || $magic == ' 7f 45') ]]; then
        say "running $image"
        "${without_key[@]}" "$(realpath "$image")" >"$work/archive.tar"
        archive=$work/archive.tar
    elif [[ $magic == ' 1f 8b' ]]; then
        gzip -dc "$image" >"$work/archive.tar"
        archive=$work/archive.tar
    fi
    own_tag=$(tar -xOf "$archive" manifest.json 2>/dev/null |
        jq -r '[.[].RepoTags // [] | .[]] | if length == 1 then .[0] | sub("^.*:"; "") else "" end') ||
        fail "$image is no archive of an image: it has no manifest.json"
    source=docker-archive:$archive
elif [[ $image == /* || $image == ./* || $image == ../* ]]; then
    fail "$image does not exist"
else
    source=$(stored "$image")
    [[ $image == *@* || ! ${image##*/} == *:* ]] || own_tag=${image##*:}
fi
tag=${tag:-$own_tag}
[[ -n $tag ]] || misuse "$image has no tag of its own: say --tag TAG"
[[ $tag =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]] || misuse "not a tag: $tag"
[[ $tag != latest ]] || misuse 'latest is another image every day: take a tag that is made from the pins'

copy --dest-compress "$source" "dir:$work/image" || fail "$image cannot be read"
digest=sha256:$(sha256sum <"$work/image/manifest.json" | cut -d ' ' -f 1)
reference=$name@$digest

# The digest of what the registry has under a reference, or nothing. Only its word that there is nothing counts as
# absent: with a wrong password, or without a network, a tag might be moved.
remote() {
    if skopeo inspect --tls-verify="$tls" --raw "docker://$1" >"$work/manifest" 2>"$work/error"; then
        printf 'sha256:%s\n' "$(sha256sum <"$work/manifest" | cut -d ' ' -f 1)"
    elif grep -qi 'executable file not found' "$work/error" || # that of a login
        ! grep -qiE 'manifest unknown|name unknown|repository name not known|not found|\b404\b' "$work/error"; then
        fail "$host does not say what it has as $1: $(tail -n 1 "$work/error")"
    fi
}

# 2. The registry.
look_at_tag() {
    tagged=$(remote "$name:$tag") || exit
    [[ -z $tagged || $tagged == "$digest" ]] ||
        fail "$name:$tag is $tagged already, and this image is $digest: a tag is never moved. The same pins gave another" \
            'image (check-reproducible.sh shows what differs), or the tag is not made from all that the image is made of'
}
look_at_tag
present=$(remote "$reference")
[[ -z $present || $present == "$digest" ]] || fail "$host has something else as $reference: $present"
if [[ -n $present ]]; then
    say "$reference is there already"
else
    copy --preserve-digests --dest-tls-verify="$tls" "dir:$work/image" "docker://$reference" ||
        fail "$reference could not be pushed"
    say "pushed $reference"
fi

# 3. What is in it. An SBOM has the time in it, so one that is attached is not made again.
make_sbom() {
    [[ ! -e $work/sbom.json ]] || return 0
    copy "dir:$work/image" "oci:$work/layout:image" || fail 'it cannot be given to syft'
    SYFT_CHECK_FOR_APP_UPDATE=false "${without_key[@]}" syft scan --quiet --from oci-dir --source-name "$name" --source-version "$digest" \
        --output "spdx-json=$work/sbom.json" "$work/layout" >&2 || fail 'syft made no SBOM'
}
if [[ -n $sbom ]]; then
    make_sbom
    (umask 022 && cat "$work/sbom.json" >"$sbom")
fi

# 4. The signature, and the SBOM as an attestation that is signed the same way.
with=(--yes) against=()
case $sign in
    key)
        with+=(--key "$key")
        cosign public-key --key "$key" </dev/null >"$work/cosign.pub" 2>"$work/error" ||
            fail "the key $key cannot be used: $(tail -n 1 "$work/error")"
        against=(--key "$work/cosign.pub")
        if [[ -z $log ]]; then
            against+=(--insecure-ignore-tlog=true)
            # Since 2.6 a file says which services are asked: none. Before, it was an option.
            if cosign signing-config create --out "$work/services.json" >/dev/null 2>&1; then
                with+=(--signing-config "$work/services.json")
            else
                with+=(--tlog-upload=false)
            fi
        fi
        ;;
    keyless) against=(--certificate-identity "$identity" --certificate-oidc-issuer "$issuer") ;;
esac
is_signed() { cosign verify "${against[@]}" "$reference" </dev/null >/dev/null 2>"$work/error"; }
is_attested() {
    cosign verify-attestation --type spdxjson "${against[@]}" "$reference" </dev/null >/dev/null 2>"$work/error"
}
if [[ $sign == none ]]; then
    say 'it is not signed, and no SBOM is attached (--unsigned)'
else
    if is_signed; then
        say 'it is signed already'
    else
        cosign sign "${with[@]}" "$reference" </dev/null >&2 || fail "$reference could not be signed"
        is_signed || fail "the signature of $reference does not verify: $(tail -n 1 "$work/error")"
        say 'signed it'
    fi
    if is_attested; then
        say 'its SBOM is attached already'
    else
        make_sbom
        cosign attest "${with[@]}" --type spdxjson --predicate "$work/sbom.json" "$reference" </dev/null >&2 ||
            fail "the SBOM of $reference could not be attached"
        is_attested || fail "the SBOM of $reference does not verify: $(tail -n 1 "$work/error")"
        say 'attached its SBOM'
    fi
fi

# 5. The tag. Signing takes its time, and somebody else may have come first; registries know no way to be sure.
look_at_tag
if [[ -z $tagged ]]; then
    copy --preserve-digests --dest-tls-verify="$tls" "dir:$work/image" "docker://$name:$tag" ||
        fail "$name:$tag could not be set"
    say "tagged it $tag"
fi
printf '%s\n' "$reference"
