import Support
import Testing
import Versions

struct VersionOrderTests {
    static let tables = OrderTables.specified + ReleaseTables.all

    @Test(arguments: tables) func ordered(chain: OrderChain) throws { try Self.check(chain) }

    /// Every place against every other one, not only neighbours.
    static func check(_ chain: OrderChain) throws {
        var versions: [(place: Int, version: Version)] = []
        for (place, texts) in chain.places.enumerated() {
            for text in texts {
                versions.append((place, try #require(Version(text, scheme: chain.scheme), "\(text) is no version")))
            }
        }
        for left in versions {
            for right in versions {
                let order = left.version.precedence(over: right.version).signum()
                #expect(order == (left.place - right.place).signum(), "\(left.version) and \(right.version)")
            }
        }
    }

    @Test func theTablesAreLarge() {
        #expect(Self.tables.reduce(0) { $0 + $1.orderings } >= 300)
    }

    /// What SemVer says holds among release tags too, with a `v` and without.
    @Test(arguments: OrderTables.semver)
    func semverAmongReleases(chain: OrderChain) throws {
        let places = try chain.places.map { texts in
            try texts.flatMap { text in
                [
                    try #require(Version(text, scheme: .release)), try #require(Version("v\(text)", scheme: .release)),
                ]
            }
        }
        for (lower, higher) in zip(places, places.dropFirst()) {
            for left in lower {
                for right in higher { #expect(left.precedence(over: right) < 0, "\(left) and \(right)") }
            }
        }
        for place in places { #expect(place.allSatisfy { $0.precedence(over: place[0]) == 0 }) }
    }

    // MARK: The order is total

    /// Antisymmetry, and transitivity of all triples at once: sorted, and numbered from 0 with a step wherever one is less
    /// than the next, every pair has to compare as its numbers do.
    @Test(arguments: VersionScheme.allCases, 1...2 as ClosedRange<UInt64>)
    func isTotal(scheme: VersionScheme, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let known = Self.tables.flatMap { $0.places.joined() }.filter { _ in
            Int.random(in: 0..<4, using: &generator) == 0
        }
        let random = (0..<450).map { _ in RandomVersion.text(using: &generator) }
        let versions = (known + random).compactMap { Version($0, scheme: scheme) }.sorted()
        try #require(versions.count > 80)

        var ranks = [0]
        for (left, right) in zip(versions, versions.dropFirst()) {
            ranks.append(ranks[ranks.count - 1] + (left.precedence(over: right) < 0 ? 1 : 0))
        }
        for (left, leftRank) in zip(versions, ranks) {
            for (right, rightRank) in zip(versions, ranks) {
                let order = left.precedence(over: right).signum()
                if order != (leftRank - rightRank).signum() {
                    Issue.record(
                        "seed \(seed): \(left) and \(right) compare as \(order), against what lies between them")
                }
            }
        }
    }

    // MARK: Between equals

    @Test(arguments: [
        ("1.2", "1.2.0"), ("1.2.0", "v1.2.0"), ("1.2", "v1.2"), ("17.0.9+9", "17.0.9+10"), ("1.0.0", "1.0.0+a"),
        ("1.0.0+a.2", "1.0.0+a.10"), ("1.0.0+5", "1.0.0+a"), ("V1", "v1"),
    ])
    func spellingDecidesAtLast(lower: String, higher: String) throws {
        let lower = try #require(Version(lower, scheme: .release))
        let higher = try #require(Version(higher, scheme: .release))
        #expect(lower.precedence(over: higher) == 0)
        #expect(lower < higher && !(higher < lower) && lower != higher)
        #expect(!lower.isOlder(than: higher))
    }

    @Test func sameSpellingIsEqual() throws {
        let first = try #require(Version("1.2.0", scheme: .release))
        let second = try #require(Version("1.2.0", scheme: .release))
        #expect(first == second && first.hashValue == second.hashValue)
        #expect(try first != #require(Version("1.2.0", scheme: .semver)))
    }

    @Test func olderThanWhatIsLocked() throws {
        let locked = try #require(Version("v1.10.0", scheme: .release))
        #expect(try #require(Version("v1.9.9", scheme: .release)).isOlder(than: locked))
        #expect(try #require(Version("v1.10.0-rc.1", scheme: .release)).isOlder(than: locked))
        #expect(try !#require(Version("1.10", scheme: .release)).isOlder(than: locked))
        #expect(try !#require(Version("v1.11.0", scheme: .release)).isOlder(than: locked))
    }
}
