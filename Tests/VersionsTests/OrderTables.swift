import Versions

/// The orders that schemes have by their specifications, and those that their own tools gave.
enum OrderTables {
    static let specified: [OrderChain] = semver + pep440 + rubygems + numbers + nix

    static let semver = [
        OrderChain(
            .semver, from: "https://semver.org/spec/v2.0.0.html, item 11.2", "1.0.0 < 2.0.0 < 2.1.0 < 2.1.1"),
        OrderChain(.semver, from: "item 11.3", "1.0.0-alpha < 1.0.0"),
        OrderChain(
            .semver, from: "item 11.4",
            """
            1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 \
            < 1.0.0
            """),
        OrderChain(
            .semver, from: "item 9", "1.0.0-0.3.7 < 1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-x.7.z.92 < 1.0.0-x-y-z.-"),
        OrderChain(
            .semver, from: "item 10",
            "1.0.0-alpha = 1.0.0-alpha+001 < 1.0.0-beta+exp.sha.5114f85 < 1.0.0+20130313144700"),
        OrderChain(
            .semver, from: "item 10, no precedence", "1.0.0 = 1.0.0+21AF26D3----117B344092BD = 1.0.0+a = 1.0.0+b"),
        OrderChain(
            .semver, from: "item 11.4.1 to 11.4.4: digits as numbers, others by ASCII",
            "1.0.0-0 < 1.0.0-1 < 1.0.0-2 < 1.0.0-10 < 1.0.0-- < 1.0.0-1a < 1.0.0-A < 1.0.0-RC < 1.0.0-Z.9 < 1.0.0-a < 1.0.0"
        ),
        OrderChain(
            .semver, from: "item 11.4.2: letters and digits are one text",
            "1.0.0-rc.1 < 1.0.0-rc.2 < 1.0.0-rc1 < 1.0.0-rc10 < 1.0.0-rc2 < 1.0.0-rc9 < 1.0.0"),
        OrderChain(
            .semver, from: "numbers of any length",
            """
            9223372036854775807.0.0 < 9223372036854775808.0.0 < 18446744073709551616.0.0 \
            < 99999999999999999999999.999999999999999999.99999999999999999 \
            < 99999999999999999999999.999999999999999999.99999999999999998888888
            """),
    ]

    static let pep440 = [
        OrderChain(
            .pep440, from: "version specifiers, summary of permitted suffixes and relative ordering",
            """
            1.dev0 < 1.0.dev456 < 1.0a1 < 1.0a2.dev456 < 1.0a12.dev456 < 1.0a12 < 1.0b1.dev456 < 1.0b2 \
            < 1.0b2.post345.dev456 < 1.0b2.post345 < 1.0rc1.dev456 < 1.0rc1 < 1.0 < 1.0+abc.5 < 1.0+abc.7 < 1.0+5 \
            < 1.0.post456.dev34 < 1.0.post456 < 1.0.15 < 1.1.dev1
            """),
        OrderChain(
            .pep440, from: "version specifiers, examples of compliant version schemes",
            "0.9 < 0.9.1 < 0.9.2 < 0.9.10 < 0.9.11 < 1.0 < 1.0.1 < 1.1 < 2.0 < 2.0.1"),
        OrderChain(
            .pep440, from: "version specifiers, version epochs",
            "1.0 < 1.1 < 2.0 < 2013.10 < 2014.04 < 1!1.0 < 1!1.1 < 1!2.0"),
        OrderChain(
            .pep440, from: "version specifiers, normalization",
            """
            1.0.dev0 = 1.0.DEV = 1.0dev = 1.0-dev0 < 1.1a1 = 1.1.a1 = 1.1-a1 = 1.1alpha1 = 1.1_ALPHA.1 < 1.1b2 = 1.1-beta_2 \
            < 1.1rc3 = 1.1c3 = 1.1pre3 = 1.1-preview-3 < 1.1 = v1.1 = 1.01 = 1.1.0 < 1.2a0 = 1.2a \
            < 1.2.post0 = 1.2.post = 1.2-r = 1.2rev < 1.2.post2 = 1.2-2 = 1.2-post-2 = 1.2post2 < 1.3+ubuntu.1 = 1.3+ubuntu-1
            """),
        OrderChain(
            .pep440, from: "what Python's packaging 26.4 sorts",
            """
            1.0.dev0 = 1.0.DEV < 1.0.dev1 < 1.0.dev456 < 1.0a1.dev1 < 1.0a1 = 1.0.alpha1 = 1.0-A-1 < 1.0a2.dev456 \
            < 1.0a12.dev456 < 1.0a12 < 1.0b1.dev456 < 1.0b2 = 1.0beta2 < 1.0b2.post345.dev456 < 1.0b2.post345 \
            < 1.0rc1.dev456 < 1.0rc1 = 1.0c1 = 1.0-pre1 = 1.0.preview_1 < 1.0rc2 < 0!1.0 = 1.0 = v1.0 = 1.0.0 < 1.0+abc.5 \
            < 1.0+abc.7 < 1.0+ubuntu-1 = 1.0+ubuntu.1 < 1.0+5 < 1.0.post456.dev34 \
            < 1.0.post456 = 1.0-456 = 1.0.rev456 = 1.0.r456 < 1.1.dev1 < 1.1 < 1.1+local < 1.1.post0 = 1.1.post < 1.1.0.1 \
            < 1.2rc1 < 1.2 < 1.10 < 2013.10 < 2014.04 < 1!1.0 < 1!1.1 < 1!2013.10 < 2!0.1.dev1
            """),
    ]

    static let rubygems = [
        OrderChain(
            .rubygems, from: "https://docs.ruby-lang.org/en/master/Gem/Version.html",
            "1.0.a < 1.0.a9 < 1.0.a10 = 1.0.a.10 < 1.0.b1 < 1.0 < 1.1 < 1.1.3 < 1.1.3.1 < 2"),
        OrderChain(
            .rubygems, from: "what RubyGems 3.3.15 sorts",
            """
            0.0.a = 0.a < 0 < 1.A < 1.a < 1.0.a.2 < 1.0.a9 < 1.0.a10 < 1.0.b1 < 1-1 = 1.pre.1 < 1 = 1.0 = 1.0.0 < 1.0.1 \
            < 1.1.rc1 < 1.1 < 1.2.3.a.4 < 1.8.2.a < 1.8.2.a9 < 1.8.2.a10 < 1.8.2.b < 1.8.2 < 5.0.0.beta1 < 5.0.0.beta1.1 \
            < 5.0.0.racecar1 < 5.0.0.rc1 < 5.0.0.rc2 < 5.0.0 < 5.0.0.1
            """),
        OrderChain(
            .rubygems, from: "rails on rubygems.org",
            "6.1.7.10 < 7.0.0.alpha1 < 7.0.0.alpha2 < 7.0.0.rc1 < 7.0.0.rc3 < 7.0.0 < 7.0.8.7 < 7.1.0.beta1 < 7.1.0"),
    ]

    static let numbers = [
        OrderChain(
            .haskell, from: "https://pvp.haskell.org/",
            "1 < 1.0 < 1.0.0 < 1.0.0.0 < 1.0.1 < 1.1 < 1.9 < 1.10 < 2.0.0.0.1"),
        OrderChain(
            .haskell, from: "bytestring and lens on hackage.haskell.org",
            "0.9.2.1 < 0.10.0.0 < 0.10.12.1 < 0.11.0.0 < 0.11.5.3 < 0.12 < 0.12.0.2 < 4.7.0.1 < 4.19 < 5 < 5.2.3"),
        OrderChain(
            .r, from: "what compareVersion of R 4.2.2 gives",
            """
            1.0 < 1.0-0 < 1.0-1 = 1.0.1 = 1.0-01 < 1.0-2 < 1.0-10 < 1.1 < 1.2 < 1.2.0 < 1.2-3 < 1.2.3.9000 < 1.10 < 2.0 \
            < 3.1-12 < 5.0-12 < 5.1-0 < 7.1-12 < 7.2-0 < 2021.1.0
            """),
        OrderChain(
            .r, from: "examples of compareVersion, and MASS and Matrix on CRAN",
            "7.1-12 < 7.2-0 < 7.3-9 < 7.3-58.4 < 7.3-60 < 7.3-60.0.1 < 7.3-60.1"),
    ]

    static let nix = [
        OrderChain(
            .nix, from: "https://nix.dev/manual/nix/stable/command-ref/nix-env/upgrade, its examples",
            "2.3pre1 < 2.3pre3 < 2.3pre12 < 2.3 < 2.3a < 2.3c < 2.3q < 2.3.1 < 2.3.1a < 2.5 < 3.1"),
        OrderChain(
            .nix, from: "what builtins.compareVersions of Nix 2.8.0 gives",
            """
            nixos-25.05 < 1.0 < 2.1 < 2.3pre1 < 2.3pre3 < 2.3pre12 < 2.3 < 2.3a = 2.3.a < 2.3c < 2.3q < 2.3.0 < 2.3.1 \
            < 2.3.1a < 2.5 < 3.1 < 24.11 < 25.05pre-git < 25.05pre712345.abc < 25.05 < 25.05.712345 < 25.11beta1.x < 25.11.1
            """),
    ]
}
