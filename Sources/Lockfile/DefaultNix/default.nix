let
  # The newest version of pins.json that this file was written for. A later one is read all the
  # same: only a pin whose fetcher is of the future fails, and alone.
  knownVersion = 1;

  lock = builtins.fromJSON (readable (builtins.readFile ./pins.json));

  # Nix 2.3 refuses every `\u` in JSON. Only control characters are written so, and no fetch has
  # one: there they are left as they are written.
  readable =
    if atLeast "2.4" then
      json: json
    else
      builtins.replaceStrings [ "\\\\" "\\u" ] [ "\\\\" "\\\\u" ];

  atLeast = version: builtins.compareVersions builtins.nixVersion version >= 0;

  # What fetchGit of this Nix can do. Lix stays with what Nix 2.18 could, whether it calls itself
  # 2.18.3-lix, as it does, or 2.90 and later, as its releases are numbered.
  isLix = atLeast "2.90";
  checksHash = atLeast "2.4";
  givesTreeAsCommitted = atLeast "2.20" && !isLix;
  fetchesLFS = atLeast "2.27" && !isLix;
  thisNix = "Nix ${builtins.nixVersion}";

  # One word for a POSIX shell, that no program takes for an option.
  quote =
    text:
    (if builtins.substring 0 1 text == "-" then "-- " else "")
    + "'"
    + builtins.replaceStrings [ "'" ] [ "'\\''" ] text
    + "'";

  restore = "pins.json is damaged: take it from your version control";

  # The variable that replaces a pin: each byte of its name outside A-Za-z0-9 becomes `_`.
  variableOf =
    name:
    let
      byteAt = index: builtins.substring index 1 name;
      letter = byte: if builtins.match "[A-Za-z0-9]" byte == null then "_" else byte;
      letters = builtins.genList (index: letter (byteAt index)) (builtins.stringLength name);
    in
    "PINR_OVERRIDE_" + builtins.concatStringsSep "" letters;

  # The path that the environment puts in the place of a pin's source, or null. Where evaluation
  # may not read the environment, getEnv gives "".
  overrideOf =
    name:
    let
      variable = variableOf name;
      value = builtins.getEnv variable;
      path = /. + value;
      refuse = problem: throw "pinr: ${variable}, which replaces the pin `${name}`, ${problem}";
    in
    if value == "" then
      null
    else if builtins.substring 0 1 value != "/" then
      refuse "has to be an absolute path, not `${value}`"
    else if !builtins.pathExists path then
      refuse "is `${value}`, where nothing is"
    else
      builtins.trace "pinr: ${variable} replaces the pin `${name}` by ${value}" path;

  # fetchzip tells archives by the end of the URL. Where that says nothing, `tar` is what most
  # archives are; tar finds out about the compression by itself.
  extensionOf =
    url:
    let
      path = builtins.head (builtins.match "([^?#]*).*" url);
      ending = builtins.match ".*[.](zip|tgz|tbz|tbz2|txz|tar|tar[.][A-Za-z0-9]+)" path;
    in
    if ending == null then
      { extension = "tar"; }
    else if path == url then
      { }
    else
      { extension = builtins.head ending; };

  pinned =
    name: pin:
    let
      fail = problem: throw "pinr: the pin `${name}` ${problem}";

      locked =
        if builtins.isAttrs (pin.locked or null) then
          pin.locked
        else
          fail "has nothing locked; ${restore}";

      need =
        key:
        locked.${key} or (fail "has no `${key}` locked; ${restore}");

      hash = need "hash";
      submodules = locked.submodules or false;
      lfs = locked.lfs or false;

      # The git attributes of the tree by what applies them: `git archive`, and any checkout. With
      # LFS a filter is wanted: it fetches the objects, and fetchgit sets up no other.
      uses = builtins.filter (attribute: builtins.elem attribute (locked.attributes or [ ]));
      archived = uses [
        "export-ignore"
        "export-subst"
      ];
      converted = uses (
        [
          "eol"
          "ident"
        ]
        ++ (if lfs then [ ] else [ "filter" ])
      );
      has = attributes: "has the git attributes ${builtins.concatStringsSep ", " attributes}";

      withNixpkgs = "sources.${builtins.toJSON name} { inherit pkgs; }";

      byNix = {
        tarball = builtins.fetchTarball {
          name = "source";
          url = need "url";
          sha256 = hash;
        };
        file = builtins.fetchurl {
          name = need "name";
          url = need "url";
          sha256 = hash;
        };
        git = treeAsCommitted.outPath;
        oci = fail "is a container image, which Nix cannot fetch by itself; write: ${withNixpkgs}";
      };

      gitArguments = {
        name = "source";
        url = need "url";
        rev = need "revision";
        inherit submodules;
        allRefs = true;
      };

      treeAsCommitted =
        if lfs && !fetchesLFS then
          fail "has LFS objects, which ${thisNix} cannot fetch; use Nix 2.27, or: ${withNixpkgs}"
        else if givesTreeAsCommitted then
          builtins.fetchGit (
            gitArguments
            // {
              narHash = hash;
              exportIgnore = false;
            }
            // (if lfs then { inherit lfs; } else { })
          )
        else if converted != [ ] then
          fail "${has converted}, which ${thisNix} applies; use Nix 2.20"
        else if checksHash && (archived == [ ] || submodules) then
          builtins.fetchGit (gitArguments // { narHash = hash; })
        else if checksHash then
          checkedOut
        else if submodules then
          fail "has submodules, which ${thisNix} cannot fetch; use Nix 2.4, or: ${withNixpkgs}"
        else if archived != [ ] then
          fail "${has archived}, which ${thisNix} applies; use Nix 2.4, or: ${withNixpkgs}"
        else
          checkedAfterwards;

      # Before 2.20 Nix takes what `git archive` makes of a tree, but checks it out when it is to
      # fetch submodules: the same tree where there are none. So it is not asked to where there are
      # some; `.gitmodules` may be kept out of the archive, so the hash has the last word. It is
      # compared here, because the words of fetchGit would not name the pin.
      checkedOut =
        let
          gitmodules = (builtins.fetchGit gitArguments).outPath + "/.gitmodules";
          text = builtins.readFile gitmodules;
          hasSubmodules =
            builtins.pathExists gitmodules
            && builtins.replaceStrings [ "[submodule" ] [ "" ] text != text;
          tree = builtins.fetchGit (gitArguments // { submodules = true; });
        in
        if hasSubmodules then
          fail (
            "${has archived}, which ${thisNix} applies unless it fetches the submodules too, and is"
            + " pinned without them; use Nix 2.20, or: ${withNixpkgs}"
          )
        else if tree.narHash != hash then
          fail (
            "${has archived}; checked out by ${thisNix} with its submodules, if any, it is"
            + " ${tree.narHash}, not ${hash}; use Nix 2.20, or run: pinr verify ${quote name}"
          )
        else
          tree;

      # Nix 2.3 knows neither narHash nor allRefs, but takes every pattern of refs that git does.
      checkedAfterwards =
        let
          tree = builtins.fetchGit {
            inherit (gitArguments) name url rev;
            ref = "refs/*";
          };
        in
        {
          outPath = builtins.path {
            name = "source";
            path = builtins.unsafeDiscardStringContext tree.outPath;
            sha256 = hash;
          };
        };

      # `sha256` is what the fetchers of every Nixpkgs know; each takes an SRI hash for it.
      byNixpkgs = pkgs: {
        tarball = pkgs.fetchzip (
          {
            name = "source";
            url = need "url";
            sha256 = hash;
          }
          // extensionOf (need "url")
          // (if locked.stripRoot or true then { } else { stripRoot = false; })
        );
        file = pkgs.fetchurl {
          name = need "name";
          url = need "url";
          sha256 = hash;
        };
        git =
          if converted == [ ] then
            pkgs.fetchgit (
              {
                name = "source";
                url = need "url";
                rev = need "revision";
                sha256 = hash;
                fetchSubmodules = submodules;
              }
              // (if lfs then { fetchLFS = true; } else { })
            )
          else
            fail "${has converted}, which fetchgit applies; use it without pkgs, with Nix 2.20";
        oci = pkgs.dockerTools.pullImage {
          imageName = need "image";
          imageDigest = need "digest";
          finalImageName = need "image";
          finalImageTag = need "tag";
          os = need "os";
          arch = need "arch";
          sha256 = hash;
        };
      };

      choose =
        fetchers:
        builtins.addErrorContext context (fetchers.${need "fetcher"} or unknownFetcher);
      context = "while fetching the pin `${name}`; for more, run: pinr verify ${quote name}";

      unknownFetcher = fail (
        "is fetched by `${need "fetcher"}`, which this default.nix does not know"
        + (if isNewer then " (pins.json is of version ${toString lock.version})" else "")
        + "; run, with the newest pinr: pinr init"
      );
      isNewer = (lock.version or knownVersion) > knownVersion;

      override = overrideOf name;

      revisions =
        if locked ? revision then
          rec {
            rev = locked.revision;
            shortRev = builtins.substring 0 7 rev;
            shortRevision = shortRev;
          }
        else
          { };

      facts = {
        url = null;
        hash = null;
        revision = null;
        version = null;
        lastModified = null;
      };

      known = builtins.intersectAttrs facts locked // revisions // { source = pin.source or { }; };
    in
    known
    // {
      outPath = if override == null then choose byNix else override;

      __functor =
        self: arguments:
        if !(builtins.isAttrs arguments && builtins.attrNames arguments == [ "pkgs" ]) then
          fail (
            "was called with something else than { pkgs = ...; }; to call what a file in it has,"
            + " or to use it as a module or a package, write \"\${sources.NAME}/FILE\""
          )
        else if override == null then
          choose (byNixpkgs arguments.pkgs) // known
        else
          known // { outPath = override; };
    };
in
builtins.mapAttrs pinned (
  lock.pins or (throw "pinr: ${toString ./pins.json} has no `pins`; ${restore}")
)
