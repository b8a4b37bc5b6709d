# Programs of the machine as packages: a package is links to what is below /usr.
pkgs:
let
  program =
    pname: names:
    pkgs.runCommand pname { } ''
      mkdir -p $out/bin
      for name in ${toString names}; do ln -s "/usr/bin/$name" "$out/bin/$name"; done
    ''
    // {
      inherit pname;
      version = "0";
    };
in
{
  bash = program "bash" [
    "bash"
    "sh"
  ];
  bashInteractive = pkgs.bash;
  coreutils = program "coreutils" [
    "basename"
    "base64"
    "cat"
    "chmod"
    "cp"
    "cut"
    "date"
    "dirname"
    "env"
    "head"
    "id"
    "install"
    "ln"
    "ls"
    "mkdir"
    "mktemp"
    "mv"
    "readlink"
    "realpath"
    "rm"
    "rmdir"
    "sha256sum"
    "sleep"
    "sort"
    "stat"
    "tail"
    "tee"
    "test"
    "touch"
    "tr"
    "true"
    "uname"
    "wc"
  ];
  podman = program "podman" [ "podman" ];
  skopeo = program "skopeo" [ "skopeo" ];
  openssh = program "openssh" [
    "ssh"
    "ssh-keygen"
    "ssh-keyscan"
  ];
  jq = program "jq" [ "jq" ];
  qemu = program "qemu" [
    "qemu-system-x86_64"
    "qemu-img"
  ];
}
