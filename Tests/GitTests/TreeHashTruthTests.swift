import NixHash
import Support
import Testing
import Threads

@testable import Git

/// The hash of a commit's tree, against what real Nix gave for the same commit.
@Suite struct TreeHashTruthTests {
    /// A row of the table, shown by its name.
    struct Fixture: Sendable, CustomTestStringConvertible {
        let columns: [String: String]

        subscript(_ column: String) -> String { columns[column] ?? "" }
        var name: String { self["fixture"] }
        var expected: String { self["nix2.34.8_exportIgnore=false"] }
        var testDescription: String { name }
    }

    private static let rows = Shared.rows("git.tsv").map { Fixture(columns: $0) }
    /// Two entries of one name: Nix gives three different hashes, or none.
    private static let undefined = "dup-entry"

    @Test(
        .enabled(if: Shared.isAvailable, Shared.absence),
        arguments: rows.filter { $0.expected.hasPrefix("sha256-") && $0.name != undefined })
    func hashIsThatOfNix(_ row: Fixture) async throws {
        let hash = try await Self.hash(row)
        #expect(hash.summary.digest.sri == row.expected)
    }

    @Test(
        .enabled(if: Shared.isAvailable, Shared.absence),
        arguments: rows.filter { $0.expected.hasPrefix("ERR") || $0.name == undefined })
    func whatNixRefusesIsRefused(_ row: Fixture) async throws {
        await #expect(throws: GitError.self) { try await Self.hash(row) }
    }

    @Test(
        .enabled(if: Shared.isAvailable, Shared.absence),
        arguments: rows.filter {
            let archive = $0["git2.39.5_archive"]
            return archive.hasPrefix("sha256-") && $0.expected.hasPrefix("sha256-") && archive != $0.expected
                && $0.name != undefined
        })
    func attributesAreReportedWhereAnArchiveDiffers(_ row: Fixture) async throws {
        let hash = try await Self.hash(row)
        #expect(!hash.attributes.isEmpty || hash.hasEmptySubtrees)
    }

    // MARK: Steps

    private static func clone(_ row: Fixture, into directory: TemporaryDirectory) async throws -> String {
        let bundle = try #require(Shared.truth("git/" + row["bundle"]))
        let path = directory.file(row.name + ".git")
        try await run(
            ["git", "clone", "--quiet", "--mirror", bundle, path],
            environment: isolatedEnvironment(home: directory.file("home")))
        return path
    }

    private static func hash(_ row: Fixture) async throws -> TreeHash {
        let directory = TemporaryDirectory()
        let path = try await clone(row, into: directory)
        let revision = row["rev"]
        return try await onThread { cancellation in
            let repository = try GitRepository.open(path: path)
            guard let id = ObjectID(hex: revision) else { throw GitError.invalidRefName(revision) }
            return try repository.hashTree(ofCommit: try repository.peelToCommit(id), cancellation: cancellation)
        }
    }
}
