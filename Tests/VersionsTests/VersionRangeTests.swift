import Testing
import Versions

struct VersionRangeTests {
    // MARK: What is in a range

    private func check(_ row: RangeTables.Row, _ scheme: VersionScheme) throws {
        let range = try VersionRange(parsing: row.range, scheme: scheme)
        for (texts, isInside) in [(row.inside, true), (row.outside, false)] {
            for text in texts.split(separator: " ") {
                let version = try #require(Version(String(text), scheme: scheme), "\(text)")
                #expect(range.contains(version) == isInside, "\(text) in \(row.range)")
                #expect((range.firstUnmetClause(by: version) == nil) == isInside)
            }
        }
    }

    @Test(arguments: RangeTables.releases) func releases(row: RangeTables.Row) throws { try check(row, .release) }

    @Test(arguments: RangeTables.pep440) func pep440(row: RangeTables.Row) throws { try check(row, .pep440) }

    @Test(arguments: RangeTables.others) func others(scheme: VersionScheme, row: RangeTables.Row) throws {
        try check(row, scheme)
    }

    @Test func noOtherScheme() throws {
        let range = try VersionRange(parsing: ">=1", scheme: .release)
        #expect(try !range.contains(#require(Version("2.0.0", scheme: .semver))))
    }

    // MARK: Text

    @Test(arguments: [
        (">= 1.2 , <2", ">=1.2,<2"), ("== 1.2.3", "=1.2.3"), ("1.2.*", "=1.2.*"), ("==1.2.*", "=1.2.*"),
        ("~> 1.2", "~>1.2"),
        ("\t!=v1.3\n", "!=v1.3"), ("^1.2", "^1.2"), (">=1.2.0", ">=1.2.0"),
    ])
    func canonical(text: String, canonical: String) throws {
        let range = try VersionRange(parsing: text, scheme: .release)
        #expect(range.text == canonical)
        #expect(try VersionRange(parsing: canonical, scheme: .release) == range)
    }

    @Test func upperBounds() throws {
        let range = try VersionRange(parsing: ">=1.2", scheme: .release)
        #expect(try range.adding(upperBound: "2").text == ">=1.2,<2")
        #expect(try range.adding(upperBound: "2").adding(upperBound: " 2 ").text == ">=1.2,<2")
        #expect(try VersionRange.below("2", scheme: .release).text == "<2")
        #expect(throws: VersionRangeError.nothingFits(">=1.2", "<1")) { try range.adding(upperBound: "1") }
        #expect(throws: VersionRangeError.notAVersion("two", .release, at: 0)) { try range.adding(upperBound: "two") }
        #expect(throws: VersionRangeError.notAVersion("<2", .release, at: 0)) { try range.adding(upperBound: "<2") }
        #expect(throws: VersionRangeError.missingVersion(operator: "<", at: 0)) { try range.adding(upperBound: " ") }
        #expect(throws: VersionRangeError.versionDoesNotFit("2.*", operator: "<", at: 0)) {
            try VersionRange.below("2.*", scheme: .release)
        }
    }

    @Test func whatIsNamed() throws {
        let version = try #require(Version("1.0-rc1", scheme: .release))
        #expect(try VersionRange(parsing: "=1.0rc1", scheme: .release).names(version))
        for text in ["=1.0.*", ">=1.0-rc1", "!=1.1", "=1.0"] {
            #expect(try !VersionRange(parsing: text, scheme: .release).names(version))
        }
    }

    // MARK: No ranges

    @Test(
        arguments: [
            ("", .emptyClause(at: 0)), ("  ", .emptyClause(at: 0)), (">=1,", .emptyClause(at: 4)),
            (",>=1", .emptyClause(at: 0)),
            (">=1,,<2", .emptyClause(at: 4)), (">=1, ,<2", .emptyClause(at: 4)),
            ("1.2.3", .missingOperator("1.2.3", at: 0)), (">=1, 2", .missingOperator("2", at: 5)),
            ("v1", .missingOperator("v1", at: 0)),
            ("latest", .missingOperator("latest", at: 0)),
            (">=", .missingVersion(operator: ">=", at: 0)), (">=1,<", .missingVersion(operator: "<", at: 4)),
            ("==", .missingVersion(operator: "=", at: 0)), (">=1,< ", .missingVersion(operator: "<", at: 4)),
            (">=1 <2", .missingComma("1 <2", at: 3)), (">=1.2  <2,!=1", .missingComma("1.2  <2", at: 5)),
            (">=one", .notAVersion("one", .release, at: 2)), (">= 1,<two", .notAVersion("two", .release, at: 6)),
            ("=>=1", .unknownOperator("=>=", .release, at: 0)), ("=>1", .unknownOperator("=>", .release, at: 0)),
            ("><1", .unknownOperator("><", .release, at: 0)), ("===1", .unknownOperator("===", .release, at: 0)),
            (">=1||<0", .notAVersion("1||<0", .release, at: 2)), ("≥1", .unknownOperator("≥", .release, at: 0)),
            (">=1, ≤2", .unknownOperator("≤", .release, at: 5)), ("<-1", .notAVersion("-1", .release, at: 1)),
            (">=1.*", .versionDoesNotFit("1.*", operator: ">=", at: 2)),
            ("~>1.*", .versionDoesNotFit("1.*", operator: "~>", at: 2)),
            ("=1.0-rc1.*", .versionDoesNotFit("1.0-rc1.*", operator: "=", at: 1)),
            ("=*", .notAVersion("*", .release, at: 1)),
            ("=1.*.*", .notAVersion("1.*.*", .release, at: 1)), ("~=1", .versionDoesNotFit("1", operator: "~=", at: 2)),
            (">=2,<1", .nothingFits(">=2", "<1")), (">=1,<1", .nothingFits(">=1", "<1")),
            (">1,<=1.0", .nothingFits(">1", "<=1.0")),
            ("=1,=2", .nothingFits("=2", "=1")), ("^2,<1.5", .nothingFits("^2", "<1.5")),
        ] as [(String, VersionRangeError)])
    func refused(text: String, error: VersionRangeError) {
        #expect(throws: error) { try VersionRange(parsing: text, scheme: .release) }
    }

    @Test(
        arguments: [
            ("^1.2", .pep440, .unknownOperator("^", .pep440, at: 0)),
            ("~1.2", .rubygems, .unknownOperator("~", .rubygems, at: 0)),
            ("~>1.2", .pep440, .unknownOperator("~>", .pep440, at: 0)),
            ("~=1.2", .semver, .unknownOperator("~=", .semver, at: 0)),
            ("^1.2", .haskell, .unknownOperator("^", .haskell, at: 0)),
            ("===1", .pep440, .unknownOperator("===", .pep440, at: 0)),
            (">=1.0+local", .pep440, .versionDoesNotFit("1.0+local", operator: ">=", at: 2)),
            ("==1.0a1.*", .pep440, .versionDoesNotFit("1.0a1.*", operator: "=", at: 2)),
            ("=25.*", .nix, .versionDoesNotFit("25.*", operator: "=", at: 1)),
            (">=v1", .semver, .notAVersion("v1", .semver, at: 2)),
            (">=1.2.3.4", .semver, .notAVersion("1.2.3.4", .semver, at: 2)),
            ("<1.0-1", .haskell, .notAVersion("1.0-1", .haskell, at: 1)),
        ] as [(String, VersionScheme, VersionRangeError)])
    func refusedBy(text: String, scheme: VersionScheme, error: VersionRangeError) {
        #expect(throws: error) { try VersionRange(parsing: text, scheme: scheme) }
    }
}
