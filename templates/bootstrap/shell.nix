# The programs of container_build.sh: all of them from the pinned nixpkgs, so that everybody has the same.
{ }:
let
  inherit (builtins) pathExists throw;

  sources =
    if pathExists ../pins/default.nix then
      import ../pins
    else
      throw "there are no pins beside this folder: pinr init";
  nixpkgs = sources.nixpkgs or (throw "there is no pin called nixpkgs: pinr add nixpkgs");
  # Without the settings and overlays that somebody may have in a home.
  pkgs = import nixpkgs {
    config = { };
    overlays = [ ];
  };
  inherit (pkgs) lib stdenv;

  # What starts the virtual machine that podman needs on macOS, with its network.
  machine = lib.optionals stdenv.hostPlatform.isDarwin [
    pkgs.gvproxy
    pkgs.vfkit
  ];

  programs = [
    pkgs.bash
    pkgs.cacert
    pkgs.coreutils
    pkgs.gnugrep
    pkgs.gnutar
    pkgs.jq
    pkgs.nix
    pkgs.openssh
    pkgs.podman
    pkgs.skopeo
  ]
  # Builders of another system, and as virtual machines, whose disks e2fsprogs makes, with util-linux for one at a time.
  ++ lib.optionals stdenv.hostPlatform.isLinux [
    pkgs.e2fsprogs
    pkgs.qemu
    pkgs.util-linux
  ]
  ++ machine;
in
pkgs.mkShellNoCC {
  packages = programs;

  # What nix-shell takes from <nixpkgs>, which this file is to it: the bash that makes the environment.
  passthru.bashInteractive = pkgs.bash;

  # The script takes this for its PATH.
  programs = lib.makeBinPath programs;

  machineHelpers = lib.optionalString (machine != [ ]) (
    pkgs.symlinkJoin {
      name = "podman-machine-helpers";
      paths = machine;
    }
  );

  SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
}
