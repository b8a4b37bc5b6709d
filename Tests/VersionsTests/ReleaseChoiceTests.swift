import Testing
import Versions

struct ReleaseChoiceTests {
    typealias Verdict = ReleaseChoice.Verdict

    // MARK: Winners of real lists of tags

    static let projects: [(tags: String, prefix: String?, winner: String?)] = [
        ("v6.5 v6.6-rc7 v6.6 v6.6.10 v6.7-rc1 v2.6.39.4", nil, "v6.6.10"),
        ("jq-1.5rc1 jq-1.5 jq-1.7rc2 jq-1.7.1 jq-1.7", nil, "jq-1.7.1"),
        ("curl-7_88_1 curl-8_5_0 curl-8_10_1 curl-8_9_1 curl-8_11_0-rc1 before_ftp_statemachine", nil, "curl-8_10_1"),
        ("curl-8_5_0 curl-8_10_1 tiny-curl-8_4_0", nil, nil),
        ("curl-8_5_0 curl-8_10_1 tiny-curl-8_4_0", "curl-", "curl-8_10_1"),
        ("go1 go1.0.1 go1.21.13 go1.22rc1 go1.22.1 go1.22.10 weekly", nil, "go1.22.10"),
        ("REL_15_10 REL_16_1 REL_16_BETA1 REL_17_RC1 REL9_6_24", "REL_", "REL_16_1"),
        ("REL_15_10 REL_16_1 REL9_6_24", nil, nil), ("REL9_5_25 REL9_6_24", nil, "REL9_6_24"),
        (
            "OpenSSL_1_1_1 OpenSSL_1_1_1w OpenSSL_1_1_1v openssl-3.0.0-alpha17 openssl-3.2.0 openssl-3.0.15",
            "openssl-", "openssl-3.2.0"
        ),
        ("OpenSSL_1_1_1 OpenSSL_1_1_1w OpenSSL_1_1_1v openssl-3.2.0", "OpenSSL_", "OpenSSL_1_1_1w"),
        ("V_9_7_P1 V_9_8_P1 V_10_0_P2 V_9_9_P2", nil, "V_10_0_P2"),
        ("v3.12.4 v3.13.0rc2 v3.13.0a1 v3.9.20 v2.7.18", nil, "v3.12.4"),
        ("v1.29.0 v1.30.0-alpha.0 v1.29.1 v1.9.11", nil, "v1.29.1"),
        ("v20.9.0 v20.10.0 v9.11.2 v21.0.0-nightly20231001", nil, "v20.10.0"),
        ("23.11 24.05 24.11-beta 24.05-pre backups/old", nil, "24.05"),
        ("nixos-24.05 nixos-24.11", nil, "nixos-24.11"),
        ("2023.12.30 2024.03.10 2024.08.06 nightly", nil, "2024.08.06"),
        ("2023-12-31 2024-01-15 2024-01-15-1", nil, "2024-01-15-1"), ("20231231 20240115 20240201", nil, "20240201"),
        ("RELEASE.2024-01-05T22-17-24Z RELEASE.2024-01-16T16-07-38Z", nil, "RELEASE.2024-01-16T16-07-38Z"),
        ("b999 b4500 b1000", nil, "b4500"),
        ("4.1.0.CR7 4.1.0.Final 4.1.9.Final 4.1.10.Final 5.0.0.Alpha2", nil, "4.1.10.Final"),
        ("rel/log4j-2.20.0 rel/log4j-2.9.1 rel/log4j-3.0.0-beta1", nil, "rel/log4j-2.20.0"),
        ("cli/v1.2.3 cli/v1.10.0", nil, "cli/v1.10.0"), ("cli/v1.2.3 lib/v2.0.0", nil, nil),
        ("cli/v1.2.3 lib/v2.0.0 cli/v1.10.0", "cli/", "cli/v1.10.0"),
        ("cli/v1.2.3 lib/v2.0.0 cli/v1.10.0", "cli/v", "cli/v1.10.0"),
        ("pkg@1.2.3 pkg@1.10.0", nil, "pkg@1.10.0"), ("h2-1.4 h2-1.10", nil, "h2-1.10"),
        ("1.0 foo-2.0", nil, "1.0"), ("foo-2.0 bar", nil, "foo-2.0"),
        ("nightly-2024-01-15 nightly-2024-01-16", nil, nil),
        ("nightly-2024-01-15 nightly-2024-01-16", "nightly-", "nightly-2024-01-16"), ("", nil, nil),
        (
            "poco-1.13.3-release poco-1.14.2-release poco-1.14.1-release poco-1.15.0-release-candidate-1", nil,
            "poco-1.14.2-release"
        ),
        ("latest stable", nil, nil),
        ("1.0-rc1 0.9-beta", nil, nil), ("v1.2 1.2.0", nil, "v1.2"), ("1.2.0 v1.2.0", nil, "v1.2.0"),
        ("jdk-17.0.9+8 jdk-17.0.9+10 jdk-17.0.9+9", "jdk-", "jdk-17.0.9+10"), ("v2.x v1.9", nil, "v1.9"),
        ("1.0 foo-2.0", "bar-", nil), ("1.0 foo-2.0", "", "1.0"),
    ]

    @Test(arguments: projects)
    func winner(tags: String, prefix: String?, winner: String?) {
        let tags = tags.split(separator: " ").map(String.init)
        for order in [tags, tags.reversed(), tags.sorted()] {
            let choice = ReleaseChoice.choose(among: order, prefix: prefix)
            #expect(choice.chosen?.text == winner)
            #expect(choice.candidates.map(\.text).sorted() == tags.sorted())
        }
    }

    // MARK: Why the others did not

    private func verdicts(_ choice: ReleaseChoice) -> [String: Verdict] {
        Dictionary(choice.candidates.map { ($0.text, $0.verdict) }) { first, _ in first }
    }

    @Test func verdictsOfTags() throws {
        let choice = ReleaseChoice.choose(
            among: ["foo-1.0", "2.0", "foo-latest", "foo-1.2", "foo-1.1", "foo-1.3-rc1", "foo-2.0"], prefix: "foo-",
            range: try VersionRange(parsing: ">=1.1,<2", scheme: .release))
        #expect(
            choice.candidates.map(\.text) == [
                "foo-2.0", "foo-1.3-rc1", "foo-1.2", "foo-1.1", "foo-1.0", "2.0", "foo-latest",
            ])
        #expect(
            choice.candidates.map(\.verdict) == [
                .outOfRange("<2"), .preRelease, .chosen, .older, .outOfRange(">=1.1"), .lacksPrefix("foo-"),
                .notAVersion,
            ])
        #expect(choice.chosen?.version?.text == "1.2")
        #expect(choice.prefix == "foo-" && !choice.isPrefixInferred)
    }

    @Test func preReleasesWhenAskedFor() throws {
        let tags = ["1.0", "1.1-rc1", "1.1-rc2", "2.0-beta1"]
        #expect(ReleaseChoice.choose(among: tags).chosen?.text == "1.0")
        #expect(ReleaseChoice.choose(among: tags, preReleases: true).chosen?.text == "2.0-beta1")
        let below = try VersionRange(parsing: "<2", scheme: .release)
        #expect(ReleaseChoice.choose(among: tags, range: below, preReleases: true).chosen?.text == "1.1-rc2")
        let exact = try VersionRange(parsing: "=1.1-rc1", scheme: .release)
        #expect(ReleaseChoice.choose(among: tags, range: exact).chosen?.text == "1.1-rc1")
        let from = try VersionRange(parsing: ">=1.1-rc1", scheme: .release)
        #expect(ReleaseChoice.choose(among: tags, range: from).chosen == nil)
    }

    @Test func objections() {
        let choice = ReleaseChoice.choose(
            among: [
                ReleaseChoice.Offer("1.3", objection: .yanked("broken")),
                ReleaseChoice.Offer("1.2", objection: .yanked(nil)),
                ReleaseChoice.Offer("1.4", objection: .unusable("no sdist")), ReleaseChoice.Offer("1.1"),
                ReleaseChoice.Offer("1.0"),
                ReleaseChoice.Offer("1.5rc1", objection: .yanked("never shown")), ReleaseChoice.Offer("not one"),
            ], scheme: .pep440)
        #expect(
            verdicts(choice) == [
                "1.5rc1": .preRelease, "1.4": .unusable("no sdist"), "1.3": .yanked("broken"), "1.2": .yanked(nil),
                "1.1": .chosen, "1.0": .older, "not one": .notAVersion,
            ])
    }

    // MARK: Prefixes

    @Test func inferredPrefix() {
        let choice = ReleaseChoice.choose(among: ["jq-1.7", "jq-1.6", "main"])
        #expect(choice.prefix == "jq-" && choice.isPrefixInferred && choice.possiblePrefixes == ["jq-"])
        #expect(verdicts(choice) == ["jq-1.7": .chosen, "jq-1.6": .older, "main": .lacksPrefix("jq-")])
        #expect(choice.chosen?.version?.text == "1.7")
    }

    /// A tag that is a version as it stands is what people mean, a pre-release too.
    @Test(arguments: ["0.1", "v0.1-rc1"])
    func plainTagsWin(tag: String) {
        let choice = ReleaseChoice.choose(among: ["jq-1.7", tag])
        #expect(choice.prefix == nil && !choice.isPrefixInferred && choice.possiblePrefixes.isEmpty)
        #expect(verdicts(choice)["jq-1.7"] == .notAVersion)
    }

    @Test func severalPrefixesAreNamed() {
        let choice = ReleaseChoice.choose(among: ["lib/v1.0", "cli/v1.0", "cli/v1.1", "REL_1_2", "docs"])
        #expect(choice.chosen == nil && choice.prefix == nil && !choice.isPrefixInferred)
        #expect(choice.possiblePrefixes == ["REL_", "cli/", "lib/"])
        #expect(choice.candidates.allSatisfy { $0.verdict == .notAVersion })
    }

    @Test func registriesHaveNoPrefixes() {
        #expect(ReleaseChoice.choose(among: ["jq-1.7"], scheme: .pep440).chosen == nil)
        #expect(ReleaseChoice.choose(among: ["jq-1.7"], scheme: .pep440).possiblePrefixes.isEmpty)
    }

    /// A prefix counts by bytes; an accent behind it makes it no other text.
    @Test func prefixesByBytes() {
        let choice = ReleaseChoice.choose(among: ["e\u{301}1.0", "\u{e9}-1.0", "e1.0"], prefix: "e")
        #expect(
            choice.candidates.map(\.verdict) == [.chosen, .notAVersion, .lacksPrefix("e")])
    }

    @Test func manyTags() {
        let tags = (0..<5000).map { "v1.\($0 * 7 % 5000).0" }
        let choice = ReleaseChoice.choose(among: tags)
        #expect(choice.chosen?.text == "v1.4999.0" && choice.candidates.count == 5000)
    }
}
