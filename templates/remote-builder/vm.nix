# What vm.sh gives its machine besides the image: a kernel, its modules, a busybox to start with, and what emulates
# another processor. All of it from the pinned nixpkgs, and static where it runs without a store.
let
  sources = import ../pins;
  pkgs = import sources.nixpkgs {
    config = { };
    overlays = [ ];
  };
  inherit (pkgs) lib;
  kernel = pkgs.linuxPackages.kernel;
  # An output of its own since 2025.
  modules = lib.getOutput "modules" kernel;
in
pkgs.runCommand "nix-builder-guest" { } ''
  mkdir "$out"
  ln -s ${kernel}/${pkgs.stdenv.hostPlatform.linux-kernel.target} "$out/kernel"
  ln -s ${modules}/lib/modules/${kernel.modDirVersion} "$out/modules"
  ln -s ${pkgs.pkgsStatic.busybox}/bin/busybox "$out/busybox"
  ln -s ${pkgs.pkgsStatic.qemu-user}/bin/qemu-aarch64 "$out/qemu-aarch64"
''
