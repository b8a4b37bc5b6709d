# R and its packages.
pkgs: { }
