import Foundation
import JSON
import Support
import Testing

/// The options of `pinr propose` that say what a pull request is like, on each of the forges.
@Suite struct ProposeOptionTests {
    private static let people = #""users": ["ann", "bob"], "labels": ["pins"]"#

    @Test(arguments: PullRequestForge.Kind.allCases)
    func aDraftWithPeople(_ kind: PullRequestForge.Kind) async throws {
        let checkout = try await ProposeTests.Checkout(kind, rules: Self.people)
        try await checkout.a.advance()
        let arguments = ["propose", "--forge", kind.rawValue, "--draft", "--reviewer", "ann", "--assignee", "bob"]
        let made = try await checkout.project.pinr(arguments + ["--label", "pins", "--json"]).expect(0)
        let pull = try #require(try checkout.open().first)
        // Forgejo has no drafts but by their titles.
        func isDraft(_ pull: PullRequestForge.Pull) -> Bool {
            kind == .forgejo ? pull.title.hasPrefix("WIP: ") : pull.draft
        }
        #expect(isDraft(pull) && pull.reviewers == ["ann"] && pull.assignees == ["bob"] && pull.labels == ["pins"])
        #expect(pull.autoMerge == nil)
        let title = try #require(try made.json["proposals"]?.array?.first?["title"]?.string)
        #expect(title.hasPrefix("Update a from ") && pull.title.hasSuffix(title))
        // Again: nothing is written. What it is like now is for people to decide.
        let writes = checkout.forge.writes().count
        try await checkout.project.pinr(arguments + ["--label", "pins"]).expect(0)
        #expect(checkout.forge.writes().count == writes)
        // It moves on, and is still a draft with the same people.
        try await checkout.a.advance("three")
        try await checkout.project.pinr(arguments + ["--assignee", "ann"]).expect(0)
        let moved = try #require(try checkout.open().first)
        #expect(isDraft(moved) && moved.reviewers == ["ann"] && moved.assignees.sorted() == ["ann", "bob"])
        #expect(moved.labels == ["pins"] && moved.number == pull.number && moved.title != pull.title)
        #expect(checkout.forge.violations() == [])
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func somebodyWhoIsNotThereIsAWarning(_ kind: PullRequestForge.Kind) async throws {
        let checkout = try await ProposeTests.Checkout(kind, rules: Self.people)
        try await checkout.a.advance()
        let run = try await checkout.propose("--reviewer", "nobody", "--assignee", "bob", "--json")
            .expect(0, quietly: false)
        #expect(run.stderr.contains("warning: ") && run.stderr.contains("nobody"), "\(run)")
        let pull = try #require(try checkout.open().first)
        #expect(pull.reviewers == [] && pull.assignees == ["bob"])
        #expect(checkout.forge.violations() == [])
    }

    @Test(
        arguments: PullRequestForge.Kind.allCases,
        [("default", "merge"), ("squash", "squash"), ("rebase", "rebase"), ("merge", "merge")])
    func itMergesItself(_ kind: PullRequestForge.Kind, _ method: (option: String, there: String)) async throws {
        let checkout = try await ProposeTests.Checkout(kind)
        try await checkout.a.advance()
        let run = try await checkout.propose("--auto-merge", method.option)
        // GitLab's merge requests are merged by the method of the project; only whether it is squashed can be said.
        guard kind != .gitlab || method.there != "rebase" else {
            run.expect(0, quietly: false)
            return
        }
        run.expect(0)
        #expect(try checkout.open().map(\.autoMerge) == [method.there], "\(run)")
        try await checkout.propose("--auto-merge", method.option).expect(0)
        #expect(try checkout.open().map(\.autoMerge) == [method.there])
        #expect(checkout.forge.violations() == [])
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func aForgeThatCannotWaitIsAWarning(_ kind: PullRequestForge.Kind) async throws {
        let rules: [PullRequestForge.Kind: String] = [
            .github: #""autoMerge": "notAllowed""#, .gitlab: #""pipeline": null"#, .forgejo: #""checks": false"#,
        ]
        let checkout = try await ProposeTests.Checkout(kind, rules: rules[kind] ?? "")
        try await checkout.a.advance()
        let run = try await checkout.propose("--auto-merge", "default").expect(0, quietly: false)
        #expect(run.stderr.contains("warning: "), "\(run)")
        #expect(try checkout.open().map(\.autoMerge) == [nil])
        #expect(checkout.forge.violations() == [])
    }

    /// The signature is git's to check; a signed commit is as much ours as another.
    @Test(arguments: PullRequestForge.Kind.allCases)
    func itsCommitsAreSigned(_ kind: PullRequestForge.Kind) async throws {
        let checkout = try await ProposeTests.Checkout(kind)
        let folder = checkout.project.directory
        let key = folder.file("key")
        try await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "robot", "-f", key])
        let signers = try folder.write("signers", "robot@example.org \(folder.readText("key.pub"))")
        for (name, value) in [("gpg.format", "ssh"), ("user.signingkey", key)] {
            try await checkout.repository.git("config", name, value)
        }
        func expectSigned() async throws {
            let said = try await runProcess(
                [
                    "git", "-C", checkout.forge.repository.path, "-c", "gpg.ssh.allowedSignersFile=\(signers)",
                    "verify-commit", "pinr/update",
                ], environment: isolatedEnvironment(home: folder.file("home")))
            #expect(said.status == 0 && said.stderr.contains("Good \"git\" signature for robot@example.org"), "\(said)")
        }
        try await checkout.a.advance()
        try await checkout.propose("--sign").expect(0)
        try await expectSigned()
        let first = try await checkout.branches()
        try await checkout.propose("--sign").expect(0)
        #expect(try await checkout.branches() == first)
        try await checkout.a.advance("three")
        try await checkout.propose("--sign").expect(0)
        try await expectSigned()
        #expect(try await checkout.branches() != first)
        #expect(checkout.forge.violations() == [])
    }
}
