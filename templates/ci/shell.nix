# What the scripts of this folder run with, all of it from the pins: nix-shell ci/shell.nix --run '…'
let
  sources = import ../pins;
  # Without the settings and overlays that somebody may have in a home.
  pkgs = import sources.nixpkgs {
    config = { };
    overlays = [ ];
  };
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
  ]
  # An image of podman's is looked for with the podman that built it: another one may have its storage elsewhere.
  ++ (if builtins.pathExists ../bootstrap/container_build.sh then [ pkgs.podman ] else [ ]);
}
