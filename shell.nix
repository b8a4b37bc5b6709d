# What building and checking pinr needs, but for Swift itself: it wants a newer one than Nixpkgs has (https://swift.org/install).
# Everything here is of the Nixpkgs that pins/pins.json has, so that the same commit has the same shell tomorrow.
{
  pkgs ? import (import ./pins).nixpkgs {
    config = { };
    overlays = [ ];
  },
}:
pkgs.mkShell {
  packages = with pkgs; [
    # The libraries, and what finds them.
    pkg-config
    curl
    isa-l
    libarchive
    libgit2
    openssl
    xz
    # What `make lint` checks with.
    git
    hadolint
    jq
    nixfmt
    shellcheck
    shfmt
  ];
}
