# The machine's R, and packages that stand in for some of CRAN's: they are installed by R itself.
pkgs:
let
  inherit (pkgs) lib;

  # What `R` and `R CMD INSTALL` run.
  R =
    pkgs.program "R"
      [
        "R"
        "Rscript"
      ]
      (
        [
          "/usr/lib/R"
          "/usr/share/R"
          "/etc/R"
          "/usr/lib/locale/C.utf8"
        ]
        ++ map (name: "/usr/bin/${name}") [
          "bash"
          "basename"
          "dirname"
          "expr"
          "grep"
          "ln"
          "mkdir"
          "rm"
          "sed"
          "sh"
          "tar"
          "uname"
          "which"
        ]
      )
    // {
      # As R itself has it written down.
      version = builtins.head (
        builtins.match ".*\nVersion: ([0-9.]+)\n.*" (builtins.readFile /usr/lib/R/library/base/DESCRIPTION)
      );
    };

  unique = builtins.foldl' (
    known: value: if builtins.elem value known then known else known ++ [ value ]
  ) [ ];
  withPropagated =
    packages:
    unique (
      builtins.concatMap (
        package: [ package ] ++ withPropagated (package.propagatedBuildInputs or [ ])
      ) packages
    );
  libraries =
    packages: lib.concatMapStringsSep ":" (package: "${package}/library") (withPropagated packages);

  # Nixpkgs before 26.05 takes `name`, and since then it has the two parts of it.
  buildRPackage =
    {
      name,
      pname,
      version,
      src,
      buildInputs ? [ ],
      nativeBuildInputs ? [ ],
      propagatedBuildInputs ? [ ],
      doCheck ? true,
      requireX ? false,
      meta ? { },
    }:
    assert name == "${pname}-${version}";
    pkgs.runCommand "r-${name}"
      {
        inherit src;
        propagated = propagatedBuildInputs;
      }
      ''
        export HOME=$PWD R_LIBS_SITE=${
          libraries (propagatedBuildInputs ++ buildInputs ++ nativeBuildInputs)
        }
        if [ -d "$src" ]; then cp -r "$src" source; else mkdir source; tar -xf "$src" -C source --strip-components=1; fi
        chmod -R u+w source
        mkdir -p $out/library
        R CMD INSTALL --built-timestamp='1970-01-01 00:00:00 UTC' -l $out/library source
      ''
    // {
      inherit propagatedBuildInputs meta;
    };

  # A package that says of itself which it stands in for.
  standIn =
    name: version: depends:
    buildRPackage {
      name = "${name}-${version}";
      pname = name;
      inherit version;
      propagatedBuildInputs = depends;
      src = pkgs.runCommand "source" { } ''
        mkdir -p $out/R
        cat > $out/DESCRIPTION <<END
        Package: ${name}
        Version: ${version}
        Title: Stand-in for ${name}
        Description: It says its own name.
        Author: pinr
        Maintainer: pinr <pinr@example.org>
        License: MIT
        END
        echo 'export(stand_in)' > $out/NAMESPACE
        echo 'stand_in <- function() "${name} ${version}"' > $out/R/stand_in.R
      '';
    };

  # As in nixpkgs: what is put in the place of one is what the others take too.
  packagesWith =
    overrides:
    let
      self = {
        inherit buildRPackage;
        R6 = standIn "R6" "2.6.1" [ ];
        cli = standIn "cli" "3.6.5" [ ];
        data_table = standIn "data.table" "1.17.8" [ ];
        jsonlite = standIn "jsonlite" "2.0.0" [ ];
        r_import = standIn "import" "1.3.4" [ ];
        rlang = standIn "rlang" "1.1.6" [ self.cli ];
      }
      // overrides;
    in
    self // { override = { overrides }: packagesWith overrides; };
in
{
  inherit R;

  rPackages = packagesWith { };

  rWrapper = {
    override =
      {
        packages ? [ ],
        recommendedPackages ? [ ],
      }:
      pkgs.runCommand "R-${R.version}-wrapper" { } ''
        mkdir -p $out/bin
        for name in R Rscript; do
          {
            echo '#!${pkgs.runtimeShell}'
            echo 'export R_LIBS_SITE=${
              libraries (packages ++ recommendedPackages)
            }''${R_LIBS_SITE:+:$R_LIBS_SITE}'
            echo "exec ${R}/bin/$name \"\$@\""
          } > $out/bin/$name
          chmod +x $out/bin/$name
        done
      '';
  };
}
