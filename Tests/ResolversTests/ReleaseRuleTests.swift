import JSON
import Lockfile
import Resolvers
import Testing
import Versions

/// What the options and the lock say about releases, before anybody is asked.
struct ReleaseRuleTests {
    static func options(_ change: (inout SourceOptions) -> Void) -> SourceOptions {
        var options = SourceOptions()
        change(&options)
        return options
    }

    private static let repositories = ["github:o/r", "git+https://example.org/r"]

    /// What options ask for, and the `release` that is written.
    static let written: [(SourceOptions, JSON)] = [
        (options { $0.release = true }, [:]), (options { $0.releasePrefix = "jq-" }, ["prefix": "jq-"]),
        (options { $0.range = ">=1.2, <2" }, ["range": ">=1.2,<2"]),
        (options { $0.range = "==1.*" }, ["range": "=1.*"]),
        (options { $0.upperBound = "2" }, ["range": "<2"]),
        (
            options {
                $0.range = ">=1"
                $0.upperBound = "2"
            }, ["range": ">=1,<2"]
        ),
        (options { $0.preReleases = true }, ["preReleases": true]),
        (
            options {
                $0.release = true
                $0.preReleases = false
            }, [:]
        ),
        (
            options {
                $0.release = true
                $0.range = ""
                $0.releasePrefix = ""
            }, [:]
        ),
        (
            options {
                $0.releasePrefix = "v"
                $0.range = "^1"
                $0.preReleases = true
            }, ["prefix": "v", "range": "^1", "preReleases": true]
        ),
    ]

    @Test(arguments: written.indices, repositories)
    func `Options are written down, and each of them asks for releases`(index: Int, notation: String) throws {
        let (options, release) = Self.written[index]
        let source = try Notation.parse(notation, options: options)
        #expect(source.source["release"] == release)
        #expect(source.source["branch"] == nil && source.source["at"] == nil)
        #expect(!source.isFixed && !source.staysAtTag)
        #expect(source.versionScheme == .release)
        #expect(try SourceTypes.read(source.source).source == source.source)
    }

    /// A `release` that is there, what `set` is told, and what is there then.
    static let changes: [(JSON?, SourceOptions, JSON?)] = [
        (["prefix": "v", "range": ">=1,<2"], options { $0.upperBound = "3" }, ["prefix": "v", "range": ">=1,<3"]),
        (["range": "<=1.9"], options { $0.upperBound = "3" }, ["range": "<3"]),
        (["range": "<2,!=1.5"], options { $0.upperBound = "3" }, ["range": "!=1.5,<3"]),
        (["range": "^1"], options { $0.upperBound = "1.5" }, ["range": "^1,<1.5"]),
        (["range": "<2", "preReleases": true], options { $0.range = ">=3" }, ["range": ">=3", "preReleases": true]),
        (["range": "<2", "prefix": "v"], options { $0.range = "" }, ["prefix": "v"]),
        (["range": "<2", "prefix": "v"], options { $0.releasePrefix = "" }, ["range": "<2"]),
        (["range": "<2"], options { $0.releasePrefix = "w" }, ["range": "<2", "prefix": "w"]),
        (["preReleases": true], options { $0.preReleases = false }, [:]),
        (["preReleases": true], options { $0.release = true }, ["preReleases": true]),
        (["range": "<2"], options { $0.submodules = true }, ["range": "<2"]),
        (["range": "<2"], options { $0.release = false }, nil), (["range": "<2"], options { $0.branch = "b" }, nil),
        (["range": "<2"], options { $0.at = "v1" }, nil), (nil, options { $0.release = true }, [:]),
        (nil, options { $0.upperBound = "2" }, ["range": "<2"]), (nil, options { $0.release = false }, nil),
        (nil, options { $0.preReleases = false }, nil),
    ]

    @Test(arguments: changes.indices)
    func `A change leaves what it does not speak of`(index: Int) throws {
        let (before, options, after) = Self.changes[index]
        for (type, fields) in [("github", ["owner": "o", "repo": "r"]), ("git", ["url": "https://example.org/r"])] {
            var source = Source(type: type, fields: JSONObject(fields.map { ($0, .string($1)) }))
            source["release"] = before
            #expect(try SourceTypes.read(source).changed(byGiven: options).source["release"] == after)
        }
    }

    static let contradictions: [(SourceOptions, String, String)] = [
        (
            options {
                $0.release = true
                $0.branch = "b"
            }, "--branch", "--release"
        ),
        (
            options {
                $0.range = "<2"
                $0.at = "v1"
            }, "--range", "--at"
        ),
        (
            options {
                $0.upperBound = "2"
                $0.branch = "b"
            }, "--branch", "--upper-bound"
        ),
        (
            options {
                $0.release = false
                $0.releasePrefix = "v"
            }, "--no-release", "--release-prefix"
        ),
    ]

    @Test(arguments: contradictions.indices, repositories)
    func `Two things at once are refused`(index: Int, notation: String) throws {
        let (options, first, second) = Self.contradictions[index]
        let error = ResolveError.optionDoesNotFit(first, source: second)
        #expect(throws: error) { try Notation.parse(notation, options: options) }
        let source = try Notation.parse(notation, options: SourceOptions())
        #expect(throws: error) { try source.changed(byGiven: options) }
    }

    @Test(arguments: [
        ("github:o/r/v1", "--release"), ("git+https://example.org/r?ref=v1", "--release"),
        ("git+https://example.org/r?rev=0123456789abcdef0123456789abcdef01234567", "--release"),
        ("https://github.com/o/r/releases/tag/v1", "--release"), ("nixpkgs", "--release"),
        ("https://example.org/a.tar.gz", "--release"), ("file+https://example.org/a", "--release"),
    ])
    func `What names one thing follows no releases`(notation: String, option: String) {
        #expect {
            try Notation.parse(notation, options: Self.options { $0.release = true })
        } throws: { error in
            guard case .optionDoesNotFit(option, _) = error as? ResolveError else { return false }
            return true
        }
    }

    static let malformed: [(String, VersionRangeError)] = [
        (">=x", .notAVersion("x", .release, at: 2)), ("1.2", .missingOperator("1.2", at: 0)),
        (">=1,", .emptyClause(at: 4)), (">=1 <2", .missingComma("1 <2", at: 3)),
        (">=", .missingVersion(operator: ">=", at: 0)),
        ("=>1", .unknownOperator("=>", .release, at: 0)), (">=3,<2", .nothingFits(">=3", "<2")),
    ]

    @Test(arguments: malformed.indices)
    func `A range that cannot be read is refused, wherever it stands`(index: Int) throws {
        let (text, error) = Self.malformed[index]
        #expect(throws: ResolveError.malformedRange(text, error, from: .rangeOption)) {
            try Notation.parse("github:o/r", options: Self.options { $0.range = text })
        }
        #expect(throws: ResolveError.malformedRange(text, error, from: .lock)) {
            try SourceTypes.read(
                Source(type: "git", fields: ["url": "https://example.org/r", "release": ["range": .string(text)]]))
        }
    }

    @Test func `An upper bound is a version, and above the lower one`() throws {
        #expect(throws: ResolveError.malformedRange("<2", .notAVersion("<2", .release, at: 0), from: .upperBoundOption))
        {
            try Notation.parse("github:o/r", options: Self.options { $0.upperBound = "<2" })
        }
        #expect(throws: ResolveError.self) {
            try Notation.parse("github:o/r", options: Self.options { $0.upperBound = "" })
        }
        #expect(throws: ResolveError.malformedRange("1", .nothingFits(">=2", "<1"), from: .upperBoundOption)) {
            try Notation.parse(
                "github:o/r",
                options: Self.options {
                    $0.range = ">=2"
                    $0.upperBound = "1"
                })
        }
    }

    static let wrongTypes: [JSON] = [
        true, "v1", ["prefix": 1], ["range": []], ["preReleases": "yes"], ["prefix": ""], .null,
    ]

    @Test(arguments: wrongTypes)
    func `A rule that is none is named`(release: JSON) {
        let source = Source(type: "github", fields: ["owner": "o", "repo": "r", "release": release])
        #expect(throws: LockfileError.self) { try SourceTypes.read(source) }
    }

    @Test func `What is followed reads like a sentence`() throws {
        let summaries: [(SourceOptions, String)] = [
            (Self.options { $0.release = true }, "github:o/r releases"),
            (
                Self.options {
                    $0.releasePrefix = "jq-"
                    $0.range = ">=1.2,<2"
                    $0.preReleases = true
                }, "github:o/r releases jq-* >=1.2,<2 with pre-releases"
            ),
        ]
        for (options, summary) in summaries {
            #expect(try Notation.parse("github:o/r", options: options).summary == summary)
        }
    }
}
