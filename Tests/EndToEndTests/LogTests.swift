import Foundation
import JSON
import Support
import Testing

/// `log`: how a pin moved through the history of a repository that git made.
@Suite struct LogTests {
    /// A project in a repository of its own.
    private struct History {
        let project: Project
        let git: TestRepository

        init() async throws {
            project = try Project()
            git = try await TestRepository(at: project.path)
            try project.write("f.txt", "f\n")
            try project.write(".gitignore", "f.txt\n")
        }

        var source: String { "file://\(project.file("f.txt"))" }

        /// Commits on the day of that number.
        @discardableResult
        func commit(_ subject: String, day: Int) async throws -> String {
            try await git.git("add", "--all")
            try await git.git(
                "commit", "--quiet", "--allow-empty", "-m", subject, date: TestRepository.epoch + day * 86400)
            return try await git.revision()
        }

        func run(_ arguments: String...) async throws { try await project.pinr(arguments).expect(0) }

        func move(to text: String) async throws {
            try project.write("f.txt", text)
            try await run("update", "--refetch")
        }

        /// Each event as `SUBJECT: NAME EVENT`.
        func events(_ name: String, _ options: String...) async throws -> [String] {
            let json = try await project.pinr(["log", name, "--json"] + options).expect(0, quietly: false).json
            return (json["events"]?.array ?? []).map {
                "\($0["subject"]?.string ?? "-"): \($0["name"]?.string ?? "") \($0["event"]?.string ?? "")"
            }
        }
    }

    @Test func aPinIsToldFromItsFirstDayToWhatIsNotCommitted() async throws {
        let history = try await History()
        try await history.run("add", history.source, "--name", "a")
        #expect(try await history.events("a") == ["-: a added"])
        let first = try await history.commit("one", day: 0)
        try await history.commit("nothing of it", day: 1)
        try await history.move(to: "g\n")
        let second = try await history.commit("two", day: 2)
        try await history.run("freeze", "a", "--reason", "it\u{1B}[31m breaks")
        try await history.commit("three", day: 3)
        try await history.run("rename", "a", "b")
        try await history.run("unfreeze", "b")
        try await history.commit("four", day: 4)
        try await history.run("remove", "b")
        #expect(
            try await history.events("b") == [
                "-: b removed", "four: b renamed", "four: b unfrozen", "three: a frozen", "two: a moved",
                "one: a added",
            ])
        #expect(try await history.events("a").first == "four: b renamed")
        let lines = try await history.project.pinr("log", "b").expect(0).lines
        #expect(lines[0].hasPrefix("not committed  removed: it was file://"))
        #expect(
            lines[3]
                == "2024-01-04  \(try await history.git.revision("HEAD~1").prefix(12))  Pin Tester  frozen: it\\x1b[31m breaks"
        )
        #expect(lines[4].hasPrefix("2024-01-03  \(second.prefix(12))  Pin Tester  moved: sha256-"))
        #expect(lines[5].hasPrefix("2024-01-01  \(first.prefix(12))  Pin Tester  added: file file://"))
        let limited = try await history.project.pinr("log", "b", "--limit", "2").expect(0).lines
        #expect(limited == Array(lines[..<2]) + ["and 4 older"])
        let json = try await history.project.pinr("log", "b", "--limit", "2", "--json").expect(0).json
        #expect(json.object?.keys == ["events", "name", "older", "unreadable"])
        #expect(json["older"] == 4 && json["unreadable"] == [] && json["name"] == "b")
        #expect(json["events"]?[0]?.object?.keys == ["event", "name", "pin"])
        #expect(json["events"]?[1]?.object?.keys == ["author", "commit", "event", "from", "name", "subject", "time"])
    }

    @Test func aForgesPinHasItsCompareLink() async throws {
        let repository = try await Upstream.shared().github()
        let project = try await Project.connected()
        let git = try await TestRepository(at: project.path)
        let old = try await repository.work.revision()
        try await project.pinr("add", repository.notation, "--name", "a").expect(0)
        try await git.commit("one")
        let new = try await repository.advance()
        try await project.pinr("update").expect(0)
        let page = repository.upstream.url("/github/\(repository.owner)/\(repository.repo)/compare/\(old)...\(new)")
        let run = try await project.pinr("log", "a").expect(0)
        #expect(
            Array(run.lines.prefix(2)) == ["not committed  moved: \(old.prefix(12)) → \(new.prefix(12))", "  \(page)"])
        let json = try await project.pinr("log", "a", "--json").expect(0).json
        #expect(json["events"]?[0]?["compareURL"]?.string == page)
        #expect(json["events"]?[0]?["new"]?["revision"]?.string == new)
    }

    @Test func branchesHaveEachTheirOwnAndMergesAreNotTold() async throws {
        let history = try await History()
        try await history.run("add", history.source, "--name", "a")
        try await history.run("add", history.source, "--name", "z")
        try await history.commit("base", day: 0)
        try await history.git.checkout("side")
        try await history.run("note", "a", "of the side")
        try await history.commit("side", day: 1)
        try await history.git.checkout("main")
        try await history.run("note", "z", "of main")
        try await history.commit("main", day: 2)
        try await history.git.git("merge", "--quiet", "-m", "merged", "side", date: TestRepository.epoch + 3 * 86400)
        #expect(try await history.events("a") == ["side: a noted", "base: a added"])
        #expect(try await history.events("z") == ["main: z noted", "base: z added"])
    }

    @Test func whatCannotBeReadIsPassedOverWithANote() async throws {
        let history = try await History()
        try await history.run("add", history.source, "--name", "a")
        try await history.commit("one", day: 0)
        let good = String(decoding: try history.project.read("pins/pins.json"), as: UTF8.self)
        for (index, broken) in ["<<<<<<< ours\n\(good)", "{", #"{"pins":{}}"#].enumerated() {
            try history.project.write("pins/pins.json", broken)
            try await history.commit("broken", day: 1 + index)
        }
        try history.project.write("pins/pins.json", good)
        try await history.run("note", "a", "x")
        try await history.commit("mended", day: 5)
        try history.project.write("pins/pins.json", "garbage")
        #expect(try await history.events("a") == ["mended: a noted", "one: a added"])
        let run = try await history.project.pinr("log", "a").expect(0, quietly: false)
        #expect(run.stderr.split(separator: "\n").filter { $0.hasPrefix("warning: passed over the lock") }.count == 4)
        #expect(run.stderr.contains("passed over the lock as it is now: "))
        let json = try await history.project.pinr("log", "a", "--json").json
        #expect(json["unreadable"]?.array?.count == 4 && json["unreadable"]?[1]?["subject"] == "broken")
        expectErrorObject(json["unreadable"]?[3]?["error"], code: "bad-lock")
    }

    @Test func namesThatNeverWereAndPlacesWithoutHistoryAreErrors() async throws {
        let history = try await History()
        try await history.run("add", history.source, "--name", "nixpkgs")
        try await history.commit("one", day: 0)
        try await history.run("remove", "nixpkgs")
        try await history.commit("two", day: 1)
        try await history.project.pinr("log", "nixpgks").expectFailure(
            saying: "no pin was ever called `nixpgks` in this history", "did you mean `nixpkgs`?")
        try expectError("not-found", try await history.project.pinr("log", "", "--json"))
        #expect(try await history.project.pinr("log", "nixpkgs", "--limit", "0").status == 64)

        let outside = try await NameTests.project(["a"])
        try await outside.pinr("log", "a").expectFailure(
            saying: "`pins/pins.json` is in no git repository", "pinr undo --list")
        try await Project().pinr("log", "a").expectFailure(saying: "there is no `pins/pins.json`")
    }

    @Test func theLockMayBeAnywhereInTheRepository() async throws {
        let history = try await History()
        try await history.run("add", history.source, "--name", "a", "-d", "deep/pins")
        try await history.commit("one", day: 0)
        try FileManager.default.createSymbolicLink(
            atPath: history.project.file("link.json"), withDestinationPath: "deep/pins/pins.json")
        #expect(try await history.events("a", "-d", "deep/pins") == ["one: a added"])
        #expect(try await history.events("a", "--lock-file", "link.json") == ["one: a added"])
        // Gone from the disk, and not from history.
        try FileManager.default.removeItem(atPath: history.project.file("deep"))
        #expect(try await history.events("a", "-d", "deep/pins") == ["-: a removed", "one: a added"])
    }

    @Test func itsNameIsCompleted() async throws {
        let project = try await NameTests.project(["mine"])
        #expect(try await project.pinr("---completion", "log", "--", "positional@0", "1", "0").lines == ["mine"])
    }
}
