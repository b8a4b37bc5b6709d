import Support
import Testing

@testable import Updates

/// What differs most between the forges: to have them merge on their own, and whom to ask again.
@Suite struct AutoMergeTests {
    private func outcome(
        _ kind: PullRequestForge.Kind, _ method: MergeMethod = .usual, rules: String = ""
    ) async throws -> (pull: PullRequest, there: PullRequestForge.Pull, forging: Forging) {
        let forging = try await Forging(kind, rules: rules)
        var wanted = try await forging.wanted()
        wanted.autoMerge = method
        let pull = try await forging.pulls.create(wanted)
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
        return (pull, try #require(try forging.forge.pullRequests().first), forging)
    }

    @Test(arguments: PullRequestForge.Kind.allCases, [MergeMethod.usual, .squash])
    func `It is turned on`(kind: PullRequestForge.Kind, method: MergeMethod) async throws {
        let (pull, there, forging) = try await outcome(kind, method)
        #expect(pull.mergesItself && pull.warnings.isEmpty)
        #expect(there.autoMerge == (method == .squash ? "squash" : "merge"))
        // Once is enough; of Forgejo, which does not tell, it is asked again.
        let found = try #require(try await forging.pulls.open(headPrefix: "pinr/").first)
        #expect(found.mergesItself == (kind != .forgejo))
        var wanted = WantedPullRequest(title: pull.title, body: pull.body, head: pull.head, base: pull.base)
        wanted.autoMerge = method
        let again = try await forging.pulls.refresh(found, to: wanted)
        #expect(again.mergesItself && again.warnings.isEmpty)
    }

    @Test func `GitHub takes the method that the repository allows`() async throws {
        let (_, there, _) = try await outcome(.github, rules: #""methods": ["rebase"]"#)
        #expect(there.autoMerge == "rebase")
        let (pull, _, _) = try await outcome(.github, .squash, rules: #""methods": ["rebase"]"#)
        guard case .autoMerge(.other(.refused(200, let said))) = pull.warnings.first else {
            Issue.record("\(pull.warnings)")
            return
        }
        #expect(said.first?.contains("squash") == true && !pull.mergesItself)
    }

    @Test(
        arguments: [
            (PullRequestForge.Kind.github, #""autoMerge": "notAllowed""#, ForgeWarning.AutoMergeObstacle.notAllowed),
            (.github, #""autoMerge": "clean""#, .nothingToWaitFor),
            (.gitlab, #""autoMerge": "notAllowed""#, .notAllowed),
            (.gitlab, #""pipeline": null"#, .nothingToWaitFor),
            (.gitlab, #""pipeline": [null]"#, .notYet),
            (.gitlab, #""pipeline": ["failed"]"#, .other(.refused(status: 200, said: ["the pipeline has failed"]))),
            (.forgejo, #""checks": false"#, .nothingToWaitFor),
            (.forgejo, #""autoMerge": "clean""#, .notYet),
            (
                .forgejo, #""autoMerge": "notAllowed""#,
                .other(.refused(status: 405, said: ["Does not have enough approvals"]))
            ),
        ] as [(PullRequestForge.Kind, String, ForgeWarning.AutoMergeObstacle)])
    func `It cannot be`(
        kind: PullRequestForge.Kind, rules: String, obstacle: ForgeWarning.AutoMergeObstacle
    ) async throws {
        let (pull, there, _) = try await outcome(kind, rules: rules)
        #expect(pull.warnings == [.autoMerge(obstacle)] && !pull.mergesItself)
        #expect(there.autoMerge == nil && there.state == "open")
    }

    @Test func `GitLab is given time to make a pipeline, and asked by its version`() async throws {
        for version in ["15.0.0", "17.10.8-ee", "17.11.0", "18.2.0-pre"] {
            let rules = #""pipeline": [null, null, "running"], "version": "\#(version)""#
            let (pull, there, forging) = try await outcome(.gitlab, rules: rules)
            #expect(pull.mergesItself && there.autoMerge == "merge")
            #expect(forging.pauses.durations == [.seconds(2), .seconds(2)])
        }
    }

    @Test func `GitLab's plan may allow but one reviewer`() async throws {
        let forging = try await Forging(.gitlab, rules: #""users": ["ann", "bob"], "seats": 1"#)
        var wanted = try await forging.wanted()
        wanted.reviewers = ["ann", "bob"]
        let pull = try await forging.pulls.create(wanted)
        #expect(pull.warnings == [.reviewer("bob", .passedOver)] && pull.reviewers == ["ann"])
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test(arguments: [PullRequestForge.Kind.github, .forgejo])
    func `Teams are asked, and who has answered is not asked again`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind, rules: #""users": ["ann", "bob"], "teams": ["core"]"#)
        try await forging.forge.push("pinr/new")
        var wanted = WantedPullRequest(
            title: "t", body: "b", head: "pinr/new", base: "main", reviewers: ["ann", "octo/core", "bob"])
        let created = try await forging.pulls.create(wanted)
        #expect(created.warnings.isEmpty && created.reviewers == ["ann", "octo/core", "bob"])
        #expect(try forging.forge.pullRequests().first?.teams == ["core"])

        try await forging.forge.push("pinr/old")
        try await forging.forge.put(
            #"{"title": "t", "body": "b", "head": "pinr/old", "base": "main", "reviews": ["Ann"]}"#)
        let found = try #require(try await forging.pulls.open(headPrefix: "pinr/old").first)
        wanted.head = "pinr/old"
        _ = try await forging.pulls.refresh(found, to: wanted)
        let there = try #require(try forging.forge.pullRequests().last)
        #expect(there.reviewers == ["bob"] && there.teams.isEmpty)
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test func `A token that may ask no team still asks people`() async throws {
        let refusal = #"{"status": 403, "body": {"message": "Resource not accessible by integration"}}"#
        let forging = try await Forging(
            .github,
            rules:
                #""users": ["ann"], "teams": ["core"], "fail": {"POST reviewers$": [\#(refusal), null, \#(refusal)]}"#)
        var wanted = try await forging.wanted()
        wanted.reviewers = ["ann", "octo/core"]
        let pull = try await forging.pulls.create(wanted)
        let said = ["Resource not accessible by integration"]
        #expect(pull.warnings == [.reviewer("octo/core", .notAuthorised(.addReviewers, .gitHub, said: said))])
        #expect(try forging.forge.pullRequests().first?.reviewers == ["ann"])
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `It is closed though the comment is refused`(kind: PullRequestForge.Kind) async throws {
        let refusal = #"{"status": 403, "body": {"message": "Locked"}}"#
        let forging = try await Forging(kind, rules: #""fail": {"POST (comments|notes)$": [\#(refusal)]}"#)
        let created = try await forging.pulls.create(try await forging.wanted())
        let warnings = try await forging.pulls.close(created, comment: "Gone.")
        guard case .comment(.notAuthorised(.comment, _, said: ["Locked"])) = warnings.first, warnings.count == 1 else {
            Issue.record("\(warnings)")
            return
        }
        let there = try #require(try forging.forge.pullRequests().first)
        #expect(there.state == "closed" && there.comments.isEmpty)
    }

    @Test func `Forgejo has labels of the repository and of its organisation`() async throws {
        let forging = try await Forging(
            .forgejo, rules: #""labels": ["a", "b", "c"], "orgLabels": ["d", "a"], "organisation": true, "page": 2"#)
        var wanted = try await forging.wanted()
        wanted.labels = ["C", "d", "a"]
        let pull = try await forging.pulls.create(wanted)
        #expect(pull.warnings.isEmpty && pull.labels == ["c", "d", "a"])
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test func `Gitea before 1.22 tells a draft by its title alone`() async throws {
        let forging = try await Forging(.forgejo, rules: #""old": true"#)
        var wanted = try await forging.wanted()
        wanted.isDraft = true
        #expect(try await forging.pulls.create(wanted).isDraft)
    }
}
