# Programs of the machine as packages: a package is links to what is below /usr.
pkgs:
let
  program = pname: names: pkgs.program pname names [ ];
in
{
  bash = pkgs.runtimeShellPackage;
  bashInteractive = pkgs.bash;
  # One program with many names, as in nixpkgs.
  busybox = pkgs.runCommand "busybox" { } ''
    mkdir -p $out/bin $out/nix-support
    echo /usr/bin/busybox > $out/nix-support/machine
    ln -s /usr/bin/busybox $out/bin/busybox
    for name in $(/usr/bin/busybox --list); do [ "$name" = busybox ] || ln -s busybox "$out/bin/$name"; done
  '';
  cacert = pkgs.runCommand "cacert" { } ''
    mkdir -p $out/etc/ssl/certs $out/nix-support
    echo /etc/ssl/certs/ca-certificates.crt > $out/nix-support/machine
    ln -s /etc/ssl/certs/ca-certificates.crt $out/etc/ssl/certs/ca-bundle.crt
  '';
  # Where the machine has them; otherwise links to nothing.
  cosign = program "cosign" [ "cosign" ];
  syft = program "syft" [ "syft" ];
  diffutils = program "diffutils" [
    "cmp"
    "diff"
  ];
  e2fsprogs = program "e2fsprogs" [
    "/usr/sbin/debugfs"
    "/usr/sbin/mke2fs"
  ];
  git = program "git" [ "git" ];
  gnugrep = program "gnugrep" [ "grep" ];
  gnused = program "gnused" [ "sed" ];
  gnutar = program "gnutar" [ "tar" ];
  gzip = program "gzip" [ "gzip" ];
  findutils = program "findutils" [
    "find"
    "xargs"
  ];
  nix =
    pkgs.program "nix"
      [
        "nix"
        "nix-build"
        "nix-daemon"
        "nix-env"
        "nix-instantiate"
        "nix-shell"
        "nix-store"
      ]
      [ "/usr/libexec/nix" ];
  coreutils = program "coreutils" [
    "basename"
    "base64"
    "cat"
    "chgrp"
    "chmod"
    "chown"
    "cp"
    "cut"
    "date"
    "dirname"
    "env"
    "expr"
    "head"
    "id"
    "install"
    "ln"
    "ls"
    "mkdir"
    "mktemp"
    "mv"
    "printf"
    "readlink"
    "realpath"
    "rm"
    "rmdir"
    "seq"
    "sha256sum"
    "sleep"
    "sort"
    "stat"
    "tail"
    "tee"
    "test"
    "timeout"
    "touch"
    "tr"
    "true"
    "uname"
    "uniq"
    "wc"
  ];
  python3 = program "python3" [ "python3" ];
  podman = program "podman" [ "podman" ];
  skopeo = program "skopeo" [ "skopeo" ];
  openssh = program "openssh" [
    "ssh"
    "ssh-keygen"
    "ssh-keyscan"
    "/usr/sbin/sshd"
  ];
  util-linux = program "util-linux" [
    "flock"
    "setpriv"
    "setsid"
  ];
  jq = program "jq" [ "jq" ];
  qemu = program "qemu" [
    "qemu-system-x86_64"
    "qemu-img"
  ];
}
