import Support
import Testing
import Transfer

@testable import Updates

/// Who is not let in, and what a forge does not like.
@Suite struct ForgeRefusalTests {
    private func failure(_ forging: Forging, _ wanted: WantedPullRequest? = nil) async throws -> ForgeError? {
        var pull = wanted
        if pull == nil { pull = try await forging.wanted() }
        let asked = try #require(pull)
        return await #expect(throws: ForgeError.self) { try await forging.pulls.create(asked) }
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A token that may only read opens nothing`(kind: PullRequestForge.Kind) async throws {
        let access = #""access": ["metadata", "read", "read_api", "read:repository", "read:issue"]"#
        let forging = try await Forging(kind, rules: access)
        guard case .notAuthorised(.openPullRequest, _, let refusal, let said) = try await failure(forging) else {
            Issue.record("it is another error")
            return
        }
        #expect(refusal.status == 403 && refusal.attempt == .tried(.variable("TOKEN")) && !said.isEmpty)
        #expect(try forging.forge.pullRequests().isEmpty)
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A stranger may look, and is told that a token is missing`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind, token: "")
        #expect(try await forging.pulls.open(headPrefix: "pinr/").isEmpty)
        guard case .notAuthorised(.openPullRequest, _, let refusal, _) = try await failure(forging) else {
            Issue.record("it is another error")
            return
        }
        #expect(refusal.attempt == .nothingKnown)
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A wrong token is refused, and not shown`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind, token: "wrong-token")
        let error = await #expect(throws: ForgeError.self) { try await forging.pulls.defaultBranch() }
        guard case .notAuthorised(.readRepository, _, let refusal, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusal.status == 401 && !"\(String(reflecting: error))".contains("wrong-token"))
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A repository that is not there is not found`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind, path: "octo/none")
        let error = await #expect(throws: ForgeError.self) { try await forging.pulls.open(headPrefix: "") }
        guard case .repositoryNotFound(let project, let refusal?) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(project.path == "octo/none" && refusal.attempt == .tried(.variable("TOKEN")))
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A repository with a new name is asked by it`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind, path: "octo/former", rules: #""renamed": "octo/former""#)
        let created = try await forging.pulls.create(try await forging.wanted())
        #expect(created.number == 1)
        #expect(forging.forge.writes().allSatisfy { !$0.contains("former") })
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `What is written follows no redirect, and nor does the token`(kind: PullRequestForge.Kind) async throws {
        let other = try await WebServer(locations: ["location / { return 200 '{}'; }"])
        let answer = #"{"status": 307, "headers": {"Location": "\#(other.url("/x?token=y", host: "localhost"))"}}"#
        let forging = try await Forging(kind, rules: #""fail": {"POST (pulls|merge_requests)$": [\#(answer)]}"#)
        guard case .moved(_, let to) = try await failure(forging) else {
            Issue.record("it is another error")
            return
        }
        #expect(to == other.url("/x", host: "localhost") && other.accessLog().isEmpty)
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A branch that is not there is said in the forge's words`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind)
        let wanted = WantedPullRequest(title: "t", body: "", head: "pinr/none", base: "main")
        switch try await failure(forging, wanted) {
        case .invalid(.openPullRequest, _, let status, let said):
            #expect(status == (kind == .github ? 422 : kind == .gitlab ? 400 : 404) && !said.isEmpty)
        case let error: Issue.record("\(String(describing: error))")
        }
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `An archive is told from what a token may not do`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind, rules: #""archived": true"#)
        guard case .forbidden(.archived, _, let said) = try await failure(forging) else {
            Issue.record("it is another error")
            return
        }
        #expect(!said.isEmpty)
    }

    @Test func `GitHub's rules are told from its permissions`() async throws {
        let workflows = try await Forging(.github, rules: #""workflows": false"#)
        guard case .forbidden(.workflowsMayNotOpen, _, _) = try await failure(workflows) else {
            Issue.record("it is another error")
            return
        }
        let plan = try await Forging(.github, rules: #""drafts": false"#)
        var wanted = try await plan.wanted()
        wanted.isDraft = true
        let url = "\(plan.forge.apiURL)/repos/octo/pins/pulls"
        #expect(try await failure(plan, wanted) == .draftsUnsupported(url: url))
        #expect(try plan.forge.pullRequests().isEmpty)
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A page that is no answer is told where it came from`(kind: PullRequestForge.Kind) async throws {
        let answer = #"{"status": 200, "body": "<html>sign in"}"#
        let forging = try await Forging(kind, rules: #""fail": {"GET (repos|projects)/": [\#(answer)]}"#)
        let error = await #expect(throws: ForgeError.self) { try await forging.pulls.defaultBranch() }
        guard case .malformedAnswer(let url, ".", "JSON") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(url.hasPrefix(forging.forge.apiURL))
    }

    @Test(
        arguments: [
            (
                #"{"message": "Validation Failed", "errors": [{"resource": "PullRequest", "field": "head", "code": "invalid"}]}"#,
                ["Validation Failed", "PullRequest.head invalid"]
            ),
            (
                #"{"message": "m", "errors": [{"resource": "P", "code": "custom", "message": "No commits"}, "text"]}"#,
                ["m", "No commits", "text"]
            ),
            (#"{"message": ["Another open"]}"#, ["Another open"]),
            (#"{"message": {"title": ["is too long"], "base": ["is bad"]}}"#, ["base is bad", "title is too long"]),
            (#"{"error": "insufficient_scope", "error_description": "More."}"#, ["insufficient_scope", "More."]),
            (#"{"message": "m", "errors": null, "url": "https://x"}"#, ["m"]),
            ("<html>", []), ("[]", []),
        ] as [(String, [String])])
    func `The words of a refusal`(body: String, words: [String]) {
        #expect(ForgeWords.of(Array(body.utf8)) == words)
    }
}
