# description.nix: what a DESCRIPTION of R says, as an attribute set; nothing but Nix's own functions is needed.
#
#   (import ./description.nix).fields (builtins.readFile ./DESCRIPTION)     { Package = "…"; Imports = "…"; … }
#   (import ./description.nix).dependencies [ "Imports" ] fields            [ { name = "cli"; operator = ">="; version = "3.0"; } … ]
let
  inherit (builtins)
    concatMap
    elem
    elemAt
    filter
    foldl'
    head
    isString
    length
    listToAttrs
    match
    split
    ;

  separated = by: text: filter isString (split by text);

  # They come with R itself.
  base = [
    "R"
    "base"
    "compiler"
    "datasets"
    "grDevices"
    "graphics"
    "grid"
    "methods"
    "parallel"
    "splines"
    "stats"
    "stats4"
    "tcltk"
    "tools"
    "utils"
  ];

  # `name (op version)`; a package is in letters, digits and dots.
  dependency =
    field: text:
    let
      parts = match "[[:space:]]*([A-Za-z][A-Za-z0-9.]*)[[:space:]]*(\\([[:space:]]*([<>=!]+)[[:space:]]*([^[:space:])]+)[[:space:]]*\\))?[[:space:]]*" text;
    in
    if match "[[:space:]]*" text != null then
      [ ]
    else if parts == null then
      throw "DESCRIPTION: `${head (match "[[:space:]]*(.*[^[:space:]])[[:space:]]*" text)}` in ${field} is no package; write: NAME (>= VERSION)"
    else
      [
        {
          name = head parts;
          operator = elemAt parts 2;
          version = elemAt parts 3;
        }
      ];
in
rec {
  inherit base;

  # The fields, each on one line: a line that begins with a blank goes on with the field above it.
  fields =
    text:
    let
      add =
        found: line:
        let
          new = match "([^[:space:]:]+):(.*)" line;
          last = elemAt found (length found - 1);
        in
        if match "[[:space:]]*" line != null then
          found
        else if new != null then
          found
          ++ [
            {
              name = head new;
              value = elemAt new 1;
            }
          ]
        else if match "[[:space:]].*" line != null && found != [ ] then
          filter (field: field != last) found ++ [ (last // { value = last.value + line; }) ]
        else
          throw "DESCRIPTION: the line `${line}` is neither `Field: value` nor the rest of the line above it";
    in
    listToAttrs (foldl' add [ ] (separated "\r?\n|\r" text));

  # The packages in these fields, without those that come with R. `operator` and `version` are null where any will do.
  dependencies =
    names: fields:
    filter (found: !elem found.name base) (
      concatMap (field: concatMap (dependency field) (separated "," (fields.${field} or ""))) names
    );

  # The version of R itself that is asked for, in the same form.
  ofR =
    fields:
    filter (found: found.name == "R") (
      concatMap (dependency "Depends") (separated "," (fields.Depends or ""))
    );

  # Whether a version fits: R compares its parts as numbers, be they separated by `.` or `-`, and so does Nix.
  fits =
    { operator, version, ... }:
    actual:
    let
      order = builtins.compareVersions actual version;
    in
    operator == null
    || (
      {
        ">=" = order >= 0;
        ">" = order > 0;
        "<=" = order <= 0;
        "<" = order < 0;
        "==" = order == 0;
        "!=" = order != 0;
      }
      .${operator}
        or (throw "DESCRIPTION: `${operator}` compares no versions; R has >=, >, <=, <, == and !=")
    );
}
