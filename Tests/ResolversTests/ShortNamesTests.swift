import JSON
import Lockfile
import Resolvers
import Testing

/// Bare words that stand for sources.
struct ShortNamesTests {
    static let everybodys = ShortNames()

    private func source(
        _ text: String, _ options: SourceOptions = SourceOptions(), _ names: ShortNames = everybodys
    ) throws -> JSON {
        try Notation.parse(text, options: options, shortNames: names).source.json
    }

    @Test func `The table is sorted, has each name once, and each stands for a source`() throws {
        let names = Self.everybodys.names
        #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(Swift.Set(names).count == names.count)
        #expect(names.count >= 39)
        for name in names {
            #expect(throws: Never.self) { try source(name) }
            #expect(Notation.pinName(of: name, in: Self.everybodys) == name)
        }
    }

    static let meanings: [(String, JSON)] = [
        ("nixpkgs", ["channel": "nixpkgs-unstable", "type": "channel"]),
        ("nixpkgs/nixos-25.05", ["channel": "nixos-25.05", "type": "channel"]),
        ("home-manager", ["owner": "nix-community", "repo": "home-manager", "type": "github"]),
        (
            "home-manager/release-25.05",
            ["at": "release-25.05", "owner": "nix-community", "repo": "home-manager", "type": "github"]
        ),
        ("systems", ["owner": "nix-systems", "repo": "default", "type": "github"]),
        ("nur/a/b", ["at": "a/b", "owner": "nix-community", "repo": "NUR", "type": "github"]),
    ]

    @Test(arguments: meanings)
    func `A name stands for what flakes know by it, and a REF may follow`(text: String, json: JSON) throws {
        #expect(try source(text) == json)
        #expect(Notation.pinName(of: text, in: Self.everybodys) == text.split(separator: "/").first.map(String.init))
    }

    @Test func `Options go with a name as with what it stands for`() throws {
        #expect(try source("nur", SourceOptions(branch: "b"))["branch"] == "b")
        #expect(try source("nur/v1", SourceOptions(submodules: true))["submodules"] == true)
        #expect(throws: ResolveError.optionDoesNotFit("--branch", source: "nur/v1")) {
            try source("nur/v1", SourceOptions(branch: "b"))
        }
        #expect(throws: ResolveError.optionDoesNotFit("--branch", source: "nixpkgs/c")) {
            try source("nixpkgs/c", SourceOptions(branch: "b"))
        }
    }

    @Test func `What was mistyped is told from what was meant`() {
        #expect(throws: ResolveError.unknownNotation("nixpgks", nearest: ["nixpkgs"])) { try source("nixpgks") }
        #expect(throws: ResolveError.unknownNotation("home-manger/x", nearest: ["home-manager"])) {
            try source("home-manger/x")
        }
        #expect(Notation.pinName(of: "nixpgks", in: Self.everybodys) == nil)
        #expect(Notation.pinName(of: "github:o/r", in: Self.everybodys) == nil)
    }

    // MARK: A person's own

    private static func own(_ text: String) throws(ShortNamesError) -> ShortNames {
        try ShortNames(parsing: Array(text.utf8))
    }

    @Test func `A person's own names count first`() throws {
        let names = try Self.own(
            #"{"shortNames":{"mine":"git+https://e.org/r","nixpkgs":"channel:nixos-25.05","nix":"nixpkgs"},"version":1}"#
        )
        let git: JSON = ["type": "git", "url": "https://e.org/r"]
        #expect(try source("mine", SourceOptions(), names) == git)
        #expect(try source("mine/v1", SourceOptions(), names) == ["at": "v1", "type": "git", "url": "https://e.org/r"])
        #expect(try source("nixpkgs", SourceOptions(), names)["channel"] == "nixos-25.05")
        // A name within a name is everybody's: nothing can go in circles.
        #expect(try source("nix", SourceOptions(), names)["channel"] == "nixpkgs-unstable")
        #expect(names.names.contains("mine") && names.names.contains("agenix"))
        #expect(names.names.filter { $0 == "nixpkgs" }.count == 1)
        #expect(throws: (any Error).self) { try source("mine", SourceOptions(), Self.everybodys) }
    }

    @Test func `What a name of one's own stands for may be no source`() throws {
        let names = try Self.own(#"{"shortNames":{"a":"b","b":"a","c":"svn://e.org"},"version":1}"#)
        #expect(throws: ResolveError.shortNameOfShortName("a", "b")) { try source("a", SourceOptions(), names) }
        #expect(throws: ResolveError.shortNameOfShortName("b", "a")) { try source("b/v1", SourceOptions(), names) }
        #expect(throws: ResolveError.unknownNotation("svn://e.org", nearest: [])) {
            try source("c", SourceOptions(), names)
        }
    }

    static let broken: [(String, ShortNamesError)] = [
        ("", .notJSON(line: 1, column: 1)), ("{\n}}", .notJSON(line: 2, column: 2)), ("[]", .notObject("the whole")),
        ("{}", .noVersion), (#"{"version":2}"#, .laterVersion), (#"{"version":"1"}"#, .laterVersion),
        (#"{"version":1,"shortNames":[]}"#, .notObject("`shortNames`")),
        (#"{"version":1,"names":{}}"#, .unknownMember("names")),
        (#"{"version":1,"shortNames":{"a":1}}"#, .noNotation("a")),
        (#"{"version":1,"shortNames":{"a":""}}"#, .noNotation("a")),
        (#"{"version":1,"shortNames":{"a/b":"nixpkgs"}}"#, .illegalName("a/b")),
        (#"{"version":1,"shortNames":{"a:b":"nixpkgs"}}"#, .illegalName("a:b")),
        (#"{"version":1,"shortNames":{"":"nixpkgs"}}"#, .illegalName("")),
    ]

    @Test(arguments: broken)
    func `A file of names that is wrong says what is`(text: String, error: ShortNamesError) {
        #expect(throws: error) { try Self.own(text) }
    }
}
