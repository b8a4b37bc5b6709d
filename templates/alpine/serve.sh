#!/bin/sh
# serve.sh: what sshd runs for every client, whatever it asked for.
#
# `ssh-ng://` asks for nix-daemon, `ssh://` for nix-store. Nothing of what a client sent is run: it only chooses.
set -eu

case ${SSH_ORIGINAL_COMMAND-} in
    'nix-store --serve --write' | 'nix-store --serve') exec nix-store --serve --write ;;
    'nix-daemon --stdio') exec nix-daemon --stdio ;;
    '') echo 'this is a Nix builder, and gives no shell: use it as ssh-ng://' >&2 ;;
    *) echo 'this is a Nix builder, and runs nix-daemon --stdio or nix-store --serve --write, nothing else' >&2 ;;
esac
exit 1
