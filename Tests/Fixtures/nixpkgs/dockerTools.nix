# Images, with the arguments of nixpkgs' own dockerTools; image.py writes them. An argument that nixpkgs does not have is
# an error here too, and one that is not played says so.
pkgs:
let
  inherit (pkgs) lib runCommand writeText;

  architectures = {
    x86_64-linux = "amd64";
    aarch64-linux = "arm64";
  };
  thisArchitecture =
    architectures.${pkgs.stdenv.hostPlatform.system}
      or (throw "dockerTools: no images for ${pkgs.stdenv.hostPlatform.system}");

  notPlayed =
    arguments:
    let
      used = builtins.filter (name: arguments.${name} != "" && arguments.${name} != null) (
        builtins.attrNames arguments
      );
    in
    if used == [ ] then true else throw "dockerTools: not played by this nixpkgs: ${toString used}";

  # The program that writes the archive to its standard output.
  streamOf =
    {
      name,
      tag,
      fromImage,
      contents,
      config,
      architecture,
      created,
      extraCommands,
      includeStorePaths,
      includeNixDB,
      maxLayers,
      meta ? { },
      passthru ? { },
    }:
    let
      roots = lib.toList (if contents == null then [ ] else contents);
      base = builtins.baseNameOf name;

      # What is at the root of the image. It is written before it is hashed: modes that extraCommands set stay.
      customisation =
        runCommand "${base}-customisation-layer"
          {
            inherit roots extraCommands;
          }
          ''
            mkdir layer
            for root in $roots; do
              (cd "$root" && find . -type d) | while read -r folder; do mkdir -p "layer/$folder"; done
              (cd "$root" && find . ! -type d ! -path './nix-support/*') | while read -r file; do
                [ -e "layer/$file" ] || [ -L "layer/$file" ] || cp -d "$root/$file" "layer/$file"
              done
            done
            rm -rf layer/nix-support
            cd layer
            eval "$extraCommands"
            cd ..
            mkdir $out
            tar --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner --hard-dereference -cf $out/layer.tar -C layer .
          '';

      baseJSON = writeText "${base}-base.json" (
        builtins.toJSON {
          inherit config architecture;
          os = "linux";
        }
      );

      # As in nixpkgs, the configuration takes what it names along.
      closure = runCommand "${base}-closure" {
        exportReferencesGraph = builtins.concatLists (
          lib.imap0 (number: root: [
            "graph-${toString number}"
            root
          ]) (lib.optionals includeStorePaths (roots ++ [ baseJSON ]))
        );
      } "mkdir $out; touch graph-; cat graph-* > $out/graph";

      conf = runCommand "${base}-conf.json" {
        text = builtins.toJSON {
          name = lib.toLower name;
          inherit
            created
            maxLayers
            ;
          tag = if tag == null then "" else tag;
          fromImage = if fromImage == null then "" else "${fromImage}";
          base = "${baseJSON}";
          closure = "${closure}/graph";
          customisation = "${customisation}/layer.tar";
          database = includeNixDB;
        };
        passAsFile = [ "text" ];
      } ''cp "$textPath" $out'';

      imageTag =
        if tag != null then
          tag
        else
          builtins.head (
            builtins.split "-" (builtins.baseNameOf (builtins.unsafeDiscardStringContext "${conf}"))
          );
    in
    pkgs.writeTextFile {
      name = "stream-${base}";
      executable = true;
      text = ''
        #!${pkgs.runtimeShell}
        exec /usr/bin/python3 -I ${./image.py} ${conf} ${imageTag}
      '';
    }
    // {
      imageName = lib.toLower name;
      inherit imageTag meta;
    }
    // passthru;

  archiveOf =
    compressor: stream:
    let
      extensions = {
        none = "";
        zstd = ".zst";
        gz = ".gz";
      };
      commands = {
        none = "cat";
        zstd = "zstd -q";
        gz = "gzip -n";
      };
    in
    runCommand "${builtins.baseNameOf stream.imageName}.tar${extensions.${compressor}}" { } ''
      set -o pipefail
      ${stream} | ${commands.${compressor}} > $out
    ''
    // {
      inherit (stream) imageName imageTag;
    };
in
{
  dockerTools = rec {
    streamLayeredImage =
      {
        name,
        tag ? null,
        fromImage ? null,
        contents ? [ ],
        config ? { },
        architecture ? thisArchitecture,
        created ? "1970-01-01T00:00:01Z",
        mtime ? "1970-01-01T00:00:01Z",
        uid ? 0,
        gid ? 0,
        uname ? "root",
        gname ? "root",
        maxLayers ? 100,
        extraCommands ? "",
        fakeRootCommands ? "",
        enableFakechroot ? false,
        includeStorePaths ? true,
        includeNixDB ? false,
        passthru ? { },
        meta ? { },
        layeringPipeline ? null,
        debug ? false,
      }:
      assert maxLayers > 1;
      assert notPlayed { inherit fakeRootCommands layeringPipeline; };
      streamOf {
        inherit
          name
          tag
          fromImage
          contents
          config
          architecture
          created
          extraCommands
          includeStorePaths
          includeNixDB
          maxLayers
          meta
          passthru
          ;
      };

    buildLayeredImage =
      {
        name,
        compressor ? "gz",
        ...
      }@arguments:
      archiveOf compressor (streamLayeredImage (removeAttrs arguments [ "compressor" ]));

    buildImage =
      {
        name,
        tag ? null,
        fromImage ? null,
        fromImageName ? null,
        fromImageTag ? null,
        copyToRoot ? null,
        keepContentsDirlinks ? false,
        config ? null,
        architecture ? thisArchitecture,
        extraCommands ? "",
        uid ? 0,
        gid ? 0,
        runAsRoot ? null,
        diskSize ? 1024,
        buildVMMemorySize ? 512,
        created ? "1970-01-01T00:00:01Z",
        compressor ? "gz",
        includeNixDB ? false,
      }:
      assert notPlayed { inherit runAsRoot; };
      archiveOf compressor (streamOf {
        inherit
          name
          tag
          fromImage
          architecture
          created
          extraCommands
          includeNixDB
          ;
        contents = copyToRoot;
        config = if config == null then { } else config;
        includeStorePaths = true;
        maxLayers = 1;
      });

    # There is no network: the test says which archive a registry would have given, and its hash is checked as ever.
    pullImage =
      {
        imageName,
        imageDigest,
        hash ? "",
        sha256 ? "",
        outputHash ? if hash != "" then hash else sha256,
        os ? "linux",
        arch ? thisArchitecture,
        tlsVerify ? true,
        finalImageName ? imageName,
        finalImageTag ? "latest",
        name ? "docker-image-${
          builtins.replaceStrings [ "/" ":" ] [ "-" "-" ] finalImageName
        }-${finalImageTag}.tar",
      }:
      let
        archives = builtins.getEnv "PINR_TEST_IMAGES";
      in
      if archives == "" then
        throw "pullImage: PINR_TEST_IMAGES names no folder with an archive for ${imageName}@${imageDigest}"
      else
        derivation {
          inherit name;
          inherit (pkgs.stdenv.hostPlatform) system;
          builder = "/bin/sh";
          args = [
            "-c"
            "/bin/cp ${
              builtins.path {
                path = "${archives}/${builtins.replaceStrings [ ":" ] [ "-" ] imageDigest}.tar";
                name = "archive";
              }
            } $out || exit 1; exit 0"
          ];
          outputHashMode = "flat";
          outputHashAlgo = if builtins.match ".*-.*" outputHash != null then null else "sha256";
          inherit outputHash;
        };

    binSh = runCommand "bin-sh" { } ''
      mkdir -p $out/bin
      ln -s ${pkgs.bashInteractive}/bin/bash $out/bin/sh
    '';
    usrBinEnv = runCommand "usr-bin-env" { } ''
      mkdir -p $out/usr/bin
      ln -s ${pkgs.coreutils}/bin/env $out/usr/bin/env
    '';
    caCertificates = runCommand "ca-certificates" { } ''
      mkdir -p $out/etc/ssl/certs
      ln -s ${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/ssl/certs/ca-bundle.crt
      ln -s ${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/ssl/certs/ca-certificates.crt
    '';
  };
}
