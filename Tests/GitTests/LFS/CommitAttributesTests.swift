import Foundation
import Support
import Testing

@testable import Git

/// Which files have `filter=lfs` at a commit: what libgit2 says, which is what Nix goes by, and where git differs.
@Suite struct CommitAttributesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let path: String
        let isFiltered: Bool
        /// Whether git says the opposite.
        var gitDiffers = false

        var testDescription: String { "\(path) in \(file.debugDescription)" }
    }

    static let cases = [
        Case(file: "*.bin filter=lfs", path: "a.bin", isFiltered: true),
        Case(file: "*.bin filter=lfs", path: "d/e/a.bin", isFiltered: true),
        Case(file: "*.bin filter=lfs", path: "a.BIN", isFiltered: false),
        Case(file: "*.bin filter=lfs diff=lfs merge=lfs -text\r", path: "a.bin", isFiltered: true),
        Case(file: "*.bin filter=lfs\r\n", path: "a.bin", isFiltered: true),
        Case(file: "/a.bin filter=lfs", path: "a.bin", isFiltered: true),
        Case(file: "/a.bin filter=lfs", path: "d/a.bin", isFiltered: false),
        Case(file: "d/** filter=lfs", path: "d/e/a.bin", isFiltered: true),
        Case(file: "d/* filter=lfs", path: "d/e/a.bin", isFiltered: false),
        Case(file: "d filter=lfs", path: "d/e/a.bin", isFiltered: false),
        Case(file: "[attr]big filter=lfs -text\n*.bin big", path: "d/e/a.bin", isFiltered: true),
        Case(file: "*.bin filter=lfs\na.bin -filter", path: "a.bin", isFiltered: false),
        Case(file: "*.bin filter=lfs\na.bin !filter", path: "a.bin", isFiltered: false),
        Case(file: "*.bin filter=lfs\na.bin filter=other", path: "a.bin", isFiltered: false),
        Case(file: "*.bin filter=other\na.bin filter=lfs", path: "a.bin", isFiltered: true),
        Case(file: "*.bin filter", path: "a.bin", isFiltered: false),
        Case(file: "*.bin filter=LFS", path: "a.bin", isFiltered: false),
        Case(file: "*.bin filter=lfs2", path: "a.bin", isFiltered: false),
        Case(file: "# *.bin filter=lfs", path: "a.bin", isFiltered: false),
        Case(file: "* filter=lfs", path: ".gitattributes", isFiltered: true),
        // As `git lfs track` writes a space.
        Case(file: "a[[:space:]]b.bin filter=lfs", path: "a b.bin", isFiltered: true),
        Case(file: "é.bin filter=lfs", path: "é.bin", isFiltered: true),
        Case(file: "é.bin filter=lfs", path: "e\u{301}.bin", isFiltered: false),
        Case(file: "\u{FEFF}*.bin filter=lfs", path: "a.bin", isFiltered: true),
        Case(file: "[ab].bin filter=lfs", path: "a.bin", isFiltered: true),
        Case(file: "d/**/a.bin filter=lfs", path: "d/a.bin", isFiltered: true),
        Case(file: "**/e/*.bin filter=lfs", path: "d/e/a.bin", isFiltered: true),
        Case(file: "\"a b.bin\" filter=lfs", path: "a b.bin", isFiltered: false, gitDiffers: true),
        Case(file: "d/ filter=lfs", path: "d/e/a.bin", isFiltered: false),
        Case(file: "!a.bin filter=lfs", path: "b.bin", isFiltered: true, gitDiffers: true),
        Case(file: "!a.bin filter=lfs", path: "a.bin", isFiltered: false),
    ]

    private func isFiltered(_ path: String, in repository: TestRepository) async throws -> Bool {
        let commit = try #require(ObjectID(hex: try await repository.revision()))
        let folder = TemporaryDirectory()
        defer {
            let left = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left == [])
        }
        let opened = try GitRepository.open(path: repository.path)
        let attributes = try CommitAttributes(opened.database, commit: commit, temporaryDirectory: folder.path)
        return try attributes.isFilteredByLFS(Array(path.utf8))
    }

    @Test(arguments: cases)
    func libgit2Says(_ given: Case) async throws {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("r"))
        try repository.write(".gitattributes", given.file)
        try repository.write("d/e/x", "")
        try await repository.commit("attributes")
        #expect(try await isFiltered(given.path, in: repository) == given.isFiltered)
        let git = try await repository.git("check-attr", "-z", "filter", "--", given.path).split(separator: "\0").last
        #expect((git == "lfs") == (given.isFiltered != given.gitDiffers))
    }

    /// The nearer file counts, and a macro only in the top one.
    @Test func filesInFoldersCount() async throws {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("r"))
        try repository.write(".gitattributes", "*.bin filter=lfs\n")
        try repository.write("d/.gitattributes", "[attr]big filter=lfs\n*.bin -filter\n*.dat filter=lfs\n*.big big\n")
        try repository.write("d/e/.gitattributes", "*.bin filter=lfs\n")
        try await repository.commit("attributes")
        for (path, expected) in [
            ("a.bin", true), ("d/a.bin", false), ("d/e/a.bin", true), ("d/e/f/a.bin", true), ("a.dat", false),
            ("d/a.dat", true), ("d/e/a.dat", true), ("d/a.big", false), ("x/a.bin", true),
        ] {
            #expect(try await isFiltered(path, in: repository) == expected, "\(path)")
        }
    }

    /// What is not in the commit does not count: the work tree, the index, `info/attributes`, the configuration.
    @Test func onlyTheCommitCounts() async throws {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("r"))
        try repository.write(".gitattributes", "*.bin filter=lfs\n")
        try repository.write("x", "")
        try await repository.commit("attributes")
        try repository.write(".gitattributes", "*.txt filter=lfs\n*.bin -filter\n")
        try await repository.git("add", ".gitattributes")
        try FileManager.default.createDirectory(
            atPath: folder.file("r/.git/info"), withIntermediateDirectories: true)
        try folder.write("r/.git/info/attributes", "*.dat filter=lfs\n")
        try folder.write("global", "*.jpg filter=lfs\n")
        try await repository.git("config", "core.attributesFile", folder.file("global"))
        for (path, expected) in [("a.bin", true), ("a.txt", false), ("a.dat", false), ("a.jpg", false)] {
            #expect(try await isFiltered(path, in: repository) == expected, "\(path)")
        }
    }
}
