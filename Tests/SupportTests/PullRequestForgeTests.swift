import Foundation
import Support
import Testing

/// The forge of the tests itself: that it notices what is not as documented, and has git's own server beside it.
@Suite struct PullRequestForgeTests {
    /// What a good request has besides its body.
    private static func headers(_ forge: PullRequestForge) -> [String] {
        switch forge.kind {
        case .github:
            [
                "Authorization: Bearer \(forge.token)", "Accept: application/vnd.github+json",
                "X-GitHub-Api-Version: 2022-11-28",
            ]
        case .gitlab: ["Authorization: Bearer \(forge.token)"]
        case .forgejo: ["Authorization: token \(forge.token)"]
        }
    }

    /// The status of a request.
    private static func send(
        _ method: String, _ path: String, _ body: String? = nil, to forge: PullRequestForge, headers: [String]? = nil,
        type: String = "application/json"
    ) async throws -> String {
        var command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, forge.apiURL + path]
        for header in headers ?? Self.headers(forge) { command += ["-H", header] }
        if body != nil { command += ["-H", "Content-Type: \(type)", "--data-binary", "@-"] }
        return try await run(command, input: body.map { Array($0.utf8) }).trimmed
    }

    private static func pulls(_ forge: PullRequestForge) -> String {
        forge.kind == .gitlab ? "/projects/octo%2Fpins/merge_requests" : "/repos/octo/pins/pulls"
    }

    private static func body(_ forge: PullRequestForge, _ more: String = "") -> String {
        let names =
            forge.kind == .gitlab ? ("source_branch", "target_branch", "description") : ("head", "base", "body")
        return #"{"title": "t", "\#(names.0)": "b", "\#(names.1)": "main", "\#(names.2)": ""\#(more)}"#
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A good request is none of the violations`(kind: PullRequestForge.Kind) async throws {
        let forge = try await PullRequestForge(kind)
        try await forge.push("b")
        #expect(try await Self.send("POST", Self.pulls(forge), Self.body(forge), to: forge) == "201")
        #expect(try await Self.send("GET", Self.pulls(forge) + "?page=1", to: forge) == "200")
        #expect(try forge.pullRequests().map(\.head) == ["b"] && forge.violations().isEmpty)
        // A second one is refused, and so is one from a branch that is not there, though both are as documented.
        let second = try await Self.send("POST", Self.pulls(forge), Self.body(forge), to: forge)
        #expect(second == (kind == .github ? "422" : "409"))
        let missing = Self.body(forge).replacingOccurrences(of: #""b""#, with: #""c""#)
        let refused = try await Self.send("POST", Self.pulls(forge), missing, to: forge)
        #expect(refused == [.github: "422", .gitlab: "400", .forgejo: "404"][kind])
        #expect(try forge.pullRequests().count == 1 && forge.violations().isEmpty)
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `What is not as documented is noted`(kind: PullRequestForge.Kind) async throws {
        let forge = try await PullRequestForge(kind)
        try await forge.push("b")
        let path = Self.pulls(forge)
        var expected = 0
        func note(_ method: String, _ path: String, _ body: String? = nil, type: String = "application/json")
            async throws
        {
            _ = try await Self.send(method, path, body, to: forge, type: type)
            expected += 1
            #expect(forge.violations().count == expected, "\(method) \(path): \(forge.violations())")
        }
        try await note("GET", "/none")
        try await note("DELETE", path)
        try await note("GET", path + "?nonsense=1")
        try await note("GET", path + "?state=nonsense")
        try await note("POST", path, Self.body(forge, #", "nonsense": 1"#))
        try await note("POST", path, Self.body(forge).replacingOccurrences(of: #""t""#, with: "7"))
        try await note("POST", path, Self.body(forge).replacingOccurrences(of: #""b""#, with: #"["b"]"#))
        try await note("POST", path, "{")
        try await note("POST", path, Self.body(forge), type: "text/plain")
        if kind == .github {
            let authorization = "Authorization: Bearer \(forge.token)"
            _ = try await Self.send("GET", path, to: forge, headers: [authorization])
            #expect(forge.violations().count == expected + 2)
        }
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A token in a URL is noted, and a wrong one refused`(kind: PullRequestForge.Kind) async throws {
        let forge = try await PullRequestForge(kind)
        let path = Self.pulls(forge)
        #expect(try await Self.send("GET", path, to: forge, headers: ["Authorization: Bearer wrong"]) == "401")
        #expect(!forge.violations().contains { $0.contains("token") })
        _ = try await Self.send("GET", path + "?private_token=\(forge.token)", to: forge)
        #expect(forge.violations().contains { $0.contains("has the token in its URL") })
    }

    @Test func `git pushes to it with the token, and not without`() async throws {
        let forge = try await PullRequestForge(.gitlab, project: "group/sub/pins", folder: "/git")
        let folder = TemporaryDirectory()
        let work = try await TestRepository(at: folder.file("work"))
        let authority = "http://x-access-token:\(forge.token)@127.0.0.1:\(forge.server.web.port)"
        try await work.git("fetch", "-q", "\(authority)/git/group/sub/pins.git", "main")
        try await work.git("reset", "-q", "--hard", "FETCH_HEAD")
        let revision = try await work.commit("two")
        await #expect(throws: ProcessError.self) { try await work.git("push", "-q", forge.remote, "HEAD:refs/heads/b") }
        try await work.git("push", "-q", "\(authority)/git/group/sub/pins.git", "HEAD:refs/heads/b")
        #expect(try await forge.repository.revision("b") == revision)
        let path = "/projects/group%2Fsub%2Fpins/merge_requests"
        #expect(try await Self.send("POST", path, Self.body(forge), to: forge) == "201")
        #expect(forge.violations().isEmpty)
    }
}
