# The small nixpkgs (machine.nix) as it were on a Mac, for what a script does there; its programs are this machine's.
{
  overlays ? [ ],
  ...
}@arguments:
import ./machine.nix (arguments // { overlays = overlays ++ [ (import ./stand-ins.nix) ]; })
