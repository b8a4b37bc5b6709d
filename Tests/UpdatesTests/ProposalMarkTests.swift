import Foundation
import Git
import Support
import Testing

@testable import Updates

/// Which commits pinr knows again as its own; real git makes what people would.
@Suite struct ProposalMarkTests {
    private let mark = ProposalMark(lock: "pins/pins.json", base: "main")

    /// A repository with a commit as pinr makes it, checked out on a branch.
    private func proposal() async throws -> (folder: TemporaryDirectory, repository: TestRepository) {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("x"))
        try repository.write("pins/pins.json", "1")
        try await repository.commit("base")
        try repository.write("pins/pins.json", "2")
        try await repository.git("add", ".")
        let tree = try #require(ObjectID(hex: try await repository.git("write-tree")))
        let parent = try #require(ObjectID(hex: try await repository.revision()))
        let message = mark.sign("Update a\n\nFrom 1 to 2.", tree: tree, parent: parent)
        try await repository.git("checkout", "--quiet", "-b", "pinr/update")
        try await repository.git("commit", "--quiet", "-m", message)
        return (folder, repository)
    }

    private func isOwn(_ repository: TestRepository, _ mark: ProposalMark? = nil) async throws -> Bool {
        let id = try #require(ObjectID(hex: try await repository.revision()))
        let opened = try GitRepository.open(path: repository.path)
        return try (mark ?? self.mark).isOn(opened.commit(id), message: opened.message(of: id))
    }

    @Test func `A commit as pinr made it is its own`() async throws {
        let (folder, repository) = try await proposal()
        defer { withExtendedLifetime(folder) {} }
        #expect(try await isOwn(repository))
        let message = try await repository.git("log", "-1", "--format=%B")
        #expect(message.hasPrefix("Update a\n\nFrom 1 to 2.\n\nPinr-Proposal: "))
        // Who commits and when is of no account: a forge may put its own name there.
        try await repository.git("commit", "--quiet", "--amend", "--no-edit", "--reset-author", date: 1_800_000_000)
        #expect(try await isOwn(repository))
        // Nor is a run for another file or another branch it.
        #expect(try await !isOwn(repository, ProposalMark(lock: "other/pins.json", base: "main")))
        #expect(try await !isOwn(repository, ProposalMark(lock: "pins/pins.json", base: "next")))
    }

    @Test(arguments: ["commit", "amend", "message", "extended", "rebase", "merge", "squash", "revert"])
    func `Whatever somebody else did is somebody else's`(_ what: String) async throws {
        let (folder, repository) = try await proposal()
        defer { withExtendedLifetime(folder) {} }
        func advanceMain() async throws {
            try await repository.git("checkout", "--quiet", "main")
            try repository.write("other", "new")
            try await repository.commit("other")
            try await repository.git("checkout", "--quiet", "pinr/update")
        }
        switch what {
        case "commit":
            try repository.write("fix", "1")
            try await repository.commit("fix")
        case "amend":
            try repository.write("fix", "1")
            try await repository.git("add", ".")
            try await repository.git("commit", "--quiet", "--amend", "--no-edit")
        case "message": try await repository.git("commit", "--quiet", "--amend", "-m", "Update a, which I checked")
        case "extended":
            let message = try await repository.git("log", "-1", "--format=%B")
            try await repository.git("commit", "--quiet", "--amend", "-m", "Checked.\n\n" + message)
        case "rebase":
            try await advanceMain()
            try await repository.git("rebase", "--quiet", "main")
        case "merge":
            try await advanceMain()
            try await repository.git("merge", "--quiet", "--no-edit", "main")
        case "squash":
            try repository.write("fix", "1")
            try await repository.commit("fix")
            let message = try await repository.git("log", "-1", "--format=%B", "HEAD~")
            try await repository.git("reset", "--quiet", "--soft", "main")
            try await repository.git("commit", "--quiet", "-m", message)
        default: try await repository.git("revert", "--no-edit", "HEAD")
        }
        #expect(try await !isOwn(repository))
    }
}
