import Foundation
import NixHash
import Support
import Testing

/// What `builtins.fetchGit` of each Nix is called with.
///
/// One real Nix plays them all: `scopedImport` puts another version and another fetchGit into `builtins`. What the
/// versions themselves make of the calls, `scripts/test-nix-versions` runs.
@Suite(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
struct DefaultNixVersionTests {
    /// The versions at the borders of what fetchGit can do; Lix at the end.
    static let versions = ["2.3", "2.3.18", "2.4", "2.8.0", "2.19.7", "2.20.0", "2.26.3", "2.27.0", "2.35.2"]
    static let lix = ["2.18.3-lix", "2.90.0", "2.95.3"]

    static let hash = SHA256.hash([]).sri
    static let other = SHA256.hash([1]).sri
    static let revision = "0123456789abcdef0123456789abcdef01234567"

    /// The call, or nil and what was said instead.
    struct Outcome {
        var call: NSDictionary?
        var words: String
    }

    /// - Parameter checkout: what the fetched tree's hash is.
    func call(_ version: String, _ extra: Values, checkout: String = hash) async throws -> Outcome {
        let sources = try DefaultNixSources()
        let locked: Values = [
            "fetcher": "git", "url": "https://example.org/a.git", "revision": Self.revision, "ref": "refs/heads/main",
            "hash": Self.hash,
        ]
        try sources.write([("my pin", ["locked": locked.merging(extra) { $1 }])])
        let result = try await sources.evaluate(
            """
            let
              fake = builtins // {
                nixVersion = "\(version)";
                fetchGit = arguments: { outPath = builtins.toJSON arguments; narHash = "\(checkout)"; };
                pathExists = path: false;
                path = arguments: builtins.toJSON (arguments // { path = builtins.fromJSON arguments.path; });
              };
            in
            (builtins.scopedImport { builtins = fake; } \(sources.directory.file("pins"))/default.nix)."my pin".outPath
            """)
        let value = Data(result.value.utf8)
        return Outcome(call: try? JSONSerialization.jsonObject(with: value) as? NSDictionary, words: result.stderr)
    }

    /// What is in every call, and what is added to it; nil takes something away.
    func arguments(_ extra: [String: Any?] = [:]) -> NSDictionary {
        var arguments: [String: Any] = [
            "name": "source", "url": "https://example.org/a.git", "rev": Self.revision, "allRefs": true,
            "submodules": false, "narHash": Self.hash,
        ]
        for (key, value) in extra { arguments[key] = value }
        return arguments as NSDictionary
    }

    /// Nix 2.3 takes few arguments, and its result is checked.
    var checked: NSDictionary {
        [
            "name": "source", "sha256": Self.hash,
            "path": [
                "name": "source", "url": "https://example.org/a.git", "rev": Self.revision, "ref": "refs/*",
            ] as NSDictionary,
        ]
    }

    enum Era { case before24, before220, current }

    static func era(_ version: String) -> Era {
        if version.hasPrefix("2.3") && !version.hasPrefix("2.35") { return .before24 }
        return lix.contains(version) || ["2.4", "2.8.0", "2.19.7"].contains(version) ? .before220 : .current
    }

    @Test(arguments: versions + lix) func aPlainTree(_ version: String) async throws {
        let call = try await call(version, [:]).call
        switch Self.era(version) {
        case .before24: #expect(call == checked)
        case .before220: #expect(call == arguments())
        case .current: #expect(call == arguments(["exportIgnore": false]))
        }
    }

    @Test(arguments: versions + lix) func aTreeWithSubmodules(_ version: String) async throws {
        let outcome = try await call(version, ["submodules": true, "attributes": ["export-ignore"]])
        switch Self.era(version) {
        case .before24:
            #expect(outcome.words.contains("pinr: the pin `my pin` has submodules, which Nix \(version) cannot fetch"))
        case .before220: #expect(outcome.call == arguments(["submodules": true]))
        case .current: #expect(outcome.call == arguments(["submodules": true, "exportIgnore": false]))
        }
    }

    @Test(arguments: versions + lix, ["export-ignore", "export-subst"])
    func aTreeThatGitArchiveChanges(_ version: String, _ attribute: String) async throws {
        let outcome = try await call(version, ["attributes": [attribute]])
        let refused = try await call(version, ["attributes": [attribute]], checkout: Self.other)
        let words = "pinr: the pin `my pin` has the git attributes \(attribute), which Nix \(version) applies"
        switch Self.era(version) {
        case .before24: #expect(outcome.words.contains(words))
        case .before220:
            // Not the hash: it is compared here, so that the refusal can name the pin.
            #expect(outcome.call == arguments(["submodules": true, "narHash": nil]))
            #expect(refused.call == nil)
            #expect(
                refused.words.contains("pinr: the pin `my pin` has the git attributes \(attribute); checked out by"))
            #expect(refused.words.contains("it is \(Self.other), not \(Self.hash)"))
        case .current: #expect(outcome.call == arguments(["exportIgnore": false]))
        }
    }

    @Test(arguments: versions + lix, ["eol", "ident", "filter"])
    func aTreeThatACheckoutChanges(_ version: String, _ attribute: String) async throws {
        for submodules in [false, true] {
            let outcome = try await call(version, ["attributes": [attribute], "submodules": submodules])
            if Self.era(version) == .current {
                #expect(outcome.call == arguments(["exportIgnore": false, "submodules": submodules]))
            } else {
                let words = "pinr: the pin `my pin` has the git attributes \(attribute), which Nix \(version) applies"
                #expect(outcome.words.contains(words))
            }
        }
    }

    @Test(arguments: versions + lix) func aTreeWithLFSObjects(_ version: String) async throws {
        let outcome = try await call(version, ["lfs": true])
        if ["2.27.0", "2.35.2"].contains(version) {
            #expect(outcome.call == arguments(["exportIgnore": false, "lfs": true]))
        } else {
            #expect(outcome.words.contains("pinr: the pin `my pin` has LFS objects, which Nix \(version) cannot fetch"))
        }
    }

    /// Nix 2.3 refuses `\u` in JSON, which only a control character is written as.
    @Test func nix23ReadsControlCharacters() async throws {
        let outcome = try await call("2.3", ["note": "\u{1} \\u0041 \\\\ \" \u{1f}"])
        #expect(outcome.call == checked)
    }
}
