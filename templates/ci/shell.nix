# What the scripts of this folder run with, all of it from the pins: nix-shell ci/shell.nix --run '…'
let
  sources = import ../pins;
  pkgs = import sources.nixpkgs { };
in
pkgs.mkShell {
  packages = [
    pkgs.bash
    pkgs.coreutils
    pkgs.cosign
    pkgs.diffutils
    pkgs.gnugrep
    pkgs.gnused
    pkgs.gnutar
    pkgs.gzip
    pkgs.jq
    pkgs.openssh
    pkgs.python3
    pkgs.skopeo
    pkgs.syft
  ];
}
