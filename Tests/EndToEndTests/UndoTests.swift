import Foundation
import JSON
import Support
import Testing

/// `undo`: every command that writes can be taken back, and what was taken back can be had again.
@Suite struct UndoTests {
    private func commands(_ project: Project) async throws -> [String] {
        let steps = try await project.pinr("undo", "--list", "--json").expect(0).json["steps"]?.array ?? []
        return steps.map { ($0["command"]?.string ?? "-") + ($0["undone"] == true ? " undone" : "") }
    }

    @Test func everyCommandThatWritesIsUndoneAndDoneAgain() async throws {
        let project = try Project()
        try project.write("f.txt", "f\n")
        try project.write("g.txt", "g\n")
        try project.write("npins/sources.json", #"{"pins":{},"version":3}"#)
        let (f, g) = ("file://\(project.file("f.txt"))", "file://\(project.file("g.txt"))")
        let steps: [[String]] = [
            ["init", "--bare"], ["add", f, "--name", "a"], ["add", g, "--name", "b"], ["set", "b", f],
            ["freeze", "a", "--reason", "why"], ["unfreeze", "a"], ["note", "b", "mind"], ["rename", "b", "c"],
            ["remove", "a"],
        ]
        var states: [[UInt8]?] = [nil]
        for step in steps {
            try await project.pinr(step).expect(0)
            states.append(try project.read("pins/pins.json"))
        }
        try project.write("f.txt", "moved\n")
        try await project.pinr("update", "--refetch").expect(0)
        states.append(try project.read("pins/pins.json"))
        try project.write("pins/pins.json", String(decoding: try #require(states.last ?? nil), as: UTF8.self) + "\n")
        states[states.count - 1] = try project.read("pins/pins.json")
        try await project.pinr("upgrade").expect(0)
        states.append(try project.read("pins/pins.json"))
        // What changes nothing is no step.
        for idle in [["unfreeze", "c"], ["update"], ["init"], ["show"], ["verify"], ["add", f, "--name", "c"]] {
            try await project.pinr(idle).expect(0)
        }
        let all = [
            "upgrade", "-", "update", "remove", "rename", "note", "unfreeze", "freeze", "set", "add", "add", "init",
        ]
        #expect(try await commands(project) == all)

        for (index, state) in states.dropLast().enumerated().reversed() {
            // The line end that was put to the file by hand goes with the command before it only by force.
            let force = index == states.count - 3 ? ["--force"] : []
            if !force.isEmpty {
                try await project.pinr("undo").expectFailure(
                    saying: "its pins are the same, and its text is not", "--force")
            }
            try await project.pinr(["undo"] + force).expect(0)
            #expect((try? project.read("pins/pins.json")) == state, "\(index)")
            #expect(try project.list("pins") == (state == nil ? [] : ["default.nix", "pins.json"]))
        }
        try await project.pinr("undo").expectFailure(saying: "all that this machine remembers of this lock is undone")
        #expect(try await commands(project) == all.map { "\($0) undone" })
        for _ in all { try await project.pinr("undo", "--redo").expect(0) }
        #expect((try? project.read("pins/pins.json")) == states.last)
        try await project.pinr("undo", "--redo").expectFailure(saying: "nothing is undone")
    }

    @Test func itSaysWhatItDoesAndWhatItWouldDo() async throws {
        let project = try await NameTests.project(["a", "b"])
        try await project.pinr("freeze", "a", "b").expect(0)
        let before = try project.read("pins/pins.json")
        let dry = try await project.pinr("undo", "--dry-run").expect(0).lines
        #expect(dry.first?.hasPrefix("would undo `freeze` of 20") == true)
        #expect(Array(dry.dropFirst()) == ["  unfroze a", "  unfroze b", "nothing was written"])
        #expect(try project.read("pins/pins.json") == before)
        #expect(try await commands(project) == ["freeze", "add", "add"])
        let json = try await project.pinr("undo", "-n", "--json").expect(0).json
        #expect(json.object?.keys == ["action", "events", "lockRemoved", "steps", "written"])
        #expect(json["action"] == "undo" && json["written"] == false && json["lockRemoved"] == false)
        #expect(json["events"]?[0]?["event"] == "unfrozen" && json["events"]?[0]?["name"] == "a")
        #expect(json["steps"]?[0]?["command"] == "freeze" && json["steps"]?[0]?["undone"] == true)
        #expect(json["steps"]?[0]?["events"]?[0]?["event"] == "frozen")
        let done = try await project.pinr("undo").expect(0).lines
        #expect(done.first?.hasPrefix("undid `freeze` of 20") == true)
        let list = try await project.pinr("undo", "--list").expect(0).lines
        #expect(list.count == 3 && list[0].hasSuffix("freeze    froze a, b (undone)"), "\(list)")
        #expect(list[2].hasSuffix("add       made the lock: added a"), "\(list)")
    }

    @Test func whatOthersChangedIsNamed() async throws {
        let project = try await NameTests.project(["a", "b"])
        try await project.pinr("note", "a", "one").expect(0)
        try project.edit("\"one\"", to: "\"two\"")
        try project.edit("f.txt\"", to: "g.txt\"")
        try await project.pinr("undo").expectFailure(
            saying: "is not what the last command (`note`) left", "moved a", "noted a", "--force")
        try expectError("changed-meanwhile", try await project.pinr("undo", "--json"))
        let edited = try project.read("pins/pins.json")
        try await project.pinr("undo", "--force").expect(0)
        #expect(try project.pin("a")["note"] == nil)
        try await project.pinr("undo", "--redo").expect(0)
        try await project.pinr("undo", "--redo").expect(0)
        #expect(try project.read("pins/pins.json") == edited)
    }

    @Test func aDeletedLockComesBack() async throws {
        let project = try await NameTests.project(["a"])
        let lock = try project.read("pins/pins.json")
        try FileManager.default.removeItem(atPath: project.file("pins"))
        #expect(
            try await project.pinr("undo").expect(0).lines == ["put pins/pins.json back as it was left", "  added a"])
        #expect(try project.read("pins/pins.json") == lock)
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
    }

    @Test func eachLockHasItsOwn() async throws {
        let project = try await NameTests.project(["a"])
        let source = "file://\(project.file("f.txt"))"
        try project.write("one.json", #"{"pins":{},"version":1}"#)
        try await project.pinr("add", source, "--name", "x", "--lock-file", "one.json").expect(0)
        try await project.pinr("add", source, "--name", "y", "-d", "deep/er").expect(0)
        try await project.pinr("undo", "--lock-file", "one.json").expect(0)
        #expect(try project.lock("one.json")["pins"] == [:])
        #expect(try project.list(".").contains("default.nix") == false)
        try await project.pinr("undo", "-d", "deep/../deep/er").expect(0)
        #expect(try project.list("deep/er") == [])
        #expect(try project.names() == ["a"])
    }

    /// Twenty at once: each is a step, and all of them together lead back to where it began.
    @Test func manyAtOnceAreAllRemembered() async throws {
        let project = try await NameTests.project(["a"])
        let before = try project.read("pins/pins.json")
        let source = "file://\(project.file("f.txt"))"
        try await withThrowingTaskGroup(of: Run.self) { group in
            for number in 1...12 {
                group.addTask { try await project.pinr("add", source, "--name", "x\(number)") }
            }
            for try await run in group { run.expect(0, quietly: false) }
        }
        #expect(try await commands(project).count == 13)
        try await withThrowingTaskGroup(of: Run.self) { group in
            for _ in 1...12 { group.addTask { try await project.pinr("undo") } }
            for try await run in group { run.expect(0, quietly: false) }
        }
        #expect(try project.read("pins/pins.json") == before)
    }

    // MARK: Where nothing can be remembered

    private func everyCommandWorks(_ project: Project, _ extra: [String: String]) async throws {
        let source = "file://\(project.file("f.txt"))"
        for command in [
            ["add", source, "--name", "n"], ["note", "n", "x"], ["show"], ["verify"], ["remove", "n"],
        ] { try await project.pinr(command, environment: extra).expect(0) }
    }

    @Test func withoutAHomeEverythingElseWorks() async throws {
        let project = try await NameTests.project([])
        try project.write("f.txt", "f\n")
        for home in ["", "/nonexistent", "/dev/null"] {
            let extra = ["HOME": home, "XDG_STATE_HOME": ""]
            try await everyCommandWorks(project, extra)
            let run = try await project.pinr("undo", environment: extra)
            run.expectFailure(saying: "there is no state to go back to")
            try expectError(
                home == "/dev/null" ? "io" : "not-found",
                try await project.pinr("undo", "--json", environment: extra))
        }
        #expect(!FileManager.default.fileExists(atPath: "/nonexistent"))
    }

    @Test(.enabled(if: Nobody.canRun, Nobody.whyNot)) func whoMayNotWriteThereIsNotTold() async throws {
        let project = try await NameTests.project(["a"])
        for folder in [project.path, project.file("pins")] { try setMode(folder, 0o777) }
        try setMode(project.directory.file("home"), 0o555)
        try FileManager.default.removeItem(atPath: project.directory.file("home/.local/state"))
        try setMode(project.file("f.txt"), 0o644)
        let run = try await Nobody.pinr(project, ["note", "a", "x"])
        run.expect(0)
        #expect(try project.pin("a")["note"] == "x")
        try await Nobody.pinr(project, ["undo"]).expectFailure(saying: "there is no state to go back to")
        try setMode(project.directory.file("home"), 0o755)
    }

    /// A file may have no more than 4 KiB: the lock fits, and what it was does not.
    @Test func withoutRoomForWhatWasTheCommandIsDoneAllTheSame() async throws {
        let project = try Project()
        let pins = (1...40).map { "x\($0)" }
        try await project.pinr("init", "--bare").expect(0)
        try project.write("f.txt", "f\n")
        try await project.pinr("add", "file://\(project.file("f.txt"))", "--name", "a").expect(0)
        let pin = try project.pin("a")
        let lock: JSON = ["pins": .object(JSONObject(pins.map { ($0, pin) })), "version": 1]
        try project.write("pins/pins.json", String(decoding: lock.serialized(), as: UTF8.self))
        let size = try project.read("pins/pins.json").count
        // One pin less fits, and what there is now does not.
        let temporary = try project.newTemporaryFolder()
        let blocks = (size - 200) / 512
        let result = try await runProcess(
            ["sh", "-c", "trap '' XFSZ; ulimit -f \(blocks); exec \"$@\"", "sh", Binary.pinr, "remove"]
                + pins.prefix(5),
            environment: project.variables(temporary, [:]), directory: project.path)
        Run(arguments: ["remove"], result: result).expect(0)
        #expect(try project.names().count == 35)
        try await project.pinr("undo").expectFailure(saying: "is not what the last command (`add`) left")
    }

    @Test func aLinkInItsPlaceIsNotFollowed() async throws {
        let project = try await NameTests.project(["a"])
        let state = project.directory.file("home/.local/state/pinr")
        try FileManager.default.removeItem(atPath: state)
        let elsewhere = try project.directory.makeDirectory("elsewhere")
        try FileManager.default.createSymbolicLink(atPath: state, withDestinationPath: elsewhere)
        try await project.pinr("note", "a", "x").expect(0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere) == [])
        try await project.pinr("undo").expectFailure(saying: "cannot open", "pinr")
    }

    @Test func wrongOptionsAreRefused() async throws {
        let project = try Project()
        for options in [["--list", "--redo"], ["--list", "--force"], ["--list", "-n"]] {
            #expect(try await project.pinr(["undo"] + options).status == 64)
        }
        try await project.pinr("undo").expectFailure(saying: "remembers no command that wrote this lock")
        #expect(try await project.pinr("undo", "--list").expect(0).lines == ["nothing is remembered"])
        #expect(try project.list(".") == [])
    }

    // MARK: Times of verification

    @Test func showSaysWhenAPinWasVerifiedUntilItMoves() async throws {
        let project = try await NameTests.project(["a", "b"])
        func isVerified(_ name: String) async throws -> Bool {
            try await project.pinr("show", name).expect(0).lines.contains {
                $0.wholeMatch(of: #/  verified \d{4}-\d\d-\d\d/#) != nil
            }
        }
        #expect(try await !isVerified("a"))
        try await project.pinr("verify", "a", "--store").expect(1, quietly: false)
        #expect(try await !isVerified("a"))
        try await project.pinr("verify", "a").expect(0)
        #expect(try await isVerified("a"))
        // The longest label of them leaves the column straight.
        let columns = try await project.pinr("show", "a").expect(0).lines.dropFirst().map {
            $0.prefixMatch(of: #/  \w+ +/#)?.output.count
        }
        #expect(Set(columns) == [11])
        #expect(try await !isVerified("b"))
        #expect(try await project.pinr("show", "a", "--json").json["pins"]?["a"] == (try project.pin("a")))
        try project.write("f.txt", "moved\n")
        try await project.pinr("verify").expect(2)
        try await project.pinr("update", "--refetch", "a").expect(0)
        #expect(try await !isVerified("a"))
        #expect(try await !isVerified("b"))
        // Back at what was verified then.
        try await project.pinr("undo").expect(0)
        #expect(try await isVerified("a"))
    }
}
