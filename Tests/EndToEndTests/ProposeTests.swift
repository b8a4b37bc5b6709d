import Foundation
import JSON
import Support
import Testing

/// `pinr propose` against a forge that has the branches in a real repository behind real git over http, and that holds every
/// request of its API against the documentation.
@Suite struct ProposeTests {
    /// A checkout of a forge's project with two pins, `a` and `b`, in a group each asks for.
    struct Checkout {
        let forge: PullRequestForge
        let project: Project
        let repository: TestRepository
        let (a, b): (Repository, Repository)
        let kind: PullRequestForge.Kind

        init(
            _ kind: PullRequestForge.Kind = .github, user: String = "x-access-token", groups: [String: String] = [:],
            rules: String = ""
        ) async throws {
            self.kind = kind
            forge = try await PullRequestForge(kind, user: user, rules: rules)
            let upstream = try await Upstream.shared()
            var project = try Project(upstream.environment)
            project.environment["PINR_TOKEN_127_0_0_1"] = forge.token
            for role in ["AUTHOR", "COMMITTER"] {
                project.environment["GIT_\(role)_NAME"] = "Robot"
                project.environment["GIT_\(role)_EMAIL"] = "robot@example.org"
            }
            self.project = project
            repository = TestRepository(existing: project.path)
            try await repository.git("clone", "--quiet", "--template=", forge.repository.path, ".")
            try await repository.git("remote", "set-url", "origin", forge.remote)
            (a, b) = (try await upstream.github(), try await upstream.github())
            for (name, source) in [("a", a), ("b", b)] {
                let group = groups[name].map { ["--group", $0] } ?? []
                try await project.pinr(["add", source.notation, "--name", name] + group).expect(0)
            }
            try await publish("pins")
        }

        /// Commits the work tree and makes it the forge's main branch.
        func publish(_ message: String) async throws {
            try await repository.commit(message)
            try await repository.git("push", "--quiet", forge.repository.path, "HEAD:refs/heads/main")
        }

        /// What `main` of the forge has, checked out.
        func pull() async throws {
            try await repository.git("pull", "--quiet", "--ff-only", forge.repository.path, "main")
        }

        func propose(_ arguments: String..., environment: [String: String] = [:]) async throws -> Run {
            try await project.pinr(
                ["propose", "--forge", kind.rawValue] + arguments, environment: environment)
        }

        /// The branches of the forge besides `main`, with where they are.
        func branches() async throws -> [String: String] {
            let lines = try await forge.repository.git(
                "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads")
            let pairs = lines.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) }).filter { $0.key != "main" }
        }

        /// What a branch of the forge has a pin locked to.
        func revision(_ pin: String, on branch: String) async throws -> String? {
            let text = try await forge.repository.git("show", "\(branch):pins/pins.json")
            return try JSON(parsing: Array(text.utf8))["pins"]?[pin]?["locked"]?["revision"]?.string
        }

        func open() throws -> [PullRequestForge.Pull] { try forge.pullRequests().filter { $0.state == "open" } }

        /// Nothing of what a person has was touched, and nothing was asked that the forge does not document.
        func expectUntouched(at head: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            #expect(try await repository.git("status", "--porcelain") == "", sourceLocation: sourceLocation)
            #expect(try await repository.revision() == head, sourceLocation: sourceLocation)
            #expect(try await repository.git("branch", "--list", "pinr/*") == "", sourceLocation: sourceLocation)
            #expect(forge.violations() == [], sourceLocation: sourceLocation)
        }
    }

    private static func actions(_ run: Run) throws -> [String: String] {
        var actions: [String: String] = [:]
        for proposal in try run.json["proposals"]?.array ?? [] {
            actions[proposal["branch"]?.string ?? ""] = proposal["action"]?.string
        }
        return actions
    }

    // MARK: The life of a proposal

    @Test(arguments: PullRequestForge.Kind.allCases) func aProposalFromItsBeginningToItsEnd(
        _ kind: PullRequestForge.Kind
    ) async throws {
        let checkout = try await Checkout(kind, rules: #""labels": ["pins"]"#)
        let (forge, repository) = (checkout.forge, checkout.repository)
        #expect(try await checkout.propose().expect(0).lines == ["nothing to propose"])

        // Created: one commit on main, of the lock alone, with the pin that moved.
        let first = try await checkout.a.advance()
        let head = try await repository.revision()
        let created = try await checkout.propose("--json", "--label", "pins").expect(0)
        #expect(try Self.actions(created) == ["pinr/update": "created"])
        #expect(try created.json["proposals"]?.array?.first?["pins"] == ["a"])
        var branches = try await checkout.branches()
        let commit = try #require(branches["pinr/update"])
        #expect(branches.count == 1)
        #expect(try await forge.repository.git("rev-parse", "\(commit)^@") == head)
        #expect(try await forge.repository.git("diff", "--name-only", head, commit) == "pins/pins.json")
        #expect(
            try await forge.repository.git("log", "-1", "--format=%an <%ae>", commit) == "Robot <robot@example.org>")
        #expect(try await checkout.revision("a", on: "pinr/update") == first)
        _ = try await forge.repository.git("fsck", "--strict")
        let pull = try #require(try checkout.open().first)
        #expect(pull.title.hasPrefix("Update a from ") && pull.head == "pinr/update" && pull.base == "main")
        #expect(pull.labels == ["pins"] && !pull.draft && pull.body.contains("pinr propose"))
        #expect(try created.json["proposals"]?.array?.first?["url"]?.string?.hasSuffix("/\(pull.number)") == true)
        try await checkout.expectUntouched(at: head)

        // Unchanged: nothing is pushed and nothing is written.
        let writes = forge.writes().count
        let same = try await checkout.propose("--json", "--label", "pins").expect(0)
        #expect(try Self.actions(same) == ["pinr/update": "unchanged"])
        #expect(try await checkout.branches() == branches)
        #expect(forge.writes().count == writes)
        #expect(!forge.server.accessLog().suffix(6).contains { $0.uri.contains("receive-pack") })

        // Refreshed: both pins moved, and the branch has still one commit.
        let second = try await checkout.a.advance("three")
        let other = try await checkout.b.advance()
        #expect(try Self.actions(await checkout.propose("--json").expect(0)) == ["pinr/update": "refreshed"])
        branches = try await checkout.branches()
        #expect(branches["pinr/update"] != commit)
        #expect(try await forge.repository.git("rev-list", "--count", "main..pinr/update") == "1")
        #expect(try await checkout.revision("a", on: "pinr/update") == second)
        #expect(try await checkout.revision("b", on: "pinr/update") == other)
        #expect(try checkout.open().map(\.title) == ["Update a and b"])

        // Rebuilt: main went on.
        try repository.write("README", "more\n")
        try await checkout.publish("more")
        let moved = try await repository.revision()
        #expect(try Self.actions(await checkout.propose("--json").expect(0)) == ["pinr/update": "refreshed"])
        #expect(try await forge.repository.git("rev-parse", "pinr/update^") == moved)
        try await checkout.expectUntouched(at: moved)

        // Closed: somebody updated by hand.
        try await checkout.project.pinr("update").expect(0)
        try await checkout.publish("by hand")
        #expect(try Self.actions(await checkout.propose("--json").expect(0)) == ["pinr/update": "closed"])
        #expect(try await checkout.branches().isEmpty)
        #expect(try forge.pullRequests().map(\.state) == ["closed"])
        #expect(try await checkout.propose().expect(0).lines == ["nothing to propose"])
        try await checkout.expectUntouched(at: repository.revision())
    }

    @Test func mergedProposalsAreDone() async throws {
        let checkout = try await Checkout()
        try await checkout.a.advance()
        try await checkout.propose().expect(0)
        // A merge that leaves the branch where it is, and the pull request to those who look.
        try await checkout.forge.repository.git("update-ref", "refs/heads/main", "refs/heads/pinr/update")
        try await checkout.pull()
        #expect(try await checkout.propose("--json").json["proposals"]?.array?.first?["action"] == "closed")
        try await checkout.a.advance("three")
        // The branch that was left is taken again.
        #expect(try Self.actions(await checkout.propose("--json").expect(0)) == ["pinr/update": "created"])
        #expect(try await checkout.forge.repository.git("rev-list", "--count", "main..pinr/update") == "1")
    }

    // MARK: Several

    @Test func eachPinInItsOwn() async throws {
        let checkout = try await Checkout()
        let (a, b) = (try await checkout.a.advance(), try await checkout.b.advance())
        let run = try await checkout.propose("--group", "each", "--max-open", "1", "--json").expect(0)
        #expect(try Self.actions(run) == ["pinr/update-a": "created", "pinr/update-b": "postponed"])
        #expect(try await checkout.branches().keys.sorted() == ["pinr/update-a"])
        try await checkout.propose("--group", "each").expect(0)
        let old = try await checkout.revision("b", on: "main")
        #expect(try await checkout.revision("a", on: "pinr/update-a") == a)
        #expect(try await checkout.revision("b", on: "pinr/update-a") == old)
        #expect(try await checkout.revision("b", on: "pinr/update-b") == b)
        #expect(try await checkout.revision("a", on: "pinr/update-b") != a)
        // All in one: the others are not needed any more.
        let all = try await checkout.propose("--json").expect(0)
        #expect(
            try Self.actions(all) == [
                "pinr/update": "created", "pinr/update-a": "closed", "pinr/update-b": "closed",
            ])
        #expect(try await checkout.branches().keys.sorted() == ["pinr/update"])
        #expect(checkout.forge.violations() == [])
    }

    @Test func groupsAreProposedTogether() async throws {
        let checkout = try await Checkout(groups: ["a": "My tools"])
        try await checkout.a.advance()
        try await checkout.b.advance()
        try await checkout.propose("--group", "group").expect(0)
        let branches = try await checkout.branches().keys.sorted()
        #expect(branches.count == 2 && branches[0] == "pinr/update" && branches[1].hasPrefix("pinr/update-my-tools-"))
        #expect(try checkout.open().map(\.title).sorted().map { $0.prefix(8) } == ["Update a", "Update b"])
    }

    @Test func oneThatFailsKeepsWhatIsProposed() async throws {
        let checkout = try await Checkout()
        let (a, b) = (try await checkout.a.advance(), try await checkout.b.advance())
        try await checkout.propose().expect(0)
        // The one's server is gone for today, and the other moves on.
        let bare = checkout.b.bare.path
        try FileManager.default.moveItem(atPath: bare, toPath: bare + ".gone")
        let newer = try await checkout.a.advance("three")
        #expect(newer != a)
        let run = try await checkout.propose("--json")
        run.expect(1)
        #expect(try run.json["failed"]?.array?.compactMap { $0["name"]?.string } == ["b"])
        #expect(try Self.actions(run) == ["pinr/update": "refreshed"])
        #expect(try await checkout.revision("a", on: "pinr/update") == newer)
        #expect(try await checkout.revision("b", on: "pinr/update") == b)
        // Each for itself: the one that is not known about stays as it is.
        try FileManager.default.moveItem(atPath: bare + ".gone", toPath: bare)
        try await checkout.propose("--group", "each").expect(0)
        try FileManager.default.moveItem(atPath: bare, toPath: bare + ".gone")
        let each = try await checkout.propose("--group", "each", "--json")
        each.expect(1)
        #expect(try Self.actions(each) == ["pinr/update-a": "unchanged", "pinr/update-b": "unchanged"])
        try FileManager.default.moveItem(atPath: bare + ".gone", toPath: bare)
    }

    // MARK: What is not ours

    @Test func somebodysCommitsAreLeftAlone() async throws {
        let checkout = try await Checkout()
        try await checkout.a.advance()
        try await checkout.b.advance()
        try await checkout.propose("--group", "each").expect(0)
        let theirs = try await checkout.forge.push("pinr/update-a", onto: "pinr/update-a")
        let newer = try await checkout.b.advance("three")
        try await checkout.a.advance("three")
        let run = try await checkout.propose("--group", "each", "--json").expect(0, quietly: false)
        #expect(run.stderr.contains("`pinr/update-a` is left alone"), "\(run)")
        #expect(try Self.actions(run) == ["pinr/update-a": "stopped", "pinr/update-b": "refreshed"])
        #expect(try await checkout.branches()["pinr/update-a"] == theirs)
        #expect(try await checkout.revision("b", on: "pinr/update-b") == newer)
        // Nor is it closed once its pin is up to date.
        try await checkout.project.pinr("update").expect(0)
        try await checkout.publish("by hand")
        let later = try await checkout.propose("--group", "each", "--json").expect(0, quietly: false)
        #expect(try Self.actions(later) == ["pinr/update-a": "stopped", "pinr/update-b": "closed"])
        #expect(try checkout.open().map(\.head) == ["pinr/update-a"])
    }

    @Test func somebodysPullRequestsAreLeftAlone() async throws {
        let checkout = try await Checkout()
        let forge = checkout.forge
        // A backport from a branch on which nothing is that main has not, and work on one that is only called as ours are.
        try await forge.push("release")
        try await forge.repository.git("branch", "pinr/update-a", "main")
        let theirs = try await forge.push("pinr/update-docs")
        try await forge.put(#"{"title": "Backport", "body": "mine", "head": "pinr/update-a", "base": "release"}"#)
        try await forge.put(#"{"title": "Docs", "body": "mine", "head": "pinr/update-docs", "base": "main"}"#)
        let people = try forge.pullRequests()
        let before = try await checkout.branches()
        #expect(try await checkout.propose("--group", "each").expect(0).lines == ["nothing to propose"])
        #expect(try forge.pullRequests() == people)
        #expect(try await checkout.branches() == before)
        try await checkout.a.advance()
        try await checkout.b.advance()
        let run = try await checkout.propose("--group", "each", "--max-open", "3", "--json").expect(0, quietly: false)
        #expect(try Self.actions(run) == ["pinr/update-a": "stopped", "pinr/update-b": "created"])
        #expect(run.stderr.contains("a pull request open that pinr did not make"), "\(run)")
        #expect(try forge.pullRequests().prefix(2) == people.prefix(2))
        let after = try await checkout.branches()
        #expect(after["pinr/update-docs"] == theirs && after["pinr/update-a"] == before["pinr/update-a"])
    }

    @Test func whoPushesWhileItRunsIsNotClosed() async throws {
        let checkout = try await Checkout()
        let forge = checkout.forge
        try await checkout.a.advance()
        try await checkout.b.advance()
        try await checkout.propose("--group", "each").expect(0)
        // As soon as the branch for both is there, somebody pushes onto one of those that it takes the place of.
        let theirs = try await forge.push("theirs", onto: "pinr/update-a")
        let hook = forge.repository.path + "/hooks/post-update"
        try FileManager.default.createDirectory(
            atPath: forge.repository.path + "/hooks", withIntermediateDirectories: true)
        try "#!/bin/sh\n[ \"$1\" != refs/heads/pinr/update ] || git update-ref refs/heads/pinr/update-a \(theirs)\n"
            .write(
                toFile: hook, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
        let run = try await checkout.propose("--json").expect(0, quietly: false)
        #expect(
            try Self.actions(run) == [
                "pinr/update": "created", "pinr/update-a": "stopped", "pinr/update-b": "closed",
            ])
        #expect(try await checkout.branches()["pinr/update-a"] == theirs)
        #expect(try checkout.open().map(\.head).sorted() == ["pinr/update", "pinr/update-a"])
    }

    /// The branch that is proposed to would otherwise be the one that the updates are pushed to.
    @Test func theBaseIsNeverPushedTo() async throws {
        let checkout = try await Checkout()
        try await checkout.a.advance()
        let head = try await checkout.forge.repository.revision("main")
        for prefix in ["main", "Main"] {
            try await checkout.propose("--branch-prefix", prefix).expectFailure(saying: "main", "--branch-prefix")
        }
        #expect(try await checkout.forge.repository.revision("main") == head)
        #expect(checkout.forge.writes().isEmpty)
    }

    @Test func aServerThatRefusesIsQuoted() async throws {
        let checkout = try await Checkout()
        let hook = checkout.forge.repository.path + "/hooks/update"
        try FileManager.default.createDirectory(
            atPath: checkout.forge.repository.path + "/hooks", withIntermediateDirectories: true)
        try "#!/bin/sh\necho \"not $1\"\n[ \"$1\" != refs/heads/pinr/update-a ]\n".write(
            toFile: hook, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
        try await checkout.a.advance()
        try await checkout.b.advance()
        let run = try await checkout.propose("--group", "each", "--json")
        run.expect(1)
        #expect(run.stderr.contains("pinr/update-a") && run.stderr.contains("hook declined"), "\(run)")
        #expect(try Self.actions(run) == ["pinr/update-a": "failed", "pinr/update-b": "created"])
        let failed = try run.json["proposals"]?.array?.first { $0["action"] == "failed" }
        expectErrorObject(failed?["error"], code: "bad-git")
        #expect(try checkout.open().map(\.head) == ["pinr/update-b"])
    }

    @Test func aWrongTokenIsNotShown() async throws {
        let checkout = try await Checkout()
        try await checkout.a.advance()
        let run = try await checkout.propose(environment: ["PINR_TOKEN_127_0_0_1": "wr0ng-t0ken-of-somebody"])
        run.expect(1)
        #expect(!run.stderr.contains("wr0ng") && !run.stdout.contains("wr0ng"), "\(run)")
        #expect(try await checkout.branches().isEmpty)
    }

    // MARK: Checkouts

    @Test func aDryRunSaysAllAndDoesNothing() async throws {
        let checkout = try await Checkout()
        try await checkout.a.advance()
        let head = try await checkout.repository.revision()
        let run = try await checkout.propose("-n", "--label", "pins").expect(0)
        #expect(run.lines.first == "pinr/update: would be proposed (a)", "\(run)")
        for text in ["would push: ", "title: Update a from ", "labels: pins", "nothing was pushed"] {
            #expect(run.stdout.contains(text), "\(text): \(run)")
        }
        #expect(try await checkout.branches().isEmpty && checkout.forge.writes().isEmpty)
        let json = try await checkout.propose("--dry-run", "--json").expect(0).json
        #expect(json["dryRun"] == true && json["proposals"]?.array?.first?["body"]?.string?.isEmpty == false)
        try await checkout.propose().expect(0)
        let again = try await checkout.propose("-n", "--json").expect(0)
        #expect(try Self.actions(again) == ["pinr/update": "unchanged"])
        try await checkout.expectUntouched(at: head)
    }

    @Test func aShallowCheckoutOfARunner() async throws {
        let checkout = try await Checkout()
        let revision = try await checkout.a.advance()
        var project = checkout.project
        // As a runner has it: one commit, nobody's name, a URL with a token in it, and variables that say the rest.
        for role in ["AUTHOR", "COMMITTER"] {
            project.environment["GIT_\(role)_NAME"] = nil
            project.environment["GIT_\(role)_EMAIL"] = nil
        }
        let path = checkout.project.directory.file("shallow")
        try await checkout.repository.git(
            "clone", "--quiet", "--template=", "--depth", "1", "file://" + checkout.forge.repository.path, path)
        let shallow = TestRepository(existing: path)
        let url = checkout.forge.remote.replacingOccurrences(of: "://", with: "://ci-token:t0ken-in-the-url@")
        try await shallow.git("remote", "set-url", "origin", url)
        let run = try await project.pinr(
            ["propose", "-d", path + "/pins"],
            environment: [
                "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": checkout.forge.baseURL,
                "GITHUB_API_URL": checkout.forge.apiURL, "GITHUB_REPOSITORY": checkout.forge.project,
                "GITHUB_TOKEN": checkout.forge.token, "PINR_TOKEN_127_0_0_1": "",
            ])
        run.expect(0)
        #expect(!run.stdout.contains("t0ken"), "\(run)")
        #expect(try await checkout.revision("a", on: "pinr/update") == revision)
        let author = try await checkout.forge.repository.git("log", "-1", "--format=%an", "pinr/update")
        #expect(author == "github-actions[bot]")
        _ = try await checkout.forge.repository.git("fsck", "--strict")
    }

    @Test func aCheckoutThatIsBehindOrAhead() async throws {
        let checkout = try await Checkout()
        try await checkout.a.advance()
        let head = try await checkout.repository.revision()
        // What nobody has committed and pushed is not proposed on.
        try checkout.repository.write("README", "not pushed\n")
        try await checkout.repository.commit("ahead")
        let ahead = try await checkout.propose().expect(0, quietly: false)
        #expect(ahead.stderr.contains("warning: ") && ahead.stderr.contains("made without them"), "\(ahead)")
        #expect(try await checkout.forge.repository.git("rev-parse", "pinr/update^") == head)
        // Another checkout moves main.
        try await checkout.forge.push("main")
        let behind = try await checkout.propose("--json")
        try expectError("changed-meanwhile", behind)
    }

    @Test func whatCannotBeProposedTo() async throws {
        let checkout = try await Checkout()
        try await checkout.propose("--base", "nope").expectFailure(saying: "nope", "--base")
        try await checkout.propose("--branch-prefix", "a..b").expectFailure(saying: "a..b")
        try await checkout.propose("--base", "pinr/update-x").expectFailure(saying: "--branch-prefix")
        try await checkout.propose("--author", "nobody").expectFailure(saying: "nobody", "example.org")
        let outside = try Project()
        try await outside.pinr("init", "--bare").expect(0)
        try await outside.pinr("propose", "--forge", "github").expectFailure(saying: "no git repository")
        try await checkout.propose("--max-open", "0").expect(64)
        try await checkout.propose("--draft", "--auto-merge", "squash").expect(64)
    }
}
