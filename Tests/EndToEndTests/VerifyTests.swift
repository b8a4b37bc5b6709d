import JSON
import Support
import Testing

@Suite struct VerifyTests {
    @Test func everyKindOfPinIsAsItWasLocked() async throws {
        let project = try await Sources.project()
        let names = try project.names()
        let before = try project.read("pins/pins.json")
        let run = try await project.pinr("verify").expect(0)
        #expect(run.lines == names.map { "\($0): ok" })
        #expect(
            try await project.pinr("verify", "--json").expect(0).json == [
                "verified": .array(names.map { .string($0) }), "mismatched": [], "moved": [], "failed": [],
            ])
        #expect(try project.read("pins/pins.json") == before)
    }

    @Test(arguments: Sources.names)
    func aWrongHashIsFound(_ name: String) async throws {
        let project = try await Sources.project([name])
        let right = try #require(try project.pin(name)["locked"]?["hash"]?.string)
        let wrong = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        try project.edit(right, to: wrong)
        let run = try await project.pinr("verify")
        run.expect(2)
        #expect(run.stdout.contains("\(name): ") && run.stdout.contains(right) && run.stdout.contains(wrong), "\(run)")
        let json = try await project.pinr("verify", "--json").expect(2).json
        #expect(
            json == [
                "verified": [], "moved": [], "failed": [],
                "mismatched": [["name": .string(name), "expected": .string(wrong), "actual": .string(right)]],
            ])
    }

    @Test func aChangedFileIsFound() async throws {
        let upstream = try await Upstream.shared()
        let path = "files/\(upstream.uniqueName()).txt"
        let url = try upstream.put(path, "one\n".utf8)
        let project = try Project()
        try await project.pinr("add", url, "--name", "x").expect(0)
        try upstream.put(path, "two\n".utf8)
        try await project.pinr("verify").expect(2)
    }

    @Test(arguments: ["github", "git"])
    func aTagThatMovedOrIsGoneIsFound(_ kind: String) async throws {
        let repository = try await Upstream.shared().github()
        try await repository.work.tag("v1", message: "one")
        try await repository.publish()
        let project = try await Project.connected()
        try await project.pinr(
            "add", kind == "github" ? repository.notation : "git+\(repository.url)", "--at", "v1", "--name", "x"
        ).expect(0)
        let first = try await repository.work.revision()
        try await project.pinr("verify").expect(0)

        let second = try await repository.advance()
        try await repository.work.tag("v1", message: "two")
        try await repository.publish()
        let moved = try await project.pinr("verify")
        moved.expect(2)
        #expect(moved.stdout.contains("has moved") && moved.stdout.contains(second), "\(moved)")
        #expect(
            try await project.pinr("verify", "--json").json["moved"] == [
                ["name": "x", "expected": .string(first), "actual": .string(second)]
            ])

        try await repository.work.git("tag", "-d", "v1")
        try await repository.publish()
        let gone = try await project.pinr("verify")
        gone.expect(2)
        #expect(gone.stdout.contains("is gone"), "\(gone)")
        #expect(try await project.pinr("verify", "--json").json["moved"]?[0]?["name"] == "x")
    }

    @Test func whatCannotBeHadFailsAndWinsOverADifference() async throws {
        let upstream = try await Upstream.shared()
        let path = "files/\(upstream.uniqueName())"
        let project = try Project()
        for name in ["gone", "same", "changed"] {
            try await project.pinr("add", try upstream.put("\(path)/\(name).txt", "one\n".utf8), "--name", name).expect(
                0)
        }
        try upstream.put("\(path)/changed.txt", "two\n".utf8)
        try await run(["rm", "\(upstream.root)/\(path)/gone.txt"])
        let run = try await project.pinr("verify")
        run.expect(1)
        #expect(run.lines.contains("same: ok"))
        #expect(run.stderr.contains("gone: ") && run.stderr.contains("404"), "\(run)")
        let json = try await project.pinr("verify", "--json").expect(1).json
        #expect(json["verified"] == ["same"])
        #expect(json["mismatched"]?.array?.map { $0["name"] } == ["changed"])
        #expect(json["failed"]?.array?.map { $0["name"] } == ["gone"])
        expectErrorObject(json["failed"]?[0]?["error"], code: "not-found")
        // Those named, and no others.
        try await project.pinr("verify", "same").expect(0)
    }
}
