import Foundation
import JSON
import Support
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Locks that cannot be read, understood or written.
@Suite struct LockErrorTests {
    private let writers: [[String]] = [
        ["add", "file:///etc/hostname", "--name", "new"], ["remove", "a"], ["rename", "a", "b"], ["freeze", "a"],
        ["unfreeze", "a"], ["update"], ["init"], ["init", "--bare"],
    ]
    private let readers: [[String]] = [["show"], ["verify"], ["update", "--check"]]

    /// Every command fails so and leaves the file alone.
    private func expectAll(
        _ commands: [[String]], in project: Project, code: String, saying texts: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try project.read("pins/pins.json")
        for command in commands {
            let run = try await project.pinr(command)
            run.expectFailure(sourceLocation: sourceLocation)
            for text in texts {
                #expect(run.stderr.contains(text), "`\(text)` is not said: \(run)", sourceLocation: sourceLocation)
            }
            try expectError(code, try await project.pinr(command + ["--json"]), sourceLocation: sourceLocation)
            #expect(try project.read("pins/pins.json") == before, "\(run)", sourceLocation: sourceLocation)
        }
        #expect(try project.list("pins") == ["default.nix", "pins.json"], sourceLocation: sourceLocation)
    }

    @Test func malformedIsSaidWithLineAndColumn() async throws {
        let project = try await NameTests.project(["a"])
        try project.write("pins/pins.json", "{\n  \"pins\": {},\n  \"version\" 1\n}\n")
        try await expectAll(
            readers + writers, in: project, code: "bad-lock", saying: "`pins/pins.json`", "line 3, column 13")
        try project.write("pins/pins.json", "")
        try await expectAll([["show"]], in: project, code: "bad-lock", saying: "line 1, column 1")
        try project.write("pins/pins.json", "{\"pins\": {}, \"version\": 1, \"version\": 1}")
        try await expectAll([["show"]], in: project, code: "bad-lock", saying: "column 28", "second time")
    }

    @Test func aMergeConflictIsSaid() async throws {
        let project = try await NameTests.project(["a"])
        try project.edit(
            "      \"source\"", to: "<<<<<<< HEAD\n      \"x\": 1,\n=======\n>>>>>>> theirs\n      \"source\"")
        try await expectAll(
            readers + writers, in: project, code: "bad-lock", saying: "merge conflict", "line 10",
            "resolve the conflict")
    }

    @Test func aBadFieldIsSaidWithItsPlace() async throws {
        let project = try await NameTests.project(["a"])
        try project.edit("\"hash\": \"sha256-", to: "\"hash\": \"md5-")
        try await expectAll(
            readers + writers.filter { $0[0] != "init" }, in: project, code: "bad-lock", saying: "locked.hash")
    }

    @Test func aLaterVersionIsShownAndNeverWritten() async throws {
        let project = try await NameTests.project(["a"])
        try project.edit("\"version\": 1", to: "\"version\": 2")
        let before = try project.read("pins/pins.json")
        let shown = try await project.pinr("show").expect(0, quietly: false)
        #expect(shown.lines.first == "a")
        #expect(shown.stderr.contains("warning: ") && shown.stderr.contains("version 2"), "\(shown)")
        let json = try await project.pinr("show", "--json").expect(0, quietly: false).json
        #expect(json["pins"]?.object?.keys == ["a"])
        #expect(try project.read("pins/pins.json") == before)
        try await expectAll(
            writers, in: project, code: "later-version", saying: "version 2", "version 1", "nothing was changed",
            "newer pinr")
    }

    @Test func aLockThatIsNotThereIsSaid() async throws {
        let project = try Project()
        for command in readers + writers where command[0] != "add" && command[0] != "init" {
            try await project.pinr(command).expectFailure(saying: "there is no `pins/pins.json`", "`pinr init`")
            try expectError("not-found", try await project.pinr(command + ["--json"]))
        }
        #expect(try project.list(".") == [])
    }

    @Test func aFileWhereTheFolderShouldBeIsSaid() async throws {
        let project = try Project()
        try project.write("pins", "a file\n")
        for command in [["show"], ["init", "--bare"], ["add", "file:///etc/hostname"]] {
            try await project.pinr(command).expectFailure(saying: "pins", "not a directory")
            try expectError("io", try await project.pinr(command + ["--json"]))
        }
        #expect(try project.read("pins") == Array("a file\n".utf8))
    }

    @Test func aDefaultNixThatCannotBeWrittenIsAFailure() async throws {
        let project = try Project()
        try project.write("pins/default.nix/x", "x")
        try await project.pinr("init", "--bare")
            .expectFailure(saying: "the pins are saved, but `pins/default.nix` is not")
        #expect(try project.lock()["pins"] == [:])
        try expectError("io", try await project.pinr("add", "file:///etc/hostname", "--json"))
        #expect(try project.names() == ["hostname"])
    }

    @Test func aFileThatIsTooLargeForALockIsSaid() async throws {
        let project = try Project()
        try project.write("pins/pins.json", "")
        // All of it a hole.
        #expect(truncate(project.file("pins/pins.json"), 8 << 40) == 0)
        for command in [["show"], ["freeze", "x"]] {
            try await project.pinr(command).expectFailure(saying: "pins/pins.json` is no lock", "128 MiB")
        }
    }

    @Test func aLinkToNothingInPlaceOfTheFolderIsSaid() async throws {
        let project = try Project()
        try FileManager.default.createSymbolicLink(
            atPath: project.file("pins"), withDestinationPath: "nowhere")
        try await project.pinr("init", "--bare").expectFailure(saying: "symbolic link that leads nowhere")
    }

    @Test func aFolderWhereTheFileShouldBeIsSaid() async throws {
        let project = try Project()
        try project.write("pins/pins.json/x", "x")
        for command in [["show"], ["init", "--bare"]] {
            try await project.pinr(command).expectFailure(saying: "`pins/pins.json` is not a file")
        }
    }

    // MARK: Permissions

    @Test(.enabled(if: Nobody.canRun, Nobody.whyNot))
    func aReadOnlyFolderIsSaid() async throws {
        let project = try await NameTests.project(["a"])
        try setMode(project.file("pins"), 0o555)
        defer { chmod(project.file("pins"), 0o755) }
        let before = try project.read("pins/pins.json")
        #expect(try await Nobody.pinr(project, ["show"]).expect(0).lines.first == "a")
        for command in [["freeze", "a"], ["add", "file:///etc/hostname"], ["remove", "a"]] {
            try await Nobody.pinr(project, command).expectFailure(saying: "pins/pins.json", "ermission denied")
            try expectError("io", try await Nobody.pinr(project, command + ["--json"]))
        }
        #expect(try project.read("pins/pins.json") == before)
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
    }

    @Test(.enabled(if: Nobody.canRun, Nobody.whyNot))
    func anUnreadableLockIsSaid() async throws {
        let project = try await NameTests.project(["a"])
        try setMode(project.file("pins/pins.json"), 0o000)
        defer { chmod(project.file("pins/pins.json"), 0o644) }
        for command in [["show"], ["freeze", "a"], ["add", "file:///etc/hostname"], ["init"]] {
            try await Nobody.pinr(project, command).expectFailure(saying: "pins/pins.json", "ermission denied")
            try expectError("io", try await Nobody.pinr(project, command + ["--json"]))
        }
    }

    @Test(.enabled(if: Nobody.canRun, Nobody.whyNot))
    func aFolderThatCannotBeMadeIsSaid() async throws {
        let project = try Project()
        try setMode(project.path, 0o555)
        defer { chmod(project.path, 0o755) }
        for command in [["init", "--bare"], ["add", "file:///etc/hostname"]] {
            try await Nobody.pinr(project, command).expectFailure(saying: "`pins`", "ermission denied")
            try expectError("io", try await Nobody.pinr(project, command + ["--json"]))
        }
    }
}
