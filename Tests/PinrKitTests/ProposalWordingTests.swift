import Git
import Testing

@testable import PinrKit

/// What a person reads of branches that were not moved, and who a commit is of.
@Suite struct ProposalWordingTests {
    private static let hostile = WordingTests.hostile

    @Test(arguments: [
        (RefOutcome.Result.stale(actual: nil), Problem.Code.changedMeanwhile),
        (.stale(actual: WordingTests.zero), .changedMeanwhile), (.refused(reason: hostile, messages: []), .badGit),
        (.refused(reason: hostile, messages: [hostile, hostile]), .badGit), (.held(.checkedOut), .badGit),
        (.held(.hook(hostile)), .badGit), (.held(.configured(hostile)), .badGit), (.held(.symbolic), .badGit),
    ])
    func `A branch that was not moved has a reason, in words that do no harm`(
        _ result: RefOutcome.Result, _ code: Problem.Code
    ) throws {
        let outcome = RefOutcome(ref: "refs/heads/pinr/update", result: result)
        let problem = try #require(Problem(outcome, at: "https://h.example/x"))
        #expect(problem.code == code && problem.message.contains("`pinr/update`"))
        for text in [problem.message, problem.hint ?? ""] {
            #expect(!text.isEmpty && !text.hasSuffix(".") && WordingTests.isHarmless(text), "\(text.debugDescription)")
        }
    }

    @Test(arguments: [RefOutcome.Result.moved, .alreadyThere])
    func `A branch that is where it was to be is no problem`(_ result: RefOutcome.Result) {
        #expect(Problem(RefOutcome(ref: "refs/heads/x", result: result), at: "u") == nil)
    }

    private static func variables(
        _ environment: [String: String] = [:], _ settings: [String: String] = [:], given: String? = nil
    ) throws -> [String: String] {
        try ProposalAuthor.variables(given: given, environment: environment) { settings[$0] }
    }

    @Test func `Who says who commits is believed`() throws {
        let given = try Self.variables(
            ["GITHUB_ACTIONS": "true"], ["user.name": "x"], given: "Jane  Doe <jane@h.example>")
        #expect(
            given == [
                "GIT_AUTHOR_NAME": "Jane Doe", "GIT_AUTHOR_EMAIL": "jane@h.example", "GIT_COMMITTER_NAME": "Jane Doe",
                "GIT_COMMITTER_EMAIL": "jane@h.example",
            ])
        for text in ["Jane", "<jane@h>", "Jane <>", "Jane <a b>", "J<x> <a@b>", "Jane <a@b> x", "a\nb <a@b>"] {
            #expect(throws: Problem.self, "\(text)") { try Self.variables(given: text) }
        }
    }

    @Test func `A runner stands in for whom nobody has configured`() throws {
        #expect(try Self.variables().isEmpty)
        #expect(try Self.variables(["GITHUB_ACTIONS": "true"])["GIT_AUTHOR_NAME"] == "github-actions[bot]")
        let forgejo = ["GITHUB_ACTIONS": "true", "GITHUB_API_URL": "https://h.example/api/v1"]
        #expect(try Self.variables(forgejo)["GIT_COMMITTER_NAME"] == "forgejo-actions")
        let gitLab = ["GITLAB_CI": "true", "GITLAB_USER_NAME": "Ann", "GITLAB_USER_EMAIL": "ann@h.example"]
        #expect(try Self.variables(gitLab)["GIT_AUTHOR_EMAIL"] == "ann@h.example")
        #expect(try Self.variables(gitLab, ["user.name": "Bob", "user.email": "bob@h.example"]).isEmpty)
        // Half of one person and half of another would be nobody; git says what is missing.
        #expect(try Self.variables(gitLab, ["user.name": "Bob"]).isEmpty)
        var author = gitLab
        author["GIT_AUTHOR_NAME"] = "Bob"
        #expect(try Set(Self.variables(author).keys) == ["GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"])
    }
}
