{
  system ? builtins.currentSystem,
  config ? { },
  overlays ? [ ],
}:
let
  base = import ./stdenv.nix { inherit system; };
  parts = [
    ./programs.nix
    ./dockerTools.nix
    ./r.nix
  ];
  own = pkgs: builtins.foldl' (all: part: all // import part pkgs) base parts;
  applied = builtins.foldl' (pkgs: overlay: pkgs // overlay final pkgs) (own final) overlays;
  final = applied // {
    inherit config;
    pkgs = final;
  };
in
final
