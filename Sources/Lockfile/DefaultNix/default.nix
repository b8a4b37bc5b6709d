let
  # The newest version of pins.json that this file was written for. A later one is read all the
  # same: only a pin whose fetcher is of the future fails, and alone.
  knownVersion = 1;

  lock = builtins.fromJSON (readable (builtins.readFile ./pins.json));

  # Nix 2.3 refuses every `\u` in JSON. Only control characters are written so, and no fetch has
  # one: there they are left as they are written.
  readable =
    if atLeast "2.4" then json: json else builtins.replaceStrings [ "\\\\" "\\u" ] [ "\\\\" "\\\\u" ];

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

  # The git attributes that something applies, of all that a tree has: `git archive` the ones, any
  # checkout the others. With LFS a filter is wanted: it fetches the objects, and nothing sets up
  # another.
  archivedOf = builtins.filter (
    attribute: attribute == "export-ignore" || attribute == "export-subst"
  );
  convertedOf =
    lfs:
    builtins.filter (
      attribute: attribute == "eol" || attribute == "ident" || attribute == "filter" && !lfs
    );
  has = attributes: "has the git attributes ${builtins.concatStringsSep ", " attributes}";

  # The path of a git tree as it was committed, or a refusal where this Nix can only give another.
  # `otherwise` is what to write then.
  treeAsCommitted =
    {
      fail,
      otherwise,
      url,
      rev,
      hash,
      submodules,
      lfs,
      attributes ? [ ],
      # How to fetch what has no history; null for what has all of it.
      shallow ? null,
    }:
    let
      archived = archivedOf attributes;
      converted = convertedOf lfs attributes;

      arguments = {
        name = "source";
        inherit url rev submodules;
      }
      // (if shallow == null then { allRefs = true; } else shallow // { shallow = true; });

      # Before 2.20 Nix takes what `git archive` makes of a tree, but checks it out when it is to
      # fetch submodules: the same tree where there are none. So it is not asked to where there are
      # some; `.gitmodules` may be kept out of the archive, so the hash has the last word. It is
      # compared here, because the words of fetchGit would not name the pin.
      checkedOut =
        let
          gitmodules = (builtins.fetchGit arguments).outPath + "/.gitmodules";
          text = builtins.readFile gitmodules;
          hasSubmodules =
            builtins.pathExists gitmodules && builtins.replaceStrings [ "[submodule" ] [ "" ] text != text;
          tree = builtins.fetchGit (arguments // { submodules = true; });
        in
        if hasSubmodules then
          fail (
            "${has archived}, which ${thisNix} applies unless it fetches the submodules too, and is"
            + " pinned without them; use Nix 2.20, or: ${otherwise}"
          )
        else if tree.narHash != hash then
          fail (
            "${has archived}; checked out by ${thisNix} with its submodules, if any, it is"
            + " ${tree.narHash}, not ${hash}; use Nix 2.20, or: ${otherwise}"
          )
        else
          tree;

      # Nix 2.3 knows neither narHash nor allRefs, but takes every pattern of refs that git does.
      checkedAfterwards =
        let
          tree = builtins.fetchGit {
            inherit (arguments) name url rev;
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

      tree =
        if lfs && !fetchesLFS then
          fail "has LFS objects, which ${thisNix} cannot fetch; use Nix 2.27, or: ${otherwise}"
        else if givesTreeAsCommitted then
          builtins.fetchGit (
            arguments
            // {
              narHash = hash;
              exportIgnore = false;
            }
            // (if lfs then { inherit lfs; } else { })
          )
        else if converted != [ ] then
          fail "${has converted}, which ${thisNix} applies; use Nix 2.20"
        else if checksHash && (archived == [ ] || submodules) then
          builtins.fetchGit (arguments // { narHash = hash; })
        else if checksHash then
          checkedOut
        else if submodules then
          fail "has submodules, which ${thisNix} cannot fetch; use Nix 2.4, or: ${otherwise}"
        else if archived != [ ] then
          fail "${has archived}, which ${thisNix} applies; use Nix 2.4, or: ${otherwise}"
        else
          checkedAfterwards;
    in
    tree.outPath;

  # Seconds since 1970 as flakes write them, YYYYMMDDHHMMSS. Years are counted from March, so that
  # the day that some of them have more is their last.
  dateOf =
    seconds:
    let
      days = seconds / 86400;
      rest = seconds - days * 86400;
      day = days + 719468;
      era = day / 146097;
      dayOfEra = day - era * 146097;
      leapDays = dayOfEra / 1460 - dayOfEra / 36524 + dayOfEra / 146096;
      yearOfEra = (dayOfEra - leapDays) / 365;
      dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
      monthFromMarch = (5 * dayOfYear + 2) / 153;
      month = if monthFromMarch < 10 then monthFromMarch + 3 else monthFromMarch - 9;
      year = yearOfEra + era * 400 + (if month < 3 then 1 else 0);
      two = number: (if number < 10 then "0" else "") + toString number;
    in
    builtins.concatStringsSep "" [
      (toString year)
      (two month)
      (two (dayOfYear - (153 * monthFromMarch + 2) / 5 + 1))
      (two (rest / 3600))
      (two (rest / 60 - rest / 3600 * 60))
      (two (rest - rest / 60 * 60))
    ];

  # What flakes call a sourceInfo: a tree, and what is known of it. Flakes count on a date.
  sourceInfoOf =
    outPath: facts:
    let
      lastModified = facts.lastModified or 0;
    in
    {
      inherit outPath lastModified;
      lastModifiedDate = dateOf lastModified;
    }
    // builtins.intersectAttrs {
      narHash = null;
      rev = null;
      revCount = null;
      submodules = null;
    } facts
    // (if facts ? rev then { shortRev = builtins.substring 0 7 facts.rev; } else { });

  # The path of what a node of a flake.lock has locked. Each way in which Nix fetches inputs is
  # one of those that Nix 2.3 has too, and checked against the same hash.
  fetchInput =
    {
      fail,
      otherwise,
      locked,
    }:
    let
      need = key: locked.${key} or (fail "has no `${key}` in `flake.lock`; write: ${otherwise}");
      hash = need "narHash";
      type = need "type";
      rev = need "rev";
      archive =
        url:
        builtins.fetchTarball {
          name = "source";
          inherit url;
          sha256 = hash;
        };
      at = host: path: "https://${locked.host or host}/${path}";
      project = "${need "owner"}/${need "repo"}";
      escaped = builtins.replaceStrings [ "/" ] [ "%2F" ] project;

      fetchers = {
        github = archive (at "github.com" "${project}/archive/${rev}.tar.gz");
        gitlab = archive (
          at "gitlab.com" "api/v4/projects/${escaped}/repository/archive.tar.gz?sha=${rev}"
        );
        sourcehut = archive (at "git.sr.ht" "${project}/archive/${rev}.tar.gz");
        tarball = archive (need "url");
        git = treeAsCommitted {
          inherit
            fail
            otherwise
            hash
            rev
            ;
          url = need "url";
          submodules = locked.submodules or false;
          lfs = locked.lfs or false;
          shallow = if locked.shallow or false then builtins.intersectAttrs { ref = null; } locked else null;
        };
        # A flake.lock has the hash of a file's NAR, which builtins.fetchurl cannot check; Nix's
        # own builder of such derivations can.
        file =
          (derivation {
            name = "source";
            url = need "url";
            system = "builtin";
            builder = "builtin:fetchurl";
            outputHashMode = "recursive";
            outputHashAlgo = "sha256";
            outputHash = hash;
            preferLocalBuild = true;
          }).outPath;
        path = fail "is at `${need "path"}` on the machine that locked it; write: ${otherwise}";
      };
    in
    fetchers.${type} or (
      if builtins ? fetchTree then
        (builtins.fetchTree (builtins.seq hash (removeAttrs locked [ "dir" ]))).outPath
      else
        fail "is of the type `${type}`, which ${thisNix} cannot fetch; write: ${otherwise}"
    );

  # The value of a flake as Nix itself makes it, without asking Nix for it: what its flake.nix
  # makes of its inputs, which its flake.lock names.
  #
  # - subject: what an error is said of
  # - caller: what an example of other inputs begins with
  # - sourceInfo, dir: the tree, and where in it flake.nix is
  # - replacements: what to take for inputs, by their names
  flakeOf =
    {
      subject,
      caller ? "",
      sourceInfo,
      dir ? "",
      replacements ? { },
    }:
    let
      failOf = what: problem: throw "pinr: ${what} ${problem}";
      fail = failOf subject;

      # A folder below another one. What lies outside of the tree that both are in is pinned by
      # nobody, so no path may lead there.
      within =
        fail: tree: folder: path:
        let
          textOf = value: builtins.unsafeDiscardStringContext (toString value);
          length = builtins.stringLength (textOf tree);
          inside = builtins.substring length (builtins.stringLength (textOf folder)) (textOf folder);
          down =
            depth: part:
            if builtins.isList part || part == "" || part == "." || depth < 0 then
              depth
            else if part == ".." then
              depth - 1
            else
              depth + 1;
        in
        if path == "" then
          folder
        else if builtins.replaceStrings [ ".." ] [ "" ] path == path then
          folder + "/${path}"
        else if builtins.foldl' down 0 (builtins.split "/" "${inside}/${path}") < 0 then
          fail "is at `${path}`, which leads out of the tree that is pinned"
        else
          folder + "/${path}";
      joined = parts: slashed (builtins.filter (part: part != "") parts);
      backquoted = names: builtins.concatStringsSep ", " (map (name: "`${name}`") names);
      slashed = builtins.concatStringsSep "/";
      isAbsolute = path: builtins.substring 0 1 path == "/";
      # How to write another input for the one whose path is given.
      example = path: "${caller}{ inputs.${builtins.concatStringsSep ".inputs." path} = ...; }";

      directory = within fail sourceInfo.outPath sourceInfo.outPath dir;
      lockAt = directory + "/flake.lock";

      lock =
        if !builtins.pathExists lockAt then
          {
            root = "root";
            nodes.root = { };
          }
        else
          let
            lock = builtins.fromJSON (readable (builtins.readFile lockAt));
            version = lock.version or null;
          in
          if
            builtins.elem version [
              5
              6
              7
            ]
          then
            lock
          else
            fail (
              "has a `flake.lock` of version ${builtins.toJSON version}, which this default.nix"
              + " does not know; run, with the newest pinr: pinr init"
            );

      # Where each node is first met on the way from the root, which is what to call it.
      paths = builtins.listToAttrs (
        map
          (node: {
            name = node.key;
            value = node.path;
          })
          (
            builtins.genericClosure {
              startSet = [
                {
                  key = lock.root;
                  path = [ ];
                }
              ];
              operator =
                node:
                let
                  inputs = lock.nodes.${node.key}.inputs or { };
                  isNode = name: builtins.isString inputs.${name};
                in
                map (name: {
                  key = inputs.${name};
                  path = node.path ++ [ name ];
                }) (builtins.filter isNode (builtins.attrNames inputs));
            }
          )
      );
      subjectAt = path: if path == [ ] then subject else "the input `${slashed path}` of ${subject}";

      # The flake.nix of a folder, which is `dir` to whoever reads an error; no more than this is
      # looked at before it is used as a flake.
      read =
        subject: dir: directory:
        let
          file = joined [
            dir
            "flake.nix"
          ];
          path = directory + "/flake.nix";
          flake = import path;
        in
        if !builtins.pathExists path then
          failOf subject "has no `${file}`, so it is no flake"
        else if !builtins.isFunction (flake.outputs or null) then
          failOf subject "has no function `outputs` in its `${file}`"
        else
          flake;

      # What is known of a flake: its value, and for the flakes that follow them its inputs.
      called =
        {
          flake,
          sourceInfo,
          directory,
          inputs,
        }:
        let
          values = builtins.mapAttrs (name: input: input.value) inputs;
          outputs = flake.outputs (values // { self = value; });
          value =
            outputs
            // sourceInfo
            // {
              outPath = directory;
              inputs = values;
              inherit outputs sourceInfo;
              _type = "flake";
            };
        in
        {
          inherit
            value
            inputs
            sourceInfo
            directory
            ;
          isFlake = true;
        };

      # One that was made elsewhere.
      given = isFlake: value: {
        inherit value isFlake;
        inputs = builtins.mapAttrs (name: given true) (value.inputs or { });
        sourceInfo = value.sourceInfo or value;
        directory = value.outPath;
      };

      rootFlake = read subject dir directory;

      root = called {
        flake = rootFlake;
        inherit sourceInfo directory;
        inputs =
          let
            declared =
              builtins.mapAttrs (name: input: { }) (builtins.functionArgs rootFlake.outputs)
              // (rootFlake.inputs or { });
            locked = lock.nodes.${lock.root}.inputs or { };
          in
          inputsOf [ ] replacements (
            builtins.mapAttrs (name: input: locked.${name} or (unlocked name input)) (
              removeAttrs declared [ "self" ]
            )
          );
      };

      # The nodes of flake.lock as they are, and one with other inputs.
      nodes = builtins.mapAttrs (key: node: if key == lock.root then root else nodeOf { } key) lock.nodes;
      nodeOf =
        replacements: key:
        let
          node = lock.nodes.${key};
          path = paths.${key};
          subject = subjectAt path;
          fail = failOf subject;
          # Lock files of version 5 have a part of it elsewhere.
          locked =
            node.info or { }
            // (node.locked or (fail "has nothing locked in `flake.lock`; write: ${example path}"));
          parent = follow path (node.parent or [ ]);
          inTree = locked.type or null == "path" && !isAbsolute (locked.path or "/");
          fetched = builtins.addErrorContext "while fetching ${subject}" (fetchInput {
            inherit fail locked;
            otherwise = example path;
          });
          sourceInfo =
            if inTree then
              parent.sourceInfo
            else
              sourceInfoOf fetched (
                (if locked.type or null == "git" then { submodules = false; } else { }) // locked
              );
          dir = joined [
            (if inTree then locked.path else "")
            (locked.dir or "")
          ];
          directory = within fail sourceInfo.outPath (
            if inTree then parent.directory else sourceInfo.outPath
          ) dir;
          inputs = inputsOf path replacements (node.inputs or { });
        in
        if node.flake or true then
          called {
            flake = read subject dir directory;
            inherit sourceInfo directory inputs;
          }
        else if replacements != { } then
          fail "is no flake, so it has no inputs that could be replaced"
        else
          given false (
            sourceInfo
            // {
              inherit sourceInfo;
              outPath = directory;
            }
          );

      # The inputs of the flake at a path: `specs` has for each the key of a node, or the path of
      # the input that it follows, from the root.
      inputsOf =
        path: replacements: specs:
        let
          fail = failOf (subjectAt path);
          names = builtins.attrNames specs;
          unknown = builtins.attrNames (removeAttrs replacements names);
          input =
            name: spec:
            let
              path' = path ++ [ name ];
              fail = failOf (subjectAt path');
              original =
                if builtins.isList spec then
                  follow path' spec
                else if builtins.isString spec then
                  nodes.${spec} or (fail "has no node `${spec}` in `flake.lock`")
                else
                  spec;
              replacement = replacements.${name};
              isOfItsInputs = builtins.isAttrs replacement && builtins.attrNames replacement == [ "inputs" ];
            in
            if !(replacements ? ${name}) then
              original
            else if !isOfItsInputs then
              replaced (subjectAt path') original.isFlake replacement
            else if builtins.isString spec then
              nodeOf replacement.inputs spec
            else if builtins.isList spec then
              fail "follows `${slashed spec}`, whose inputs are to be replaced instead"
            else
              original;
        in
        if !builtins.isAttrs replacements then
          fail "has a set of inputs, for which no ${builtins.typeOf replacements} can be taken"
        else if unknown != [ ] then
          fail (
            "has no input `${builtins.head unknown}`; it has "
            + (if names == [ ] then "none" else backquoted names)
          )
        else
          builtins.mapAttrs input specs;

      follow =
        path: target:
        builtins.foldl' (
          node: name:
          node.inputs.${name} or (failOf (subjectAt path) "follows `${slashed target}`, which there is not")
        ) root target;

      # An input of which nothing is in flake.lock.
      unlocked =
        name: input:
        let
          nobodyKnows = failOf (subjectAt [ name ]) (
            "is in no `flake.lock`, so nobody knows which it is; write: ${example [ name ]}"
          );
        in
        if input ? follows then
          builtins.filter (part: builtins.isString part && part != "") (builtins.split "/" input.follows)
        else
          {
            isFlake = input.flake or true;
            inputs = { };
            value = nobodyKnows;
            sourceInfo = nobodyKnows;
            directory = nobodyKnows;
          };

      # What somebody wants in the place of an input: a pin, a flake, or anything that is a path.
      replaced =
        subject: isFlake: value:
        let
          ofTree =
            sourceInfo:
            given isFlake (
              if isFlake then
                flakeOf {
                  subject = "what replaces ${subject}";
                  inherit sourceInfo;
                }
              else
                sourceInfo
            );
          isPath = builtins.typeOf value == "path" || builtins.isString value && isAbsolute value;
          shown = if builtins.isString value then "`${value}`" else "this ${builtins.typeOf value}";
        in
        if builtins.isAttrs value && value ? outPath then
          if builtins.isAttrs (value.outputs or null) then
            given isFlake (if isFlake then value else value.sourceInfo or value)
          else if value ? flake then
            given isFlake (if isFlake then value.flake else value)
          else
            ofTree (sourceInfoOf value.outPath value // (if isFlake then { } else value))
        else if isPath then
          ofTree (sourceInfoOf value { })
        else
          failOf subject "can be replaced by a pin, a flake or an absolute path, not by ${shown}";
    in
    root.value;

  pinned =
    name: pin:
    let
      fail = problem: throw "pinr: the pin `${name}` ${problem}";

      locked =
        if builtins.isAttrs (pin.locked or null) then pin.locked else fail "has nothing locked; ${restore}";

      need = key: locked.${key} or (fail "has no `${key}` locked; ${restore}");

      hash = need "hash";
      submodules = locked.submodules or false;
      lfs = locked.lfs or false;

      converted = convertedOf lfs (locked.attributes or [ ]);

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
        git = treeAsCommitted {
          inherit
            fail
            hash
            submodules
            lfs
            ;
          otherwise = withNixpkgs;
          url = need "url";
          rev = need "revision";
          attributes = locked.attributes or [ ];
        };
        oci = fail "is a container image, which Nix cannot fetch by itself; write: ${withNixpkgs}";
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

      choose = fetchers: builtins.addErrorContext context (fetchers.${need "fetcher"} or unknownFetcher);
      context = "while fetching the pin `${name}`; for more, run: pinr verify ${quote name}";

      unknownFetcher = fail (
        "is fetched by `${need "fetcher"}`, which this default.nix does not know"
        + (if isNewer then " (pins.json is of version ${toString lock.version})" else "")
        + "; run, with the newest pinr: pinr init"
      );
      isNewer = (lock.version or knownVersion) > knownVersion;

      override = overrideOf name;

      isTree = builtins.elem (locked.fetcher or null) [
        "git"
        "tarball"
      ];

      # What is known of it, in words of our own and in those of flakes.
      known =
        builtins.intersectAttrs {
          url = null;
          hash = null;
          revision = null;
          version = null;
          lastModified = null;
        } locked
        // (
          if locked ? revision then
            rec {
              rev = locked.revision;
              shortRev = builtins.substring 0 7 rev;
              shortRevision = shortRev;
            }
          else
            { }
        )
        // (if locked ? lastModified then { lastModifiedDate = dateOf locked.lastModified; } else { })
        // (if isTree then { narHash = hash; } else { })
        // {
          source = pin.source or { };
        };

      outPath = if override == null then choose byNix else override;

      # With a copy in its place nothing is known of what is there.
      sourceInfo = sourceInfoOf outPath (
        if override == null then
          builtins.intersectAttrs {
            lastModified = null;
            narHash = null;
            rev = null;
          } known
          // builtins.intersectAttrs { revCount = null; } locked
          // (if locked.fetcher or null == "git" then { inherit submodules; } else { })
        else
          { }
      );

      flakeWith =
        replacements:
        flakeOf {
          subject = "the pin `${name}`";
          caller = "sources.${builtins.toJSON name} ";
          dir = pin.source.dir or "";
          inherit sourceInfo replacements;
        };

      # With other inputs it is the flake that has them, which is a path and knows of itself too.
      withInputs =
        replacements:
        let
          flake = flakeWith replacements;
        in
        known
        // {
          __functor = self: call (more: withInputs (replacements // more));
        }
        // flake
        // {
          inherit flake;
        };

      withPkgs =
        pkgs:
        if override == null then choose (byNixpkgs pkgs) // known else known // { outPath = override; };

      call =
        withInputs: arguments:
        let
          names = if builtins.isAttrs arguments then builtins.attrNames arguments else [ ];
        in
        if names == [ "pkgs" ] then
          withPkgs arguments.pkgs
        else if names == [ "inputs" ] then
          withInputs arguments.inputs
        else if
          names == [
            "inputs"
            "pkgs"
          ]
        then
          fail (
            "was called with both `pkgs` and `inputs`: a flake is evaluated, so its source has to"
            + " be there before anything is built; leave `pkgs` out"
          )
        else
          fail (
            "was called with something else than { pkgs = ...; } or { inputs = ...; }; to call what"
            + " a file in it has, or to use it as a module or a package, write"
            + " \"\${sources.NAME}/FILE\""
          );
    in
    known
    // {
      inherit outPath;
      flake = flakeWith { };
      __functor = self: call withInputs;
    };
in
builtins.mapAttrs pinned (
  lock.pins or (throw "pinr: ${toString ./pins.json} has no `pins`; ${restore}")
)
