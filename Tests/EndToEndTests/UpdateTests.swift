import JSON
import Support
import Testing

@Suite struct UpdateTests {
    /// A project with a branch, a tag, a channel and a file pinned, of which the world moves the branch and the channel.
    private struct Moving {
        let project: Project
        let repository: Repository
        let channel: Channel
        let first: String
        let second: String

        init() async throws {
            let upstream = try await Upstream.shared()
            project = try await Project.connected()
            repository = try await upstream.github()
            channel = try await upstream.channel(upstream.uniqueName("moving-"))
            try await repository.work.tag("v1")
            try await repository.publish()
            first = try await repository.work.revision()
            try await project.pinr("add", repository.notation, "--name", "branch").expect(0)
            try await project.pinr("add", repository.notation + "/v1", "--name", "tag").expect(0)
            try await project.pinr("add", "git+\(repository.url)", "--name", "git").expect(0)
            try await project.pinr("add", "channel:\(channel.name)", "--name", "channel").expect(0)
            second = try await repository.advance()
            try channel.move()
        }

        func revision(_ name: String) throws -> String? { try project.pin(name)["locked"]?["revision"]?.string }
    }

    @Test func bringsWhatMovedToTheNewest() async throws {
        let moving = try await Moving()
        let run = try await moving.project.pinr("update").expect(0)
        #expect(
            run.lines == [
                "branch: \(moving.first.prefix(12)) → \(moving.second.prefix(12))",
                "channel: \(moving.channel.release(1)) → \(moving.channel.release(2))",
                "git: \(moving.first.prefix(12)) → \(moving.second.prefix(12))",
                "1 pin is up to date",
            ])
        #expect(try moving.revision("branch") == moving.second)
        #expect(try moving.revision("git") == moving.second)
        #expect(try moving.revision("tag") == moving.first)
        #expect(try moving.revision("channel") == moving.channel.revision(2))
        let locked = try moving.project.pin("branch")["locked"]
        #expect(locked?["url"]?.string == moving.repository.archiveURL(moving.second))
        #expect(locked?["lastModified"]?.integer == Int64(TestRepository.epoch + 86400))

        // What is locked is what is there, and there is nothing more to do.
        try await moving.project.pinr("verify").expect(0)
        let before = try moving.project.read("pins/pins.json")
        #expect(try await moving.project.pinr("update").expect(0).lines == ["4 pins are up to date"])
        #expect(try moving.project.read("pins/pins.json") == before)
    }

    @Test func movesThoseNamedAlone() async throws {
        let moving = try await Moving()
        try await moving.project.pinr("update", "git").expect(0)
        #expect(try moving.revision("git") == moving.second)
        #expect(try moving.revision("branch") == moving.first)
    }

    @Test(arguments: [("--dry-run", Int32(0)), ("-n", 0), ("--check", 2)])
    func saysWhatItWouldDoAndWritesNothing(option: String, status: Int32) async throws {
        let moving = try await Moving()
        let before = try moving.project.read("pins/pins.json")
        let run = try await moving.project.pinr("update", option)
        run.expect(status)
        #expect(run.stdout.contains("branch: \(moving.first.prefix(12)) → \(moving.second.prefix(12))"), "\(run)")
        let json = try await moving.project.pinr("update", option, "--json").expect(status).json
        #expect(json["changed"]?.array?.compactMap { $0["name"]?.string } == ["branch", "channel", "git"])
        #expect(json["unchanged"] == ["tag"])
        #expect(try moving.project.read("pins/pins.json") == before)
        #expect(try moving.project.list("pins") == ["default.nix", "pins.json"])
        // Nothing outdated is nothing to report.
        try await moving.project.pinr("update").expect(0)
        try await moving.project.pinr("update", option).expect(0)
    }

    @Test func leavesFrozenPinsWhereTheyAre() async throws {
        let moving = try await Moving()
        try await moving.project.pinr("freeze", "branch", "--reason", "for now").expect(0)
        let all = try await moving.project.pinr("update", "--json").expect(0)
        #expect(try all.json["skipped"] == [["name": "branch", "reason": "frozen: for now"]])
        #expect(try moving.revision("branch") == moving.first)
        #expect(try moving.revision("git") == moving.second)

        let named = try await moving.project.pinr("update", "branch").expect(0, quietly: false)
        #expect(named.stderr.contains("warning: ") && named.stderr.contains("`--frozen`"), "\(named)")
        #expect(try moving.revision("branch") == moving.first)

        try await moving.project.pinr("update", "--frozen").expect(0)
        #expect(try moving.revision("branch") == moving.second)
        #expect(try moving.project.pin("branch")["frozen"]?["reason"]?.string == "for now")
    }

    @Test func refetchesWhatHasNotMoved() async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("latest-")
        let url = try upstream.put("files/\(name).txt", "one\n".utf8)
        let project = try Project()
        try await project.pinr("add", url, "--name", "x").expect(0)
        let before = try project.pin("x")["locked"]?["hash"]?.string
        try upstream.put("files/\(name).txt", "two\n".utf8)
        // An update asks whether a thing moved, and what is behind a URL has no place to move to.
        try await project.pinr("update").expect(0)
        #expect(try project.pin("x")["locked"]?["hash"]?.string == before)
        let run = try await project.pinr("update", "--refetch").expect(0)
        let after = try project.pin("x")["locked"]?["hash"]?.string
        #expect(after != before)
        #expect(run.lines == ["x: \(before ?? "?") → \(after ?? "?")"])
        try await project.pinr("verify").expect(0)
    }

    @Test func saysOfAMovedTagAndKeepsThePin() async throws {
        let moving = try await Moving()
        try await moving.repository.work.tag("v1")
        try await moving.repository.publish()
        let run = try await moving.project.pinr("update", "tag").expect(0, quietly: false)
        #expect(run.stderr.contains("warning: ") && run.stderr.contains(moving.second), "\(run)")
        #expect(try moving.revision("tag") == moving.first)
    }

    @Test func oneThatFailsDoesNotKeepTheOthersFromBeingSaved() async throws {
        let moving = try await Moving()
        // A repository that is gone, and a host that never was.
        try moving.project.edit("\"url\": \"\(moving.repository.url)\"", to: "\"url\": \"http://127.0.0.1:1/gone.git\"")
        let run = try await moving.project.pinr("update")
        run.expect(1)
        let errors = run.stderr.split(separator: "\n").filter { $0.hasPrefix("error: ") }
        #expect(errors.count == 1 && errors.allSatisfy { $0.contains("git: ") && $0.contains("127.0.0.1:1") }, "\(run)")
        #expect(try moving.revision("branch") == moving.second)
        #expect(try moving.revision("channel") == moving.channel.revision(2))
        #expect(try moving.revision("git") == moving.first)

        let again = try await moving.project.pinr("update", "--check", "--json")
        again.expect(1)
        #expect(try again.json["unchanged"] == ["branch", "channel", "tag"])
        let failed = try again.json["failed"]?.array ?? []
        #expect(failed.map { $0["name"]?.string } == ["git"])
        expectErrorObject(failed.first?["error"], code: "network")
    }

    @Test func keepsWhatItDoesNotKnow() async throws {
        let moving = try await Moving()
        try moving.project.edit("\"version\": 1\n", to: "\"version\": 1,\n  \"x-other\": {\"n\": 1.50}\n")
        try moving.project.edit("\"type\": \"channel\"", to: "\"type\": \"channel\", \"x-mine\": [1e2]")
        try await moving.project.pinr("update").expect(0)
        let text = String(decoding: try moving.project.read("pins/pins.json"), as: UTF8.self)
        #expect(text.contains("\"n\": 1.50") && text.contains("1e2"))
        #expect(try moving.revision("channel") == moving.channel.revision(2))
    }
}
