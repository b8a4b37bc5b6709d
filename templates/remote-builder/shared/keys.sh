# shellcheck shell=bash
# Pairs of keys.

# make_key FILE COMMENT: a private key in one step, and never over another. In a shell of its own, which leaves none behind.
make_key() (
    [[ ! -e $1 ]] || exit 0
    # Another script may be at it.
    new=$1.$$
    trap 'rm -f "$new" "$new.pub"' EXIT
    rm -f "$new"
    ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$new" >&2 || fail "ssh-keygen made no key $1"
    ln "$new" "$1" 2>/dev/null || [[ -e $1 ]] || fail "$1 cannot be made"
)

# make_public FILE PUBLIC: writes the public half of a private key, as that one is: both are never out of step.
make_public() {
    local public
    public=$(ssh-keygen -y -P '' -f "$1" 2>/dev/null) || fail "$1 is no private key without a passphrase: ${3-remove it, and another is made}"
    printf '%s\n' "$public" >"$2.$$"
    mv "$2.$$" "$2"
}
