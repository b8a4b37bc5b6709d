# Derivations, and what is made of them alone.
{ system }:
let
  # Nix's sandbox has these where the test's configuration lets them in (sandbox-paths).
  path = "/usr/bin:/bin:/usr/sbin:/sbin";
  commonPrograms = [
    "awk"
    "bash"
    "basename"
    "cat"
    "chmod"
    "cp"
    "cut"
    "date"
    "diff"
    "dirname"
    "env"
    "expr"
    "find"
    "grep"
    "gzip"
    "head"
    "id"
    "ln"
    "ls"
    "make"
    "mkdir"
    "mktemp"
    "mv"
    "patch"
    "readlink"
    "realpath"
    "rm"
    "rmdir"
    "sed"
    "sh"
    "sha256sum"
    "sleep"
    "sort"
    "stat"
    "tail"
    "tar"
    "tee"
    "test"
    "touch"
    "tr"
    "true"
    "uname"
    "uniq"
    "wc"
    "xargs"
    "xz"
  ];
  letters =
    text: builtins.filter (letter: letter != "" && builtins.isString letter) (builtins.split "" text);
  upper = letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  lower = letters "abcdefghijklmnopqrstuvwxyz";
in
rec {
  lib = {
    toList = value: if builtins.isList value then value else [ value ];
    toLower = builtins.replaceStrings upper lower;
    imap0 =
      function: values:
      builtins.genList (n: function n (builtins.elemAt values n)) (builtins.length values);
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    optionalString = condition: text: if condition then text else "";
    optionalAttrs = condition: set: if condition then set else { };
    concatStringsSep = builtins.concatStringsSep;
    concatMapStringsSep =
      separator: function: values:
      builtins.concatStringsSep separator (map function values);
    makeBinPath =
      packages: builtins.concatStringsSep ":" (map (package: "${package.bin or package}/bin") packages);
    getExe = package: "${package}/bin/${package.meta.mainProgram or package.pname or package.name}";
    fileContents = file: lib.removeSuffix "\n" (builtins.readFile file);
    removeSuffix =
      suffix: text:
      let
        length = builtins.stringLength text - builtins.stringLength suffix;
      in
      if length >= 0 && builtins.substring length (builtins.stringLength suffix) text == suffix then
        builtins.substring 0 length text
      else
        text;
    hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
    hasSuffix = suffix: text: lib.removeSuffix suffix text != text || suffix == "";
    licenses = { };
    platforms = { };
  };

  stdenv = {
    mkDerivation =
      {
        name ? "${pname}-${version}",
        pname ? null,
        version ? null,
        buildCommand ? "",
        meta ? { },
        passthru ? { },
        ...
      }@attributes:
      derivation (
        removeAttrs attributes [
          "meta"
          "passthru"
          "buildCommand"
        ]
        // {
          inherit name system buildCommand;
          builder = "/bin/bash";
          args = [
            "-c"
            ''
              set -e
              export PATH=${path}
              for input in $buildInputs $nativeBuildInputs; do PATH="$input/bin:$PATH"; done
              ${buildCommand}
              # Not replaced by the last command: one that closes its output before it ends, as those of coreutils do, Nix
              # may kill in between, and then calls the build failed.
              exit 0
            ''
          ];
        }
      )
      // passthru
      // {
        inherit meta;
      };
    hostPlatform = stdenv.buildPlatform;
    buildPlatform = {
      inherit system;
      isLinux = builtins.match ".*-linux" system != null;
      isDarwin = builtins.match ".*-darwin" system != null;
      isx86_64 = builtins.match "x86_64-.*" system != null;
      isAarch64 = builtins.match "aarch64-.*" system != null;
    };
    isLinux = stdenv.hostPlatform.isLinux;
    isDarwin = stdenv.hostPlatform.isDarwin;
    # What nix-shell reads before it runs a command: the inputs, and behind them what every build may count on.
    setup = runCommand "stdenv" { } ''
      mkdir -p $out/bin
      for name in ${toString commonPrograms}; do ln -s "/usr/bin/$name" "$out/bin/$name"; done
      {
        echo 'for input in $buildInputs $nativeBuildInputs; do PATH="$input/bin:$PATH"; done'
        echo "export PATH=\$PATH:$out/bin"
      } > $out/setup
    '';
  };
  stdenvNoCC = stdenv;

  # Programs of the machine, as links to them. What an image takes along of the machine is in `nix-support/machine`, a
  # path a line: files, with the libraries that they need, and whole folders.
  program =
    pname: names: files:
    runCommand pname
      {
        paths = map (name: if lib.hasPrefix "/" name then name else "/usr/bin/${name}") names ++ files;
        programs = map (name: if lib.hasPrefix "/" name then name else "/usr/bin/${name}") names;
      }
      ''
        mkdir -p $out/bin $out/nix-support
        for path in $programs; do ln -s "$path" "$out/bin/''${path##*/}"; done
        printf '%s\n' $paths > $out/nix-support/machine
      ''
    // {
      inherit pname;
      version = "0";
    };

  runtimeShellPackage =
    program "bash"
      [
        "bash"
        "sh"
      ]
      [ ];
  runtimeShell = "${runtimeShellPackage}/bin/bash";

  runCommand =
    name: attributes: script:
    stdenv.mkDerivation (
      attributes
      // {
        inherit name;
        buildCommand = script;
      }
    );
  runCommandLocal = runCommand;

  mkShell =
    {
      name ? "nix-shell",
      packages ? [ ],
      buildInputs ? [ ],
      nativeBuildInputs ? [ ],
      shellHook ? "",
      ...
    }@attributes:
    stdenv.mkDerivation (
      removeAttrs attributes [ "packages" ]
      // {
        inherit name shellHook buildInputs;
        stdenv = stdenv.setup;
        nativeBuildInputs = packages ++ nativeBuildInputs;
        buildCommand = "export > $out";
      }
    );
  mkShellNoCC = mkShell;

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
    }:
    stdenv.mkDerivation {
      inherit name text destination;
      passAsFile = [ "text" ];
      buildCommand = ''
        mkdir -p "$(dirname "$out$destination")"
        cp "$textPath" "$out$destination"
        ${lib.optionalString executable ''chmod +x "$out$destination"''}
      '';
    };
  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir =
    file: text:
    writeTextFile {
      name = baseNameOf file;
      inherit text;
      destination = "/${file}";
    };
  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      text = "#!${runtimeShell}\n${text}";
      executable = true;
    };
  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      text = "#!${runtimeShell}\n${text}";
      executable = true;
      destination = "/bin/${name}";
    }
    // {
      meta.mainProgram = name;
    };
  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
    };

  buildEnv =
    {
      name,
      paths,
      pathsToLink ? [ "/" ],
      ...
    }:
    runCommand name { inherit paths pathsToLink; } ''
      mkdir $out
      for path in $paths; do
        for link in $pathsToLink; do
          [ -d "$path$link" ] || continue
          # Folders are made, never copied: those of the store may not be written to. What comes first stays.
          (cd "$path$link" && find . -type d) | while read -r folder; do mkdir -p "$out$link/$folder"; done
          (cd "$path$link" && find . ! -type d) | while read -r file; do
            [ -e "$out$link/$file" ] || ln -s "''${path}''${link%/}/''${file#./}" "$out$link/$file"
          done
        done
      done
    '';
  symlinkJoin = { name, paths, ... }: buildEnv { inherit name paths; };
}
