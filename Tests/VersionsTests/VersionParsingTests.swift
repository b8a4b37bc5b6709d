import Testing
import Versions

/// What is a version of which scheme, and which of them are pre-releases.
struct VersionParsingTests {
    // MARK: SemVer: the lists of valid and invalid texts beside the regular expression of semver.org

    @Test(
        arguments: """
            0.0.4 1.2.3 10.20.30 1.1.2-prerelease+meta 1.1.2+meta 1.1.2+meta-valid 1.0.0-alpha 1.0.0-beta 1.0.0-alpha.beta \
            1.0.0-alpha.beta.1 1.0.0-alpha.1 1.0.0-alpha0.valid 1.0.0-alpha.0valid \
            1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay 1.0.0-rc.1+build.1 2.0.0-rc.1+build.123 1.2.3-beta \
            10.2.3-DEV-SNAPSHOT 1.2.3-SNAPSHOT-123 1.0.0 2.0.0 1.1.7 2.0.0+build.1848 2.0.1-alpha.1227 1.0.0-alpha+beta \
            1.2.3----RC-SNAPSHOT.12.9.1--.12+788 1.2.3----R-S.12.9.1--.12+meta 1.2.3----RC-SNAPSHOT.12.9.1--.12 \
            1.0.0+0.build.1-rc.10000aaa-kk-0.1 99999999999999999999999.999999999999999999.99999999999999999 1.0.0-0A.is.legal
            """.split(separator: " ").map(String.init))
    func semver(text: String) throws {
        let version = try #require(Version(text, scheme: .semver))
        let release = try #require(Version("v" + text, scheme: .release))
        let hasPreRelease = text.prefix { $0 != "+" }.contains("-")
        #expect(version.isPreRelease == hasPreRelease)
        #expect(release.isPreRelease == hasPreRelease)
    }

    @Test(
        arguments: """
            1 1.2 1.2.3-0123 1.2.3-0123.0123 1.1.2+.123 +invalid -invalid -invalid+invalid -invalid.01 alpha alpha.beta \
            alpha.beta.1 alpha.1 alpha+beta alpha_beta alpha. alpha.. beta 1.0.0-alpha_beta -alpha. 1.0.0-alpha.. \
            1.0.0-alpha..1 1.0.0-alpha...1 1.0.0-alpha....1 01.1.1 1.01.1 1.1.01 1.2.3.DEV 1.2-SNAPSHOT \
            1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788 1.2-RC-SNAPSHOT -1.0.3-gamma+b7718 +justmeta 9.8.7+meta+meta \
            9.8.7-whatever+meta+meta \
            99999999999999999999999.999999999999999999.99999999999999999----RC-SNAPSHOT.12.09.1----------------------..12 \
            v1.2.3 1.2.3- 1.2.3+ 1.2.3.4 1.2.3-é
            """.split(separator: " ").map(String.init) + ["", " 1.2.3", "1.2.3\n"])
    func noSemVer(text: String) { #expect(Version(text, scheme: .semver) == nil) }

    // MARK: Release tags

    @Test(
        arguments: """
            latest nightly stable main release-1.2 jq-1.7.1 nixos-25.05 project/v1.2.3 v release v1.x 2.x 1.2.X 3rdparty 2to3 \
            64bit 8f3c2a1 1.2foo 1.2.3foo 1_2foo x1 1.0- 1.0. 1..0 1.0-- -1 .1 v-- v..1 1.0+ 1.0+a+b 1/2 1:2 1.0~rc1 1!2.0 \
            1.0^{} vv1 1.0@ ١.٢ v1.0é 1.0-ü 1.0b1foo
            """.split(separator: " ").map(String.init) + ["", " 1.0", "1.0 ", "1.0\0", "1.\u{301}0", "v1.0\n"])
    func noRelease(text: String) { #expect(Version(text, scheme: .release) == nil) }

    @Test(
        arguments: """
            1.0-rc1 1.0rc1 1.0.dev3 1.0b2 1.0alpha 2.0.0.beta1 1.0-pre3 1.0-SNAPSHOT 1.0-M1 1.0-preview v1.0-nightly \
            1.0.canary.5 1.0-unknown 1.0.0-1 1.0.0-0.1 v1.2.3-4-gdeadbee 1.1.1w-rc1 1.0-p1-beta 18-init 1.0-8f3c2a1
            """.split(separator: " ").map(String.init))
    func preReleases(text: String) throws { #expect(try #require(Version(text, scheme: .release)).isPreRelease) }

    @Test(
        arguments: """
            1 v1 1.0 1.0-1 1.0p1 1.0.post1 1.1.1w 9_8p1 V_9_8_P1 2024-01-15 2024-01-16T16-07-38Z 4.1.0.Final 1.0+rc1 1.0.0+rc.1 \
            1.0-ga 1.2.3.4 1.0-r3 1.0a 0.9.8zh
            """.split(separator: " ").map(String.init))
    func releases(text: String) throws { #expect(try !#require(Version(text, scheme: .release)).isPreRelease) }

    // MARK: The others

    @Test(arguments: [
        (VersionScheme.pep440, "1.0.dev1", true), (.pep440, "1.0a1", true), (.pep440, "1.0.post1.dev2", true),
        (.pep440, "1.0rc1.post1", true), (.pep440, "1.0", false), (.pep440, "1.0.post1", false),
        (.pep440, "1.0+rc1", false),
        (.pep440, " v1.0 ", false), (.rubygems, "1.0.a", true), (.rubygems, "1.0-1", true), (.rubygems, "1.0", false),
        (.haskell, "1.0", false), (.r, "1.0-1", false), (.nix, "25.05pre7.abc", true), (.nix, "25.05", false),
        (.nix, "25.05-beta", false), (.nix, "", false),
    ])
    func preReleasesOf(scheme: VersionScheme, text: String, isPreRelease: Bool) throws {
        #expect(try #require(Version(text, scheme: scheme)).isPreRelease == isPreRelease)
    }

    @Test(arguments: [
        (
            VersionScheme.pep440,
            [
                "", "v", "french toast", "1.0+a+", "1.0++", "1.0+_foobar", "1.0+foo&asd", "1.0-1a", "!1", "1!", "1.0.",
                "1.0 a", "1.0+é",
            ]
        ),
        (
            .rubygems,
            [
                "", "junk", "1.0\n2.0", "1..2", "1.2\u{20}3.4",
                "2.3422222.222.222222222.22222.ads0as.dasd0.ddd2222.2.qd3e.", "1.0+b", "a.1",
            ]
        ),
        (.haskell, ["", "1.", ".1", "1..2", "01", "1.02", "1.0-1", "1a", "1.0 "]),
        (.r, ["", "1", "1.", "1..2", "1.-2", "-1.2", "1.2a", "1_2"]),
    ])
    func noVersions(scheme: VersionScheme, texts: [String]) {
        for text in texts { #expect(Version(text, scheme: scheme) == nil, "\(text)") }
    }

    /// Neither a crash nor time that grows faster than the length, which would make this last for minutes.
    @Test(arguments: VersionScheme.allCases)
    func ofAnyLength(scheme: VersionScheme) throws {
        for piece in ["1", "1.", "1-", "1_", "a", "a1", ".a", "1.a1", "-", "+", "rc1", "+1.", "\u{301}", "1!"] {
            let text = "1.2.3" + String(repeating: piece, count: 3_000)
            if let version = Version(text, scheme: scheme) { #expect(version.precedence(over: version) == 0) }
            let choice = ReleaseChoice.choose(
                among: ["x-" + text, String(repeating: piece, count: 3_000)], scheme: scheme)
            #expect(choice.candidates.count == 2)
            _ = try? VersionRange(parsing: ">=" + text, scheme: scheme)
        }
        let digits = String(repeating: "9", count: 100_000)
        let longer = try #require(Version("1." + digits + "9", scheme: scheme == .semver ? .release : scheme))
        let long = try #require(Version("1." + digits, scheme: scheme == .semver ? .release : scheme))
        #expect(long.isOlder(than: longer))
    }
}
