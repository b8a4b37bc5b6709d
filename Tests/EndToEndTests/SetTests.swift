import JSON
import Support
import Testing

/// `set`, `note`, and short names of one's own, as a person uses them.
struct SetTests {
    @Test func `A pin is set to another branch, and keeps its note`() async throws {
        let upstream = try await Upstream.shared()
        let repository = try await upstream.github()
        let project = try await Project.connected()
        try await project.pinr("add", repository.notation, "--name", "p").expect(0)
        let noted = try await project.pinr("note", "p", "for the tests").expect(0)
        #expect(noted.stdout == "noted p\n")
        try await repository.work.git("checkout", "-q", "-b", "next")
        let revision = try await repository.advance("next")

        let run = try await project.pinr("set", "p", "--branch", "next").expect(0)
        #expect(run.lines.first == "set p")
        #expect(run.stdout.contains("branch next"))
        let pin = try project.pin("p")
        #expect(pin["source"]?["branch"] == "next")
        #expect(pin["locked"]?["revision"]?.string == revision)
        #expect(pin["note"] == "for the tests")
        #expect(try await project.pinr("show", "p").expect(0).stdout.contains("  note    for the tests"))

        let same = try await project.pinr("set", "p", "--branch", "next", "--json").expect(0)
        #expect(try same.json["pins"]?["p"] == pin)
        #expect(try await project.pinr("set", "p", "--branch", "next").lines.first == "unchanged: p")
        #expect(try await project.pinr("set", "p", repository.notation, "-n").lines.first == "would set p")
        #expect(try project.pin("p") == pin)
        #expect(try await project.pinr("note", "p", "").expect(0).stdout == "took the note from p\n")
        #expect(try project.pin("p")["note"] == nil)
    }

    @Test func `What cannot be set is said, and nothing is lost`() async throws {
        let upstream = try await Upstream.shared()
        let project = try await Project.connected()
        try await project.pinr("add", try await upstream.github().notation, "--name", "p").expect(0)
        let before = try project.read("pins/pins.json")
        try await project.pinr("set", "p").expectFailure(saying: "there is nothing to set", "--branch")
        try await project.pinr("set", "p", "--branch", "gone").expectFailure(saying: "`gone` is not a branch or tag")
        try await project.pinr("set", "p", "--unpack").expectFailure(saying: "`--unpack` does not go with `github:")
        try await project.pinr("set", "p", "--channel", "c").expectFailure(saying: "`--channel` does not go with")
        try await project.pinr("set", "q", "--branch", "b").expectFailure(saying: "there is no pin `q`")
        try await project.pinr("set").expect(64)
        #expect(try project.read("pins/pins.json") == before)
        try await project.pinr("freeze", "p").expect(0)
        try expectError("frozen", try await project.pinr("set", "p", "--branch", "main", "--json"))
    }

    @Test func `A person's own short name is pinned by its name`() async throws {
        let upstream = try await Upstream.shared()
        let repository = try await upstream.github()
        var project = try await Project.connected()
        project.environment["XDG_CONFIG_HOME"] = project.file("config")
        try project.write(
            "config/pinr/registry.json", #"{"shortNames": {"mine": "\#(repository.notation)"}, "version": 1}"#)
        try await project.pinr("add", "mine").expect(0)
        #expect(try project.names() == ["mine"])
        #expect(try project.pin("mine")["source"]?["owner"]?.string == repository.owner)
        let again = try await project.pinr("add", "mine").expect(0)
        #expect(again.lines.first == "unchanged: mine")
        try await project.pinr("add", "mien").expectFailure(saying: "did you mean `mine`", "pinr help add")

        try project.write("config/pinr/registry.json", "{")
        try await project.pinr("add", "mine")
            .expectFailure(
                saying: "config/pinr/registry.json` cannot be read: it is not JSON: line 1", "it should look like")
        // Who uses no short name is not bothered.
        try await project.pinr("add", repository.notation, "--name", "other").expect(0)
    }
}
