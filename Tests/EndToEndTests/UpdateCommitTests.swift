import Foundation
import JSON
import Support
import Testing

/// `update --commit`, from the command to what git says.
struct UpdateCommitTests {
    /// A project in a repository, with a pin whose branch has moved.
    private struct Committed {
        let project: Project
        let first: String
        let second: String

        init() async throws {
            let upstream = try await Upstream.shared()
            var project = try await Project.connected()
            project.environment["GIT_CONFIG_GLOBAL"] = try project.directory.write(
                "gitconfig", "[user]\nname = A U Thor\nemail = author@example.org\n[init]\ndefaultBranch = main\n")
            self.project = project
            let repository = try await upstream.github()
            first = try await repository.work.revision()
            try await project.pinr("add", repository.notation, "--name", "lib").expect(0)
            second = try await repository.advance()
            try await git("init", "--quiet", "--template=")
            try project.write("staged", "1")
            try await git("add", "pins")
            try await git("commit", "--quiet", "-m", "first")
            try await git("add", "staged")
        }

        @discardableResult
        func git(_ arguments: String...) async throws -> String {
            try await Support.run(
                ["git"] + arguments, environment: project.variables("/tmp", [:]), directory: project.path
            ).trimmed
        }
    }

    @Test func commitsWhatItWroteAndNothingElse() async throws {
        let world = try await Committed()
        let run = try await world.project.pinr("update", "--commit").expect(0)
        let head = try await world.git("rev-parse", "HEAD")
        let change = "lib: \(world.first.prefix(12)) → \(world.second.prefix(12))"
        #expect(run.lines == [change, "committed as \(head.prefix(12))"])
        #expect(
            try await world.git("log", "-1", "--format=%s|%an|%ae")
                == "pins: update \(change)|A U Thor|author@example.org")
        #expect(try await world.git("show", "--format=", "--name-only", "HEAD") == "pins/pins.json")
        #expect(try await world.git("status", "--porcelain") == "A  staged")
        // There is nothing more to do.
        let again = try await world.project.pinr("update", "--commit", "--json").expect(0)
        #expect(try again.json["commit"] == nil)
        #expect(try await world.git("rev-parse", "HEAD") == head)
    }

    @Test func saysTheCommitToMachines() async throws {
        let world = try await Committed()
        let run = try await world.project.pinr("update", "--commit", "--json").expect(0)
        #expect(try run.json["commit"]?.string == (try await world.git("rev-parse", "HEAD")))
    }

    @Test func refusesBeforeAnythingIsWritten() async throws {
        let world = try await Committed()
        let before = try world.project.read("pins/pins.json")
        try await world.project.pinr(
            "update", "--commit", environment: ["GIT_CONFIG_GLOBAL": "/dev/null"]
        ).expectFailure(saying: "git does not know the name of the author")
        try world.project.write("pins/default.nix", "x")
        try await world.project.pinr("update", "--commit").expectFailure(
            saying: "pins/default.nix", "changes that are not committed")
        try await world.git("checkout", "--", "pins")
        try FileManager.default.moveItem(atPath: world.project.file(".git"), toPath: world.project.file("git"))
        try await world.project.pinr("update", "--commit").expectFailure(saying: "is in no git repository")
        #expect(try world.project.read("pins/pins.json") == before)
        for arguments in [["--sign"], ["--commit", "--check"], ["--commit", "--dry-run"]] {
            #expect(try await world.project.pinr(["update"] + arguments).status == 64)
        }
    }

    @Test func savesThePinsWhenTheyCannotBeCommitted() async throws {
        let world = try await Committed()
        try await world.git("config", "gpg.program", "false")
        let head = try await world.git("rev-parse", "HEAD")
        let run = try await world.project.pinr("update", "--commit", "--sign", "--json").expect(1)
        #expect(run.stderr.contains("the pins are saved, but not committed: `false` made no signature"))
        #expect(try run.json["error"]?["code"] == "bad-git")
        #expect(try run.json["changed"]?.array?.count == 1)
        #expect(try world.project.pin("lib")["locked"]?["revision"]?.string == world.second)
        #expect(try await world.git("rev-parse", "HEAD") == head)
        #expect(try await world.git("status", "--porcelain") == "M pins/pins.json\nA  staged")
    }
}
