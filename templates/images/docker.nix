# docker.nix: container images from ../pins alone. The same pins give the same image, today and tomorrow.
#
#   nix-build images/docker.nix -A ci.layered && podman load --input result
#   $(nix-build --no-out-link images/docker.nix -A ci.streamed) | podman load
#   nix-build images/docker.nix -A r.single --argstr fromImage alpine
#   nix-instantiate --eval images/docker.nix -A ci.layered.imageTag
#
# | image   | is for                                                                        |
# | ------- | ----------------------------------------------------------------------------- |
# | ci      | jobs of CI: Nix, git and what scripts take for granted                         |
# | builder | a remote builder, and jobs that build: what ../alpine does, on nixpkgs' programs |
# | r       | scripts in R, with the packages of ../r/r-env.nix                              |
#
# Each there is as `layered` (an archive with a layer a package: little to transfer when little changed), `streamed` (a
# program that writes the same archive to its output, of which nothing goes to the store) and `single` (one layer).
{
  sources ? import ../pins,
  # An image is for Linux, wherever it is built; on macOS a remote builder does it.
  system ? builtins.replaceStrings [ "-darwin" ] [ "-linux" ] builtins.currentSystem,
  # Nobody's own settings of nixpkgs have a say: they are not pinned.
  pkgs ? import sources.nixpkgs {
    inherit system;
    config = { };
    overlays = [ ];
  },
  # The name of an oci pin that the images are put on, for what has to be there and is in no package; null for none.
  fromImage ? null,
  # What the CI image has besides.
  packages ? p: [ ],
  # Further labels of every image.
  labels ? { },
  # R, as ../r/r-env.nix gives it.
  r ? import ../r/r-env.nix { inherit sources pkgs system; },
}:
let
  inherit (builtins)
    attrNames
    filter
    foldl'
    fromJSON
    getEnv
    hashString
    head
    isString
    listToAttrs
    map
    match
    pathExists
    readFile
    split
    substring
    toJSON
    unsafeDiscardStringContext
    ;
  inherit (pkgs) dockerTools;

  # MARK: What the pins say

  # Not the packages of Alpine, which go to no image here: they are called as their file.
  isPackage =
    name:
    let
      called = match "(.+)-[^-]+-r[0-9]+\\.apk" (baseNameOf (sources.${name}.url or ""));
    in
    called != null && name == "apk-${head called}";
  pins = filter (name: !isPackage name) (attrNames sources);

  # A local copy in the place of a pin is no revision of it.
  variable =
    name:
    "PINR_OVERRIDE_"
    + foldl' (text: part: text + (if isString part then part else "_")) "" (split "[^A-Za-z0-9]" name);
  isPinned = name: getEnv (variable name) == "";
  revisionOf =
    name:
    if isPinned name then
      sources.${name}.revision or sources.${name}.version or sources.${name}.hash
    else
      "a local copy";

  # The date of the newest pin: that of the build would make each image another one.
  newest = foldl' (
    date: name:
    let
      own = sources.${name}.lastModifiedDate or date;
    in
    if own > date then own else date
  ) "19700101000001" pins;
  part = start: length: substring start length newest;
  created = "${part 0 4}-${part 4 2}-${part 6 2}T${part 8 2}:${part 10 2}:${part 12 2}Z";

  # MARK: The image below

  lock = fromJSON (readFile ../pins/pins.json);
  base =
    let
      pin =
        lock.pins.${fromImage} or (throw "docker.nix: fromImage: there is no pin called ${fromImage}");
      architecture =
        {
          x86_64-linux = "amd64";
          aarch64-linux = "arm64";
        }
        .${system} or pin.locked.arch;
    in
    if fromImage == null then
      null
    else if pin.locked.fetcher != "oci" then
      throw "docker.nix: fromImage: the pin ${fromImage} is no container image; pin one: pinr add oci:NAME:TAG"
    else if pin.locked.arch != architecture then
      throw "docker.nix: fromImage: the pin ${fromImage} is for ${pin.locked.arch}, the image for ${architecture}; pin that: pinr set ${fromImage} --arch ${architecture}"
    else
      pin.locked;

  # MARK: An image in its three forms

  image =
    {
      name,
      title,
      # At the root of the image, and with them what they need.
      contents,
      config,
      extraCommands ? "",
      # Whether Nix is to know the paths in it: it takes others for rubbish.
      includeNixDB ? false,
    }:
    let
      described = config // {
        Labels = {
          "org.opencontainers.image.title" = title;
          "org.opencontainers.image.created" = created;
          "org.opencontainers.image.revision" = revisionOf "nixpkgs";
          "org.opencontainers.image.source" = sources.nixpkgs.url;
        }
        // listToAttrs (
          map (pin: {
            name = "io.github.pinr.pin.${pin}";
            value = revisionOf pin;
          }) pins
        )
        // (
          if base == null then
            { }
          else
            {
              "org.opencontainers.image.base.name" = "${base.image}:${base.tag}";
              "org.opencontainers.image.base.digest" = base.digest;
            }
        )
        // labels;
      };

      # Another tag whenever anything in the image is another; `latest` would be another image every day.
      ingredients = toJSON {
        inherit system described extraCommands;
        contents = map toString contents;
        base = if base == null then "" else base.digest;
      };
      tag = "pins-${substring 0 12 (hashString "sha256" (unsafeDiscardStringContext ingredients))}";

      common = {
        name = "localhost/${name}";
        inherit
          tag
          created
          extraCommands
          includeNixDB
          ;
        config = described;
        fromImage = if base == null then null else sources.${fromImage} { inherit pkgs; };
      };
      layered = common // {
        inherit contents;
      };
      # podman before 4.4 and skopeo before 1.10 do not read an archive that is compressed with gzip.
      archive = {
        compressor = "none";
      };
    in
    {
      layered = dockerTools.buildLayeredImage (layered // archive);
      streamed = dockerTools.streamLayeredImage layered;
      single = dockerTools.buildImage (common // archive // { copyToRoot = contents; });
    };

  # MARK: What they have in common

  # `bin` alone, in one folder: what is there twice is found while it is built.
  programs =
    paths:
    pkgs.buildEnv {
      name = "programs";
      inherit paths;
      pathsToLink = [ "/bin" ];
    };
  files = name: script: pkgs.runCommand name { } script;

  shell = [
    pkgs.bashInteractive
    pkgs.coreutils
    pkgs.findutils
    pkgs.gnugrep
    pkgs.gnused
  ];

  # Nobody has a password. No keys either: they are made for each installation, never in an image.
  accounts =
    users: groups:
    files "accounts" ''
      mkdir -p $out/etc
      cat > $out/etc/passwd <<'END'
      root:x:0:0:root:/root:/bin/sh
      nobody:x:65534:65534:nobody:/var/empty:/bin/false
      ${users}
      END
      cat > $out/etc/group <<'END'
      root:x:0:
      nobody:x:65534:
      ${groups}
      END
      sed 's/:.*/:*:::::::/' $out/etc/passwd > $out/etc/shadow
    '';

  # Folders that anybody may write to, `/tmp` and these. `/run` is there for others than podman, which makes it itself.
  folders = names: ''
    mkdir -p run var/empty root
    mkdir -m 1777 tmp ${toString names}
  '';
  certificates = "/etc/ssl/certs/ca-bundle.crt";
  lines = builtins.concatStringsSep "\n";

  # MARK: The builder

  # As many builds can run at once: Nix takes an account for each.
  numbers = builtins.genList (number: number + 1) 32;
  nixbld =
    number:
    "nixbld${toString number}:x:${toString (30000 + number)}:30000:nixbld${toString number}:/var/empty:/bin/false";

  alpine =
    file:
    if pathExists (../alpine + "/${file}") then
      ../alpine + "/${file}"
    else
      throw "docker.nix: ../alpine/${file} is not there: pinr template apply alpine";
in
{
  ci = image {
    name = "ci";
    title = "CI jobs with Nix";
    contents = [
      (programs (
        shell
        ++ [
          pkgs.git
          pkgs.gnutar
          pkgs.gzip
          pkgs.jq
          pkgs.nix
        ]
        ++ packages pkgs
      ))
      dockerTools.usrBinEnv
      dockerTools.caCertificates
      (accounts "" "")
      # A job is root in a container of its own: that is the fence, and runners give no rights for another one in it.
      (files "nix.conf" ''
        mkdir -p $out/etc/nix
        printf '%s\n' 'build-users-group =' 'sandbox = false' > $out/etc/nix/nix.conf
      '')
    ];
    extraCommands = folders [ ];
    includeNixDB = true;
    config = {
      Cmd = [ "/bin/bash" ];
      Env = [
        "PATH=/bin:/usr/bin"
        "HOME=/root"
        "USER=root"
        "LANG=C.UTF-8"
        "SSL_CERT_FILE=${certificates}"
        "GIT_SSL_CAINFO=${certificates}"
        "NIX_SSL_CERT_FILE=${certificates}"
      ];
    };
  };

  # Programs are in the store here: a volume on /nix has to be one that was made from this image (podman fills a new one).
  # An empty one, as Kubernetes has it, hides them; fill it first, mounted elsewhere:
  #   podman run --rm --volume VOLUME:/new --entrypoint /bin/cp IMAGE -a /nix/. /new/
  # One of another image hides them too, and cannot be filled: its database would not know them. Take a new one.
  # The image of ../alpine has its programs outside of /nix, and takes every volume.
  builder = image {
    name = "nix-builder";
    title = "nix-builder";
    contents = [
      (programs (
        shell
        ++ [
          pkgs.nix
          pkgs.openssh
          pkgs.util-linux
        ]
      ))
      dockerTools.caCertificates
      (accounts
        (lines (
          [
            "sshd:x:22:22:sshd:/var/empty:/bin/false"
            "builder:x:1000:1000:builder:/var/empty:/bin/sh"
            # Its home is made for each job.
            "ci:x:1001:1001:ci:/home/ci:/bin/sh"
          ]
          ++ map nixbld numbers
        ))
        (lines [
          "sshd:x:22:"
          "builder:x:1000:"
          "ci:x:1001:"
          "nixbld:x:30000:${builtins.concatStringsSep "," (map (number: "nixbld${toString number}") numbers)}"
        ])
      )
      (files "builder" ''
        mkdir -p $out/etc/nix $out/usr/local/bin
        cp ${alpine "nix.conf"} $out/etc/nix/nix.conf
        cp ${alpine "sshd_config"} $out/etc/nix-builder.sshd_config
        cp ${alpine "entrypoint.sh"} $out/usr/local/bin/entrypoint.sh
        cp ${alpine "healthcheck.sh"} $out/usr/local/bin/healthcheck.sh
        cp ${alpine "serve.sh"} $out/usr/local/bin/serve.sh
        chmod +x $out/usr/local/bin/*
      '')
    ];
    extraCommands = folders [ ];
    includeNixDB = true;
    config = {
      Entrypoint = [ "/usr/local/bin/entrypoint.sh" ];
      Env = [
        "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        "NIX_REMOTE=daemon"
        "NIX_SSL_CERT_FILE=${certificates}"
      ];
      ExposedPorts."22/tcp" = { };
      Volumes."/nix" = { };
      StopSignal = "SIGTERM";
      # In billionths of a second.
      Healthcheck = {
        Test = [
          "CMD"
          "/usr/local/bin/healthcheck.sh"
        ];
        Interval = 30000000000;
        Timeout = 20000000000;
        StartPeriod = 30000000000;
      };
    };
  };

  r = image {
    name = "r";
    title = "R";
    contents = [
      (programs (shell ++ [ r.env ]))
      (accounts "r:x:1000:1000:r:/work:/bin/sh" "r:x:1000:")
    ];
    extraCommands = folders [ "work" ];
    config = {
      Cmd = [ "R" ];
      User = "r";
      WorkingDir = "/work";
      Env = [
        "PATH=/bin"
        "HOME=/work"
        "LANG=C.UTF-8"
        "TZ=UTC"
      ];
    };
  };
}
