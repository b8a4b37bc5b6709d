import Foundation
import NixHash
import Support
import Testing

/// What real Nix makes of `default.nix` and the pins beside it.
@Suite(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
struct DefaultNixFetchTests {
    typealias Mode = DefaultNixSources.Mode

    /// The sources that every Nix since 2.4 can fetch as they were committed, and 2.3 some of.
    enum Kind: CaseIterable, Sendable {
        case tarball, file, git, gitWithExportAttributes, gitWithSubmodules, gitWithBoth, gitWithUnwantedSubmodules

        /// What Nix 2.3 says that it cannot fetch; nil where it can.
        var refusalOfNix23: String? {
            switch self {
            case .tarball, .file, .git, .gitWithUnwantedSubmodules: nil
            case .gitWithExportAttributes: "has the git attributes export-ignore, export-subst, which Nix 2.3"
            case .gitWithSubmodules, .gitWithBoth: "has submodules, which Nix 2.3"
            }
        }

        func make(in sources: DefaultNixSources) async throws -> DefaultNixSources.Fetchable {
            let export = ["export-ignore", "export-subst"]
            let files = ["f": "$Format:%H$\n", "d/g": "g\n"]
            let attributes = "d export-ignore\nf export-subst\n"
            return switch self {
            case .tarball: try await sources.tarball()
            case .file: try sources.file()
            case .git: try await sources.git()
            case .gitWithExportAttributes:
                try await sources.git(files: files, attributes: attributes, locked: ["attributes": export])
            case .gitWithSubmodules:
                try await sources.git(submodule: sources.inner(), locked: ["submodules": true])
            case .gitWithBoth:
                try await sources.git(
                    files: files, attributes: attributes, submodule: sources.inner(),
                    locked: ["attributes": export, "submodules": true])
            case .gitWithUnwantedSubmodules: try await sources.git(submodule: sources.inner())
            }
        }
    }

    @Test(arguments: Kind.allCases, Mode.allCases)
    func aPinIsThePathThatItsHashNames(_ kind: Kind, _ mode: Mode) async throws {
        let sources = try DefaultNixSources()
        let source = try await kind.make(in: sources)
        try sources.write(source.locked)
        let fetched = try await sources.evaluate("sources.x.outPath", mode)
        if let refusal = kind.refusalOfNix23, try await sources.nixIsOlder(than: "2.4") {
            #expect(fetched.stderr.contains("pinr: the pin `x` \(refusal)"))
            return
        }
        #expect(fetched.value == source.path)
        // Nix has really put there what the pin is of.
        let flat = kind == .file ? ["--flat"] : []
        let found = try await run(
            ["nix-hash", "--type", "sha256", "--base32"] + flat + [sources.nix.realPath(source.path)])
        #expect(
            try "sha256:\(found.trimmed)"
                == "sha256:\(SHA256Digest(parsing: #require(source.locked["hash"] as? String)).nix32)")
    }

    /// Wherever a path can stand: read, imported, joined, in a string.
    @Test func aPinIsUsableAsAPath() async throws {
        let sources = try DefaultNixSources()
        let source = try await sources.tarball()
        try sources.write(source.locked)
        for (expression, value) in [
            ("import (sources.x + \"/lib\")", "of tar"),
            ("import \"${sources.x}/lib\"", "of tar"),
            ("toString sources.x", source.path),
            ("builtins.concatStringsSep \" \" (builtins.attrNames (builtins.readDir sources.x))", "lib"),
            (
                "(derivation { name = \"d\"; system = \"s\"; builder = \"b\"; src = sources.x; }).src.outPath",
                source.path
            ),
        ] {
            #expect(try await sources.evaluate(expression).value == value, "\(expression)")
        }
    }

    /// What another tool has put into the store under the name that all tools use is not fetched again.
    @Test func whatIsInTheStoreIsNotFetchedAgain() async throws {
        let sources = try DefaultNixSources()
        let source = try await sources.tarball()
        let archive = try #require(source.locked["url"] as? String)
        let prefetched = try await sources.nix.nix([
            "nix-prefetch-url", "--unpack", "--name", "source", "--print-path", archive,
        ])
        #expect(prefetched.lines.last == source.path)
        try FileManager.default.removeItem(atPath: sources.directory.file("tar.tar.gz"))
        try sources.write(source.locked)
        #expect(try await sources.evaluate("sources.x.outPath").value == source.path)
    }

    /// Restricted evaluation fetches from nowhere unless it is told where from.
    @Test func restrictedEvaluationRefusesToFetch() async throws {
        let sources = try DefaultNixSources()
        try sources.write(try await sources.tarball().locked)
        let refused = try await sources.nix.nix([
            "nix-instantiate", "--eval", "--option", "restrict-eval", "true", "-I", sources.directory.file("pins"),
            "-E", "(import \(sources.directory.file("pins"))).x.outPath",
        ])
        #expect(refused.status != 0)
        #expect(refused.stderr.contains("restricted mode"))
    }

    /// A wrong hash never becomes a path.
    @Test(arguments: [Kind.tarball, .file, .git, .gitWithExportAttributes, .gitWithSubmodules], Mode.allCases)
    func anotherHashIsRefused(_ kind: Kind, _ mode: Mode) async throws {
        let sources = try DefaultNixSources()
        var source = try await kind.make(in: sources)
        let hash = try #require(source.locked["hash"] as? String)
        let wrong = SHA256.hash(Array("something else".utf8)).sri
        source.locked["hash"] = wrong
        try sources.write(source.locked)
        let refused = try await sources.evaluate("sources.x.outPath", mode)
        #expect(refused.status != 0)
        // Nix 2.8 writes the hash of a file and a tarball in its own base 32.
        var spellings = [hash, try SHA256Digest(parsing: hash).nix32]
        if try await sources.nixIsOlder(than: "2.4") { spellings += ["mismatch", kind.refusalOfNix23 ?? "mismatch"] }
        #expect(spellings.contains { refused.stderr.contains($0) }, "\(refused.stderr)")
    }

    /// What an older Nix cannot fetch as it was committed, it does not fetch at all.
    @Test(arguments: [
        ("eol", "f eol=crlf\n", "f\n"), ("ident", "f ident\n", "$Id$\n"), ("filter", "f filter=x\n", "f\n"),
    ])
    func whatThisNixWouldConvertIsRefusedByName(_ attribute: String, _ attributes: String, _ text: String) async throws
    {
        let sources = try DefaultNixSources()
        let source = try await sources.git(
            files: ["f": text], attributes: attributes, locked: ["attributes": [attribute]])
        try sources.write([("my pin", ["locked": source.locked])])
        let result = try await sources.evaluate("sources.\"my pin\".outPath")
        if try await sources.nixIsOlder(than: "2.20") {
            #expect(result.status != 0)
            #expect(result.stderr.contains("the pin `my pin` has the git attributes \(attribute), which Nix 2"))
        } else {
            #expect(result.value == source.path)
        }
    }

    /// Trees with `export-ignore`, which an old Nix leaves alone only when it fetches submodules too.
    enum UnwantedSubmodule: CaseIterable, Sendable {
        /// One that nobody can clone: it must not even be tried.
        case gone
        /// One that `.gitmodules` tells of, a file that the archive is without.
        case unlisted
        /// None any more, but an empty `.gitmodules`.
        case removed
    }

    @Test(arguments: UnwantedSubmodule.allCases)
    func submodulesThatNobodyWantsAreRefusedWhereTheyCannotBeLeftOut(_ submodule: UnwantedSubmodule) async throws {
        let sources = try DefaultNixSources()
        let inner = submodule == .removed ? nil : try await sources.inner()
        var files = ["f": "f\n", "d/g": "g\n"]
        if submodule == .removed { files[".gitmodules"] = "" }
        let source = try await sources.git(
            files: files, attributes: submodule == .unlisted ? ".gitmodules export-ignore\n" : "d export-ignore\n",
            submodule: inner, locked: ["attributes": ["export-ignore"]])
        if submodule == .gone { try FileManager.default.removeItem(atPath: sources.directory.file("work/inner")) }
        try sources.write([("my pin", ["locked": source.locked])])
        let result = try await sources.evaluate("sources.\"my pin\".outPath")
        let isOld = try await sources.nixIsOlder(than: "2.20")
        if try await sources.nixIsOlder(than: "2.4") {
            #expect(result.stderr.contains("pinr: the pin `my pin` has the git attributes export-ignore, which Nix 2"))
            return
        }
        switch submodule {
        case .gone where isOld:
            #expect(result.stderr.contains("pinr: the pin `my pin` has the git attributes export-ignore, which Nix 2"))
            #expect(!result.stderr.contains("clone"))
        case .unlisted where isOld:
            #expect(result.stderr.contains("pinr: the pin `my pin` has the git attributes export-ignore; checked out"))
        default:
            #expect(result.value == source.path)
        }
    }

    /// The tree that `git archive` makes is another than the one committed: the test above tests something.
    @Test func gitArchiveMakesAnotherTreeOfExportAttributes() async throws {
        let sources = try DefaultNixSources()
        let source = try await Kind.gitWithExportAttributes.make(in: sources)
        var locked = source.locked
        locked["attributes"] = nil
        try sources.write(locked)
        if try await !sources.nixIsOlder(than: "2.20") {
            try Test.cancel("left out: only Nix before 2.20 takes an archive")
        }
        #expect(try await sources.evaluate("sources.x.outPath").stderr.contains("mismatch"))
    }
}

extension DefaultNixSources {
    func nixIsOlder(than version: String) async throws -> Bool {
        try await nix.evaluate("builtins.compareVersions builtins.nixVersion \"\(version)\" < 0") == "true"
    }
}
