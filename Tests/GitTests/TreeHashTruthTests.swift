import NixHash
import Support
import Testing
import Threads

@testable import Git

/// The hash of a commit's tree, against what real Nix gave for the same commit.
@Suite struct TreeHashTruthTests {
    private static let expectation = "nix2.34.8_exportIgnore=false"

    private static func expected(_ row: [String: String]) -> String { row[expectation] ?? "" }

    private static let rows = Shared.rows("git.tsv")
    /// Two entries of one name: Nix gives three different hashes, or none.
    private static let undefined = "dup-entry"

    @Test(
        .enabled(if: Shared.isAvailable, Shared.absence),
        arguments: rows.filter { expected($0).hasPrefix("sha256-") && $0["fixture"] != undefined })
    func hashIsThatOfNix(_ row: [String: String]) async throws {
        let hash = try await Self.hash(row)
        #expect(hash.summary.digest.sri == Self.expected(row))
    }

    @Test(
        .enabled(if: Shared.isAvailable, Shared.absence),
        arguments: rows.filter { expected($0).hasPrefix("ERR") || $0["fixture"] == undefined })
    func whatNixRefusesIsRefused(_ row: [String: String]) async throws {
        await #expect(throws: GitError.self) { try await Self.hash(row) }
    }

    @Test(
        .enabled(if: Shared.isAvailable, Shared.absence),
        arguments: rows.filter { $0["git2.39.5_archive"]?.hasPrefix("sha256-") == true })
    func attributesAreReportedWhereAnArchiveDiffers(_ row: [String: String]) async throws {
        let differs = row["git2.39.5_archive"] != Self.expected(row)
        guard differs, row["fixture"] != Self.undefined else { return }
        let hash = try await Self.hash(row)
        #expect(!hash.attributes.isEmpty || hash.hasEmptySubtrees)
    }

    @Test(.enabled(if: Shared.isAvailable, Shared.absence))
    func submodulesTakeTheirPlaces() async throws {
        let all = Dictionary(uniqueKeysWithValues: Self.rows.map { ($0["fixture"] ?? "", $0) })
        let home = TemporaryDirectory()
        var commits: [ObjectID: GitRepository] = [:]
        for name in ["sub", "sub2"] {
            let row = try #require(all[name])
            let path = try await Self.clone(row, into: home)
            let id = try #require(ObjectID(hex: row["rev"] ?? ""))
            commits[id] = try GitRepository.open(path: path)
        }
        let known = commits
        for name in ["sub", "super", "super-plain"] {
            let row = try #require(all[name])
            let path = try await Self.clone(row, into: TemporaryDirectory())
            let commit = try #require(ObjectID(hex: row["rev"] ?? ""))
            let replacements = TreeReplacements(submodule: { gitlink in
                known[gitlink.commit].map { ($0, gitlink.commit) }
            })
            let hash = try await onThread { cancellation in
                let repository = try GitRepository.open(path: path)
                return try repository.hashTree(ofCommit: commit, replacing: replacements, cancellation: cancellation)
            }
            #expect(hash.summary.digest.sri == row["raw_blobs_submodules"], "\(name)")
            #expect(hash.gitlinks.isEmpty, "\(name)")
        }
    }

    // MARK: Steps

    private static func clone(_ row: [String: String], into directory: TemporaryDirectory) async throws -> String {
        let bundle = try #require(Shared.truth("git/" + (row["bundle"] ?? "")))
        let path = directory.file((row["fixture"] ?? "") + ".git")
        try await run(
            ["git", "clone", "--quiet", "--mirror", bundle, path],
            environment: isolatedEnvironment(home: directory.file("home")))
        return path
    }

    private static func hash(_ row: [String: String]) async throws -> TreeHash {
        let directory = TemporaryDirectory()
        let path = try await clone(row, into: directory)
        let revision = row["rev"] ?? ""
        return try await onThread { cancellation in
            let repository = try GitRepository.open(path: path)
            guard let id = ObjectID(hex: revision) else { throw GitError.invalidRefName(revision) }
            return try repository.hashTree(ofCommit: try repository.peelToCommit(id), cancellation: cancellation)
        }
    }
}
