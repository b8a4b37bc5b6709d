# The folder from which the builder's image is built: the files of this folder, and the packages that are pinned as
# `apk-NAME` in packages/, under the names that apk knows them by. `build-args` has what Containerfile asks for, a line each:
#
#   podman build --build-arg LINE … --network none --timestamp 0 --format docker RESULT
{
  sources ? import ../pins,
  # Nobody's own settings of nixpkgs have a say: they are not pinned.
  pkgs ? import sources.nixpkgs {
    config = { };
    overlays = [ ];
  },
}:

let
  inherit (builtins)
    attrNames
    concatStringsSep
    filter
    fromJSON
    hashFile
    head
    match
    readFile
    ;

  lock = ../pins/pins.json;
  pins = (fromJSON (readFile lock)).pins;
  base =
    if !(pins ? alpine) then
      throw "there is no pin called alpine: pinr add oci:alpine:3.22 --name alpine"
    else if pins.alpine.locked.fetcher != "oci" then
      throw "the pin alpine is no image: pinr add oci:alpine:3.22 --name alpine --force"
    else
      pins.alpine.locked;

  # Those that are called as their file. What else is called apk-… is somebody's own.
  isPackage =
    name:
    let
      called = match "(.+)-[^-]+-r[0-9]+\\.apk" (baseNameOf (pins.${name}.locked.url or ""));
    in
    called != null && name == "apk-${head called}";
  packages = filter isPackage (attrNames pins);

  # The name in the address, not the one in the store: apk's own, in which Nix does not take every byte.
  copyPackage = name: "cp ${sources.${name}} 'packages/${baseNameOf pins.${name}.locked.url}'";

  files = [
    ./Containerfile
    ./accounts.sh
    ./entrypoint.sh
    ./healthcheck.sh
    ./nix.conf
    ./serve.sh
    ./sshd_config
  ];
in
if packages == [ ] then
  throw "no package is pinned as apk-NAME: alpine/packages.sh lock"
else
  pkgs.runCommand "nix-builder-context" { } ''
    mkdir -p $out/packages
    cd $out
    ${concatStringsSep "\n" (map (file: "cp ${file} ${baseNameOf file}") files)}
    ${concatStringsSep "\n" (map copyPackage packages)}
    cat >build-args <<END
    BASE_NAME=${base.image}
    BASE_DIGEST=${base.digest}
    PINS=sha256:${hashFile "sha256" lock}
    END
  ''
