# Stands in for Nixpkgs. Each fetcher takes what the real one takes and no more, and is the
# fixed-output derivation that the real one is; `calledWith` is what it was given.
let
  fetcher =
    outputHashMode: name: arguments:
    derivation {
      name = arguments.name or name;
      system = "x86_64-linux";
      builder = "/bin/sh";
      inherit outputHashMode;
      outputHashAlgo = "sha256";
      outputHash = arguments.sha256;
    }
    // {
      calledWith = arguments;
    };
in
{
  fetchzip =
    {
      name ? "source",
      url,
      sha256,
      stripRoot ? true,
      extension ? "",
    }@arguments:
    fetcher "recursive" name arguments;

  # The one that can be built: Nix brings the builder.
  fetchurl =
    {
      name,
      url,
      sha256,
    }@arguments:
    derivation {
      inherit name url;
      system = "builtin";
      builder = "builtin:fetchurl";
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = sha256;
    }
    // {
      calledWith = arguments;
    };

  fetchgit =
    {
      name,
      url,
      rev,
      sha256,
      fetchSubmodules ? true,
      fetchLFS ? false,
    }@arguments:
    fetcher "recursive" name arguments;

  dockerTools.pullImage =
    {
      imageName,
      imageDigest,
      sha256,
      os ? "linux",
      arch ? "unknown",
      finalImageName ? imageName,
      finalImageTag ? "latest",
    }@arguments:
    fetcher "flat" "image.tar" arguments;
}
