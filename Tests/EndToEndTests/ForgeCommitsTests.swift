import Foundation
import JSON
import Support
import Testing

/// What lies between two revisions, asked of the forge where a token for its API is kept, and of git where none is.
@Suite struct ForgeCommitsTests {
    /// A project with one pin, which is a repository on a forge that moved on by some commits.
    struct World {
        let forge: PullRequestForge
        let project: Project
        /// The same, as somebody for whom no token is kept for this forge by name, and who may fetch all the same.
        let stranger: [String: String]
        let (old, new): (String, String)

        init(_ kind: PullRequestForge.Kind, commits: Int = 3) async throws {
            forge = try await PullRequestForge(kind, project: kind == .gitlab ? "group/sub/pins" : "octo/pins")
            try await forge.repository.git("config", "uploadpack.allowFilter", "true")
            project = try Project(forge.environment)
            let netrc = project.directory.file("netrc")
            try "default login x-access-token password \(forge.token)\n".write(
                toFile: netrc, atomically: true, encoding: .utf8)
            stranger = ["PINR_TOKEN_127_0_0_1": "", "NETRC": netrc]
            let repository = try await TestRepository(at: project.path)
            try await project.pinr("add", "git+\(forge.remote)", "--name", "it").expect(0, quietly: false)
            try await repository.commit("pins")
            old = try await forge.repository.revision("main")
            for _ in 1..<commits { try await forge.push("main") }
            new = try await forge.push("main")
        }

        func commits(_ command: String..., environment: [String: String] = [:]) async throws -> JSON {
            let run = try await project.pinr(command, environment: environment).expect(0)
            let change = try #require(try run.json["changed"]?.array?.first)
            #expect(change["remarks"] == nil, "\(run)")
            return change["commits"] ?? .null
        }
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func theForgeIsAskedWhereATokenIsKept(_ kind: PullRequestForge.Kind) async throws {
        let world = try await World(kind, commits: 25)
        let forge = world.forge
        // Without one nobody asks an API; git tells.
        let told = try await world.commits(
            "update", "--dry-run", "--report", "json", environment: world.stranger)
        #expect(told["count"] == 25 && told["newest"]?.array?.first?["revision"]?.string == world.new)
        #expect(forge.requests().isEmpty, "\(forge.requests())")

        // With one it is asked, and says the same.
        #expect(try await world.commits("update", "--dry-run", "--report", "json") == told)
        let requests = forge.requests()
        #expect(!requests.isEmpty && requests.allSatisfy { $0.path.contains("/compare") && $0.isAuthorised })
        try await world.project.pinr("update").expect(0)
        forge.server.web.clearAccessLog()
        #expect(try await world.commits("diff", "--json") == told)
        #expect(forge.requests().count == 2 * requests.count)
        #expect(
            !forge.server.accessLog().contains { $0.uri.contains("git-upload-pack") }, "\(forge.server.accessLog())")

        // The other way: nothing is new, and it is said how many are gone.
        let commit = "HEAD:pins/pins.json"
        let back = try await world.commits("diff", "--json", "pins/pins.json", commit)
        #expect(back["count"] == 0 && back["gone"] == 25 && back["newest"] == [])
        #expect(
            try await world.commits("diff", "--json", "pins/pins.json", commit, environment: world.stranger) == back)
        #expect(forge.violations() == [])
    }

    @Test(
        arguments: PullRequestForge.Kind.allCases,
        [
            #"{"status": 429, "headers": {"Retry-After": "3000"}}"#, #"{"status": 401}"#, #"{"status": 404}"#,
            #"{"status": 500, "body": "<html>"}"#, #"{"status": 200, "body": {"commits": "none"}}"#, #"{"status": 0}"#,
            #"{"status": 200, "body": {"total_commits": 0, "commits": []}}"#,
        ])
    func gitIsAskedWhereTheForgeDoesNotSay(_ kind: PullRequestForge.Kind, _ answer: String) async throws {
        let world = try await World(kind)
        try await world.project.pinr("update").expect(0)
        try world.forge.obey(#""fail": {"GET compare": [\#([answer, answer, answer].joined(separator: ", "))]}"#)
        let told = try await world.commits("diff", "--json")
        #expect(told["count"] == 3 && told["newest"]?.array?.first?["revision"]?.string == world.new)
        #expect(!world.forge.requests().isEmpty && world.forge.requests().count <= 3)
        #expect(world.forge.server.accessLog().contains { $0.uri.contains("git-upload-pack") })
    }

    /// A branch that was rewritten: git's server has the old commit still, and so has the forge.
    @Test(arguments: PullRequestForge.Kind.allCases)
    func aRewrittenBranch(_ kind: PullRequestForge.Kind) async throws {
        let world = try await World(kind)
        let base = try await world.forge.repository.revision("main~2")
        try await world.project.pinr("update").expect(0)
        try await TestRepository(existing: world.project.path).commit("updated")
        try await world.forge.repository.git("update-ref", "refs/heads/other", base)
        try await world.forge.push("other", onto: "other")
        try await world.forge.repository.git("update-ref", "refs/heads/main", "refs/heads/other")
        try await world.project.pinr("update").expect(0, quietly: false)
        let told = try await world.commits("diff", "--json")
        #expect(told["count"] == 1 && told["gone"] == 2, "\(told)")
        #expect(!world.forge.requests().isEmpty && world.forge.violations() == [])
    }
}
