import JSON
import Support
import Testing

/// `add` beside what is pinned already, and the commands that change pins without asking upstream.
@Suite struct NameTests {
    /// A project with pins of local files, under these names.
    static func project(_ names: [String]) async throws -> Project {
        let project = try Project()
        try project.write("f.txt", "f\n")
        for name in names {
            try await project.pinr("add", "file://\(project.file("f.txt"))", "--name", name).expect(0)
        }
        return project
    }

    private func other(_ project: Project) throws -> String {
        try project.write("g.txt", "g\n")
        return "file://\(project.file("g.txt"))"
    }

    // MARK: add

    @Test func theSameAgainChangesNothing() async throws {
        let project = try await Self.project(["a"])
        let before = try project.read("pins/pins.json")
        try project.write("f.txt", "changed\n")
        let run = try await project.pinr("add", "file://\(project.file("f.txt"))", "--name", "a").expect(0)
        #expect(run.lines.first == "unchanged: a")
        #expect(try project.read("pins/pins.json") == before)
    }

    @Test func anotherSourceUnderTheNameIsRefusedUnlessForced() async throws {
        let project = try await Self.project(["a"])
        let before = try project.read("pins/pins.json")
        let source = try other(project)
        try await project.pinr("add", source, "--name", "a")
            .expectFailure(saying: "there is a pin `a` already", "f.txt", "--name", "--force")
        try expectError("exists", try await project.pinr("add", source, "--name", "a", "--json"))
        #expect(try project.read("pins/pins.json") == before)

        let dry = try await project.pinr("add", source, "--name", "a", "--force", "-n").expect(0)
        #expect(dry.lines.first == "would replace a")
        #expect(try project.read("pins/pins.json") == before)
        let forced = try await project.pinr("add", source, "--name", "a", "--force").expect(0)
        #expect(forced.lines.first == "replaced a")
        #expect(try project.pin("a")["source"]?["url"]?.string == source)
    }

    @Test func aDryRunWritesNothing() async throws {
        let project = try Project()
        let run = try await project.pinr("add", try other(project), "--dry-run", "--json").expect(0)
        #expect(try run.json["pins"]?["g.txt"]?["locked"]?["hash"]?.string?.hasPrefix("sha256-") == true)
        #expect(try project.list(".") == ["g.txt"])
    }

    @Test func frozenFromTheStart() async throws {
        let project = try Project()
        try await project.pinr("add", try other(project), "--frozen", "--name", "g").expect(0)
        let since = try project.pin("g")["frozen"]?["since"]?.string
        #expect(since?.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil)
    }

    @Test func twoNamesOfOneOverrideVariableAreRefused() async throws {
        let project = try await Self.project(["a-b"])
        let before = try project.read("pins/pins.json")
        try await project.pinr("add", try other(project), "--name", "a.b")
            .expectFailure(saying: "`a-b`", "`a.b`", "PINR_OVERRIDE_a_b")
        #expect(try project.read("pins/pins.json") == before)
    }

    @Test(arguments: ["", "a\nb", String(repeating: "x", count: 212)])
    func whatCannotBeANameIsRefused(_ name: String) async throws {
        let project = try Project()
        try await project.pinr("add", try other(project), "--name", name).expectFailure(saying: "cannot be the name")
        #expect(try project.list(".") == ["g.txt"])
    }

    // MARK: remove, rename, freeze

    @Test(arguments: ["remove", "rm", "drop"])
    func removesThoseNamed(_ command: String) async throws {
        let project = try await Self.project(["a", "b", "c"])
        let run = try await project.pinr(command, "c", "a").expect(0)
        #expect(run.lines == ["removed c", "removed a"])
        #expect(try project.names() == ["b"])
    }

    @Test func removesNothingWhenOneIsNotThere() async throws {
        let project = try await Self.project(["nixpkgs", "b"])
        try await project.pinr("remove", "b", "nixpkg")
            .expectFailure(saying: "there is no pin `nixpkg`", "did you mean `nixpkgs`?")
        #expect(try project.names() == ["b", "nixpkgs"])
    }

    @Test func renames() async throws {
        let project = try await Self.project(["a", "b"])
        let before = try project.pin("a")
        try await project.pinr("rename", "a", "é").expect(0)
        #expect(try project.names() == ["b", "é"])
        #expect(try project.pin("é") == before)
        try await project.pinr("rename", "é", "b").expectFailure(saying: "there is a pin `b` already")
        #expect(try project.names() == ["b", "é"])
    }

    @Test func freezesAndUnfreezes() async throws {
        let project = try await Self.project(["a", "b"])
        let before = try project.read("pins/pins.json")
        try await project.pinr("freeze", "a", "--reason", "2.0 drops \"aarch64\"").expect(0)
        let frozen = try project.pin("a")["frozen"]
        #expect(frozen?["reason"]?.string == "2.0 drops \"aarch64\"")
        #expect(frozen?["since"]?.string?.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil)
        #expect(try project.pin("b")["frozen"] == nil)
        // Frozen again, it keeps its reason.
        try await project.pinr("freeze", "a").expect(0)
        #expect(try project.pin("a")["frozen"] == frozen)
        #expect(try await project.pinr("show", "a").stdout.contains("2.0 drops \"aarch64\""))
        try await project.pinr("unfreeze", "a", "b").expect(0)
        #expect(try project.read("pins/pins.json") == before)
    }

    @Test(arguments: [["show"], ["update"], ["verify"], ["remove"], ["freeze"], ["unfreeze"], ["rename", "z"]])
    func aNameThatIsNotThereIsNamedWithTheNearest(_ command: [String]) async throws {
        let project = try await Self.project(["nixpkgs", "home-manager"])
        let before = try project.read("pins/pins.json")
        let arguments = [command[0], "home-manger"] + command.dropFirst()
        try await project.pinr(arguments)
            .expectFailure(saying: "there is no pin `home-manger`", "did you mean `home-manager`?")
        try expectError("not-found", try await project.pinr(arguments + ["--json"]))
        #expect(try project.read("pins/pins.json") == before)
    }

    // MARK: show

    @Test func showsWhatIsTrackedAndLocked() async throws {
        let project = try await Self.project(["a", "b"])
        let run = try await project.pinr("show").expect(0)
        let url = "file://\(project.file("f.txt"))"
        let hash = try project.pin("a")["locked"]?["hash"]?.string ?? "?"
        #expect(run.lines.filter { !$0.hasPrefix(" ") } == ["a", "b"])
        #expect(run.stdout.contains(url) && run.stdout.contains(hash))
        #expect(try await project.pinr("ls", "b").lines.first == "b")
        let plain = try await project.pinr("show", "--plain").expect(0)
        #expect(plain.lines == ["a", "b"].map { [$0, "file", "-", url, hash].joined(separator: "\t") })
    }

    @Test func namesFromOutsideDoNoHarmOnATerminal() async throws {
        let project = try await Self.project(["a"])
        try project.edit("f.txt\"", to: "f.txt\\u001b[31m\"")
        for arguments in [["show"], ["show", "--plain"]] {
            #expect(!(try await project.pinr(arguments).stdout.contains("\u{1B}")))
        }
    }
}
