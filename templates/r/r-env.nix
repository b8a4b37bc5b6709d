# r-env.nix: R with packages, all from ../pins.
#
#   nix-shell r/r-env.nix -A shell            a shell that has R and the packages
#   nix-build r/r-env.nix -A env              the same as a package: result/bin/Rscript
#   nix-build r/r-env.nix -A image.layered    the same as an image (see ../images/docker.nix)
#
# As the interpreter of a script: see analysis.R. Packages come from the pinned nixpkgs. What that does not have, or has in
# another version, is pinned with `pinr add cran:NAME`: such a pin goes before the package of nixpkgs.
{
  sources ? import ../pins,
  system ? builtins.currentSystem,
  # Nobody's own settings of nixpkgs have a say: they are not pinned.
  pkgs ? import sources.nixpkgs {
    inherit system;
    config = { };
    overlays = [ ];
  },
  # Packages, by the names that CRAN knows them by: [ "data.table" "ggplot2" ].
  packages ? [ ],
  # A DESCRIPTION, whose Depends and Imports are taken too; null for none.
  description ? if builtins.pathExists ../DESCRIPTION then ../DESCRIPTION else null,
  # What a pinned package needs of the system to be built, by its name: p: { xml2 = [ p.pkg-config p.libxml2.dev ]; }.
  systemInputs ? p: { },
  # The packages that a pinned package needs. Left out, its own DESCRIPTION says so, for which it is unpacked while Nix
  # evaluates; where that may not be (allow-import-from-derivation), write them here: { sf = [ "units" ]; }.
  depends ? { },
}@arguments:
let
  inherit (builtins)
    attrNames
    attrValues
    elem
    filter
    listToAttrs
    map
    pathExists
    readFile
    replaceStrings
    ;
  parser = import ./description.nix;

  # Its name in rPackages: Nix has words of its own, and no dots in names.
  attributeOf =
    name:
    if
      elem name [
        "assert"
        "import"
      ]
    then
      "r_${name}"
    else
      replaceStrings [ "." ] [ "_" ] name;

  pinned = listToAttrs (
    map (pin: {
      inherit (pin.source) name;
      value = build pin;
    }) (filter (pin: pin.source.type or null == "cran") (attrValues sources))
  );

  # Those of nixpkgs that need a pinned one take that, too: R loads one version of each, the first that it finds.
  rPackages =
    if pinned == { } then
      pkgs.rPackages
    else
      pkgs.rPackages.override {
        overrides = listToAttrs (
          map (name: {
            name = attributeOf name;
            value = pinned.${name};
          }) (attrNames pinned)
        );
      };

  build =
    pin:
    let
      inherit (pin.source) name;
      # Flat, as CRAN has it, or a folder: pinned with --unpack, or a local copy (PINR_OVERRIDE_…).
      text =
        if pathExists "${pin}/DESCRIPTION" then
          readFile "${pin}/DESCRIPTION"
        else
          readFile (
            pkgs.runCommand "r-${name}-DESCRIPTION" { src = "${pin}"; } ''
              tar -xOf "$src" ${name}/DESCRIPTION > $out
            ''
          );
      needed = [
        "Depends"
        "Imports"
        "LinkingTo"
      ];
      own =
        if depends ? ${name} then
          map package depends.${name}
        else
          map fitting (parser.dependencies needed (parser.fields text));
    in
    rPackages.buildRPackage {
      # Nixpkgs before 26.05 wants the first of these, and later ones have the other two.
      name = "${name}-${pin.version}";
      pname = name;
      inherit (pin) version;
      src = "${pin}";
      propagatedBuildInputs = own;
      nativeBuildInputs = own ++ (systemInputs pkgs).${name} or [ ];
    }
    // {
      pinnedVersion = pin.version;
    };

  package =
    name:
    pinned.${name} or rPackages.${attributeOf name}
    or (throw "r-env.nix: the pinned nixpkgs has no R package ${name}; pin it: pinr add cran:${name}");

  # As old as it may be, or the pins do not go together: better said now than when the script loads it.
  versionOf = drv: drv.pinnedVersion or (builtins.parseDrvName drv.name).version;
  fitting =
    wanted:
    let
      found = package wanted.name;
    in
    if parser.fits wanted (versionOf found) then
      found
    else
      throw (
        "r-env.nix: ${wanted.name} (${wanted.operator} ${wanted.version}) is asked for, and the pins have"
        + " ${versionOf found}; pin another: pinr add cran:${wanted.name}"
      );

  fields = if description == null then { } else parser.fields (readFile description);
  described = map fitting (
    parser.dependencies [
      "Depends"
      "Imports"
    ] fields
  );
  unfit = filter (wanted: !parser.fits wanted pkgs.R.version) (parser.ofR fields);

  env =
    if unfit == [ ] then
      pkgs.rWrapper.override { packages = map package packages ++ described; }
    else
      throw "r-env.nix: DESCRIPTION asks for another R than ${pkgs.R.version} of the pinned nixpkgs: pinr update nixpkgs";

  # A shell without any variables of its own would have R take every text for ASCII.
  locale = "C.UTF-8";
in
{
  inherit env;

  shell = pkgs.mkShellNoCC {
    packages = [ env ];
    LANG = locale;
  };

  image =
    if builtins.pathExists ../images/docker.nix then
      let
        # An image is for Linux, and so is what is in it; on macOS a remote builder makes it.
        linux = {
          inherit sources;
          system = replaceStrings [ "-darwin" ] [ "-linux" ] system;
        }
        // (if arguments ? pkgs then { inherit pkgs; } else { });
      in
      (import ../images/docker.nix (linux // { r = import ./r-env.nix (arguments // linux); })).r
    else
      throw "r-env.nix: ../images/docker.nix makes the image, and is not there: pinr template apply images";
}
