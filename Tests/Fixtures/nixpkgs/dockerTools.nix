# What dockerTools has, as it is called there.
pkgs: { }
