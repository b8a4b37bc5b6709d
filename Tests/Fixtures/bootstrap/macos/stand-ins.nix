# What differs on a Mac. podman writes down how it was called, and of its virtual machine what the real one does: the path
# of the program that starts it, as it was found when the machine was made. Images are the business of the real podman.
final: prev:
let
  program = prev.writeShellScriptBin;
in
{
  stdenv = prev.stdenv // {
    hostPlatform = prev.stdenv.hostPlatform // {
      isDarwin = true;
      isLinux = false;
    };
  };

  qemu = throw "qemu is of no use on a Mac";
  vfkit = program "vfkit" ''echo "vfkit ${prev.lib.fileContents ./vfkit-version}" >> "$HOME/calls"'';
  gvproxy = program "gvproxy" "";

  coreutils = prev.symlinkJoin {
    name = "coreutils";
    paths = [
      (program "uname" ''
        case $1 in
          -s) echo Darwin ;;
          *) exec /usr/bin/uname "$@" ;;
        esac
      '')
      prev.coreutils
    ];
  };

  podman = program "podman" ''
    set -eu
    machine=$HOME/.config/containers/podman/machine/applehv
    case $1 in
      machine) ;;
      *) exec /usr/bin/podman "$@" ;;
    esac
    for name; do :; done
    case $2 in
      inspect)
        [ -e "$machine/$name.json" ] || { echo "Error: $name: VM does not exist" >&2; exit 125; }
        cat "$machine/$name.state"
        ;;
      init)
        echo "$@" >> "$HOME/calls"
        [ ! -e "$machine/$name.json" ] || { echo "Error: $name: VM already exists" >&2; exit 125; }
        mkdir -p "$machine"
        helper=$CONTAINERS_HELPER_BINARY_DIR/vfkit
        [ -x "$helper" ] || helper=$(command -v vfkit)
        cp "$4" "$machine/$name.raw"
        echo "{\"VfkitHelper\": {\"BinaryPath\": {\"Path\": \"$helper\"}}}" > "$machine/$name.json"
        echo stopped > "$machine/$name.state"
        ;;
      start)
        echo "$@" >> "$HOME/calls"
        helper=$(/usr/bin/jq -r .VfkitHelper.BinaryPath.Path "$machine/$name.json")
        "$helper"
        echo running > "$machine/$name.state"
        ;;
      *)
        echo "$@" >> "$HOME/calls"
        exit 125
        ;;
    esac
  '';
}
