import JSON
import Support
import Testing

/// Branches, tags and revisions: what a REF means, and where it leads.
@Suite struct ReferenceTests {
    /// A repository with a branch, a lightweight tag and an annotated one, each at a commit of its own.
    private func repository() async throws -> (Repository, [String: String]) {
        let repository = try await Upstream.shared().github()
        var revisions: [String: String] = [:]
        revisions["v1"] = try await repository.work.revision()
        try await repository.work.tag("v1")
        try repository.work.write("f", "2")
        revisions["v2"] = try await repository.work.commit("two")
        try await repository.work.tag("v2", message: "Version two")
        try await repository.work.tag("v2-again", message: "A tag of a tag", at: "v2")
        try await repository.work.checkout("topic/a")
        try repository.work.write("f", "topic")
        revisions["topic/a"] = try await repository.work.commit("topic")
        try await repository.work.checkout("main")
        try repository.work.write("f", "3")
        revisions["main"] = try await repository.work.commit("three")
        try await repository.publish()
        return (repository, revisions)
    }

    @Test func aBranchIsTrackedAndATagStays() async throws {
        let (repository, revisions) = try await repository()
        let project = try await Project.connected()
        let first = try #require(revisions["v1"])
        let expected: [(ref: String, options: [String], source: JSONObject, revision: String?)] = [
            ("", [], [:], revisions["main"]),
            ("/topic/a", [], ["branch": "topic/a"], revisions["topic/a"]),
            ("", ["--branch", "topic/a"], ["branch": "topic/a"], revisions["topic/a"]),
            ("", ["-b", "main"], ["branch": "main"], revisions["main"]),
            ("/v1", [], ["at": "v1"], revisions["v1"]),
            ("/v2", [], ["at": "v2"], revisions["v2"]),
            ("/v2-again", [], ["at": "v2-again"], revisions["v2"]),
            ("", ["--at", "v2"], ["at": "v2"], revisions["v2"]),
            ("", ["--at", "refs/tags/v2"], ["at": "refs/tags/v2"], revisions["v2"]),
            ("/\(first)", [], ["at": .string(first)], first),
            ("", ["--at", first], ["at": .string(first)], first),
        ]
        for (number, row) in expected.enumerated() {
            for kind in ["github", "git"] {
                let name = "\(kind)\(number)"
                let notation =
                    kind == "github"
                    ? repository.notation + row.ref
                    : "git+\(repository.url)" + (row.ref.isEmpty ? "" : "?ref=\(row.ref.dropFirst())")
                // A revision is no ref of git's; flakes call it `rev`.
                let settled = notation.replacing("?ref=\(first)", with: "?rev=\(first)")
                try await project.pinr(["add", settled, "--name", name] + row.options).expect(0)
                let pin = try project.pin(name)
                #expect(pin["locked"]?["revision"]?.string == row.revision, "\(settled) \(row.options)")
                for field in ["branch", "at"] {
                    #expect(pin["source"]?[field] == row.source[field], "\(settled) \(row.options)")
                }
            }
        }
    }

    @Test func aNameOfABranchAndATagIsTheBranchAndIsSaid() async throws {
        let repository = try await Upstream.shared().github()
        try await repository.work.tag("both")
        try repository.work.write("f", "2")
        let revision = try await repository.work.commit("two")
        try await repository.work.branch("both")
        try await repository.publish()
        let project = try await Project.connected()
        let run = try await project.pinr("add", repository.notation + "/both", "--name", "x")
            .expect(0, quietly: false)
        #expect(run.stderr.contains("branch and a tag") && run.stderr.contains("--at"), "\(run)")
        #expect(try project.pin("x")["locked"]?["revision"]?.string == revision)
    }

    @Test func theDefaultBranchIsWhatTheServerSaysItIs() async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName()
        let work = try await TestRepository(at: upstream.directory.file("work/\(name)"), branch: "trunk")
        try work.write("f", "f")
        try await work.commit("one")
        _ = try await work.bareCopy(at: "\(upstream.root)/git/\(name).git")
        let project = try Project()
        try await project.pinr("add", "git+" + upstream.url("/git/\(name).git")).expect(0)
        #expect(try project.pin(name)["locked"]?["ref"]?.string == "refs/heads/trunk")
        #expect(try project.pin(name)["source"]?["branch"] == nil)
    }

    @Test(arguments: ["github", "git"])
    func whatIsNoBranchTagOrRevisionIsRefused(_ kind: String) async throws {
        let repository = try await Upstream.shared().github()
        let project = try await Project.connected()
        let notation = kind == "github" ? repository.notation : "git+\(repository.url)"
        let revision = String(repeating: "ab", count: 20)
        for options in [["--branch", "nope"], ["--at", "nope"], ["--at", "abcdef1"]] {
            let run = try await project.pinr(["add", notation] + options)
            run.expectFailure(saying: options[1], "is not a branch or tag", repository.url)
            try expectError("not-found", try await project.pinr(["add", notation, "--json"] + options))
        }
        let absent = try await project.pinr("add", notation, "--at", revision)
        absent.expectFailure(saying: revision)
        #expect(try project.list(".") == [])
    }
}
