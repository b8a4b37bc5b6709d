import Foundation
import JSON
import Support
import Testing

/// `pinr diff` in a real repository, with pins of real servers.
@Suite struct DiffTests {
    /// A project in a repository of its own: its pins are committed, and then the world moves and they are updated.
    struct World {
        let project: Project
        let repository: Repository
        let git: TestRepository
        let old: String
        let new: String

        init(commits: Int = 3) async throws {
            let upstream = try await Upstream.shared()
            project = try await Project.connected()
            repository = try await upstream.github()
            try await repository.bare.git("config", "uploadpack.allowFilter", "true")
            git = try await TestRepository(at: project.path)
            old = try await repository.work.revision()
            try await project.pinr("add", repository.notation, "--name", "branch").expect(0)
            try await project.pinr("add", "git+\(repository.url)", "--name", "git").expect(0)
            try await git.commit("pins")
            for number in 1..<commits {
                try await repository.work.commit("change \(number) for @octocat", date: TestRepository.epoch + number)
            }
            new = try await repository.advance("the last change, fixes #1")
            try await repository.bare.git("config", "uploadpack.allowFilter", "true")
        }

        func log() async throws -> [String] {
            try await repository.work.git("log", "--format=%H %ct %s", "\(old)..\(new)").split(separator: "\n").map(
                String.init)
        }
    }

    @Test func nothingChangedIsNothingToTell() async throws {
        let world = try await World()
        let run = try await world.project.pinr("diff", "--exit-code").expect(0)
        #expect(run.stdout == "")
        let json = try await world.project.pinr("diff", "--json").expect(0).json
        let commit = try await world.git.revision()
        #expect(
            json == [
                "added": [], "changed": [], "removed": [], "renamed": [], "unreadable": [],
                "old": ["file": "pins/pins.json", "revision": "HEAD", "commit": .string(commit), "exists": true],
                "new": ["file": "pins/pins.json", "exists": true],
            ])
        #expect(try await world.project.pinr("diff", "--report", "markdown").expect(0).stdout == "No pins changed.\n")
    }

    @Test func whatLiesBetweenIsThatOfGit() async throws {
        let world = try await World(commits: 25)
        try await world.project.pinr("update").expect(0)
        let run = try await world.project.pinr("diff", "--exit-code")
        run.expect(2)
        let (old, new) = (world.old.prefix(12), world.new.prefix(12))
        #expect(run.lines.first == "branch: \(old) → \(new)", "\(run)")
        #expect(run.stdout.contains("  commits  25 commits\n    \(new) the last change, fixes #1\n"), "\(run)")
        #expect(run.stdout.contains("    … and 15 older commits"), "\(run)")
        try await world.project.pinr("diff").expect(0)

        let json = try await world.project.pinr("diff", "--report", "json").expect(0).json
        let changed = try #require(json["changed"]?.array)
        #expect(changed.map { $0["name"]?.string } == ["branch", "git"])
        for change in changed {
            #expect(change["old"]?["revision"]?.string == world.old && change["new"]?["revision"]?.string == world.new)
            #expect(change["fields"] == ["locked"] && change["rewritten"] == nil && change["remarks"] == nil)
            let commits = try #require(change["commits"])
            #expect(commits["count"] == 25 && commits["atLeast"] == nil && commits["gone"] == nil)
            let lines = commits["newest"]?.array?.map {
                "\($0["revision"]?.string ?? "") \($0["time"]?.integer ?? 0) \($0["subject"]?.string ?? "")"
            }
            #expect(lines == Array(try await world.log().prefix(20)))
        }
        #expect(changed[0]["compareURL"]?.string?.hasSuffix("/compare/\(world.old)...\(world.new)") == true)
        #expect(try await world.project.pinr("diff", "--json").expect(0).json == json)
    }

    @Test func aPullRequestCanBeMadeOfIt() async throws {
        let world = try await World()
        try await world.project.pinr("update").expect(0)
        let run = try await world.project.pinr("diff", "--report", "markdown").expect(0)
        #expect(
            run.stdout.contains(
                "| branch | `\(world.old.prefix(12))` | `\(world.new.prefix(12))` | 3 commits · [compare]("), "\(run)")
        #expect(
            run.stdout.contains(
                "<details>\n<summary>3 commits</summary>\n\n- `\(world.new.prefix(12))` the last change"), "\(run)")
        #expect(
            run.stdout.contains("@&#8203;octocat") && !run.stdout.contains("@octocat") && !run.stdout.contains(" #1"),
            "\(run)")
    }

    @Test func everyStateCanBeNamed() async throws {
        let world = try await World()
        let (project, git) = (world.project, world.git)
        let first = try await git.revision()
        try await project.pinr("update", "branch").expect(0)
        try await git.commit("branch moved")
        try await project.pinr("update").expect(0)
        try await project.pinr("note", "git", "a remark").expect(0)
        try FileManager.default.copyItem(atPath: project.file("pins/pins.json"), toPath: project.file("now.json"))
        try await git.tag("v1", at: first)

        func changed(_ arguments: String...) async throws -> [String] {
            let run = try await project.pinr(["diff", "--offline", "--json"] + arguments).expect(0)
            return try run.json["changed"]?.array?.map { change in
                "\(change["name"]?.string ?? ""):"
                    + (change["fields"]?.array?.compactMap(\.string).joined(separator: "+") ?? "")
            } ?? []
        }
        let both = ["branch:locked", "git:locked+note"]
        #expect(try await changed() == ["git:locked+note"])
        #expect(try await changed("HEAD") == ["git:locked+note"])
        for old in [
            "HEAD~1", first, String(first.prefix(8)), "v1", "main~1", "HEAD~1:pins/pins.json",
            "HEAD~1:./pins/pins.json",
        ] {
            #expect(try await changed(old) == both, "\(old)")
        }
        #expect(try await changed("HEAD~1", "HEAD") == ["branch:locked"])
        #expect(try await changed("HEAD", "HEAD~1") == ["branch:locked"])
        #expect(try await changed("v1", "now.json") == both)
        #expect(try await changed("v1", "./pins") == both)
        #expect(try await changed("now.json", "pins/pins.json") == [])
        #expect(try await changed("now.json", project.file("pins/pins.json")) == [])
        // Whatever the lock is: in another folder, and below the working directory or not.
        let file = try await project.pinr("diff", "--lock-file", "now.json", "--offline", "v1", "--json")
        file.expect(0, quietly: false)
        #expect(file.stderr.contains("`v1` has no `now.json`"), "\(file)")
        #expect(try file.json["added"]?.array?.count == 2 && file.json["old"]?["exists"] == false)
    }

    @Test func aLinkToTheLockIsFollowed() async throws {
        let world = try await World()
        let (project, git) = (world.project, world.git)
        let files = FileManager.default
        try files.createDirectory(atPath: project.file("kept"), withIntermediateDirectories: false)
        try files.moveItem(atPath: project.file("pins/pins.json"), toPath: project.file("kept/pins.json"))
        try files.createSymbolicLink(
            atPath: project.file("pins/pins.json"), withDestinationPath: "../kept/pins.json")
        try await git.commit("kept elsewhere")
        try await project.pinr("note", "git", "a remark").expect(0)
        let run = try await project.pinr("diff", "--offline", "--json").expect(0)
        #expect(try run.json["old"]?["file"]?.string == "kept/pins.json", "\(run)")
        #expect(try run.json["changed"]?.array?.map { $0["name"]?.string } == ["git"], "\(run)")
    }

    @Test func whatNamesNothingOrTwoThingsIsRefused() async throws {
        let world = try await World()
        let project = world.project
        try await project.pinr("diff", "nothing").expectFailure(saying: "`nothing` is neither a file nor a revision")
        try expectError("not-found", try await project.pinr("diff", "HEAD", "HEAD~7", "--json"))
        try expectError("not-found", try await project.pinr("diff", "HEAD", "HEAD~7", "--report", "json"))
        try expectError("not-found", try await project.pinr("update", "nobody", "--report", "json"))
        try await project.pinr("diff", "HEAD:").expectFailure(saying: "`HEAD:` is neither a file nor a revision")
        try await project.pinr("diff", "HEAD~1..HEAD").expectFailure(saying: "as two arguments")
        try await project.pinr("diff", "./HEAD").expectFailure(saying: "./HEAD")
        try await project.pinr("diff", "HEAD:nothing.json", "HEAD").expect(0, quietly: false)
        try await world.git.tag("pins")
        let run = try await project.pinr("diff", "pins")
        run.expectFailure(saying: "`pins` is a revision and a file", "./pins", "pins^{commit}")
        try await project.pinr("diff", "./pins").expect(0)
        try await project.pinr("diff", "pins^{commit}").expect(0)
        #expect(try await project.pinr("diff", "").status == 64)
        #expect(try await project.pinr("diff", "a", "b", "c").status == 64)
        #expect(try await project.pinr("diff", "--report", "html").status == 64)
    }

    @Test func noRepositoryAndNoCommitAreSaid() async throws {
        let world = try await World()
        let bare = try await Project.connected()
        try await bare.pinr("init", "--bare").expect(0)
        try await bare.pinr("diff").expectFailure(saying: "is in no git repository", "`pinr diff OLD NEW`")
        try await bare.pinr("diff", "pins/pins.json", "./pins").expect(0)
        _ = try await TestRepository(at: bare.path)
        let unborn = try await bare.pinr("diff")
        unborn.expect(0, quietly: false)
        #expect(unborn.stderr.contains("nothing is committed yet"), "\(unborn)")
        try await bare.pinr("diff", "HEAD").expectFailure(saying: "`HEAD`")
        // Before the pins were committed there were none.
        try world.project.write("README", "x")
        let empty = TestRepository(existing: world.project.path)
        let root = try await empty.git("commit-tree", "-m", "empty", try await empty.git("mktree", input: []))
        let run = try await world.project.pinr("diff", root, "--exit-code")
        run.expect(2)
        #expect(run.stderr.contains("counts as one without pins") && run.stdout.contains("branch: added, "), "\(run)")
    }

    @Test func aServerThatIsAwayIsANoteAndNoFailure() async throws {
        let world = try await World()
        try await world.project.pinr("update").expect(0)
        let offline = try await world.project.pinr("diff", "--offline").expect(0)
        #expect(offline.lines.first?.hasPrefix("branch: ") == true)
        #expect(offline.stdout.contains("  note     the commits in between are not known: "), "\(offline)")
        #expect(!offline.stdout.contains("  commits"))
        // The world is gone, and what is known without it is told all the same.
        let away = try await world.project.pinr(
            "diff", "--json", "--retries", "0", environment: ["PINR_GITHUB_HOST": "http://127.0.0.1:1"])
        let changed = try away.expect(0).json["changed"]?.array ?? []
        #expect(changed.count == 2)
        #expect(
            changed[0]["remarks"]?[0]?.string?.contains("127.0.0.1:1") == true && changed[0]["commits"] == nil,
            "\(away)")
        #expect(changed[1]["commits"]?["count"] == 3)
        // A server that sends no commits without their files is not asked for them.
        try await world.repository.bare.git("config", "uploadpack.allowFilter", "false")
        let unable = try await world.project.pinr("diff").expect(0)
        #expect(unable.stdout.contains("the server cannot tell which commits lie in between"), "\(unable)")
    }

    @Test func aRewrittenBranchAndAWayBackAreSaid() async throws {
        let world = try await World()
        try await world.project.pinr("update").expect(0)
        try await world.git.commit("updated")
        try await world.repository.work.git("reset", "--quiet", "--hard", world.old)
        let rewritten = try await world.repository.advance("rewritten")
        try await world.project.pinr("update").expect(0, quietly: false)
        let json = try await world.project.pinr("diff", "--json").expect(0).json
        let change = try #require(json["changed"]?[0])
        #expect(change["new"]?["revision"]?.string == rewritten && change["rewritten"] == true)
        #expect(change["commits"]?["count"] == 1 && change["commits"]?["gone"] == 3)
        let text = try await world.project.pinr("diff").expect(0)
        #expect(
            text.stdout.contains("  warning  the history was rewritten: 3 commits of what was locked are not in it"),
            "\(text)")

        // From the later state to the earlier one the pin goes back, and nobody rewrote anything.
        let back = try await world.project.pinr("diff", "HEAD", "HEAD~1", "--json").expect(0).json
        #expect(back["changed"]?[0]?["rewritten"] == nil && back["changed"]?[0]?["commits"]?["gone"] == 3)
        let said = try await world.project.pinr("diff", "HEAD", "HEAD~1").expect(0)
        #expect(said.stdout.contains("  commits  back by 3 commits"), "\(said)")
    }

    @Test func marksOfAConflictAreSaid() async throws {
        let world = try await World()
        let text = String(decoding: try world.project.read("pins/pins.json"), as: UTF8.self)
        try world.project.write("pins/pins.json", "<<<<<<< HEAD\n" + text)
        let run = try await world.project.pinr("diff", "--json")
        try expectError("bad-lock", run)
        #expect(run.stderr.contains("conflict") && run.stderr.contains("pins/pins.json"), "\(run)")
        try await world.git.commit("a conflict, committed")
        let committed = try await world.project.pinr("diff", "HEAD", "HEAD~1")
        committed.expectFailure(saying: "HEAD:pins/pins.json", "conflict")
    }

    @Test func whatALaterVersionWroteIsToldAndNotLost() async throws {
        let world = try await World()
        try world.project.edit("\"version\": 1", to: "\"version\": 99")
        try world.project.edit("\"fetcher\": \"git\"", to: "\"fetcher\": [\"git\"]")
        let run = try await world.project.pinr("diff", "--exit-code")
        run.expect(2)
        #expect(run.stdout.contains("git: not understood; a later version of pinr wrote the new state"), "\(run)")
        #expect(!run.stdout.contains("removed") && run.stdout.contains("version 1 → 99"), "\(run)")
        let json = try await world.project.pinr("diff", "--json").expect(0).json
        #expect(json["removed"] == [] && json["unreadable"]?[0]?["name"] == "git")
        expectErrorObject(json["unreadable"]?[0]?["error"], code: "bad-lock")
    }

    // MARK: update --report

    @Test func anUpdateTellsTheSame() async throws {
        let world = try await World()
        let before = try world.project.read("pins/pins.json")
        let plain = try await world.project.pinr("update", "--check", "--json").expect(2).json
        #expect(plain["changed"]?[0]?.object?.keys == ["compareURL", "name", "new", "old"])
        let json = try await world.project.pinr("update", "--check", "--report", "json").expect(2).json
        #expect(json.object?.keys == plain.object?.keys)
        #expect(
            json["changed"]?[0]?["commits"]?["count"] == 3
                && json["changed"]?[0]?["old"] == plain["changed"]?[0]?["old"])
        let text = try await world.project.pinr("update", "-n", "--report", "text").expect(0)
        #expect(text.stdout.contains("  commits  3 commits\n") && text.lines.last == "nothing was written", "\(text)")
        let both = try await world.project.pinr("update", "-n", "--report", "markdown", "--json").expect(0).json
        #expect(both["changed"]?[0]?["commits"]?["count"] == 3)
        #expect(try world.project.read("pins/pins.json") == before)

        let markdown = try await world.project.pinr("update", "--report", "markdown").expect(0)
        #expect(
            markdown.stdout.hasPrefix("| Pin | From | To | |\n| --- | --- | --- | --- |\n| branch | "), "\(markdown)")
        #expect(try await world.project.pinr("diff", "--report", "markdown").expect(0).stdout == markdown.stdout)
        // One that cannot be updated is told in the report too, and its error on standard error.
        try world.project.edit("\"url\": \"\(world.repository.url)\"", to: "\"url\": \"http://127.0.0.1:1/gone.git\"")
        let failed = try await world.project.pinr("update", "--report", "markdown", "--retries", "0")
        failed.expect(1)
        #expect(failed.stdout.contains("- **Not updated:** git: ") && failed.stderr.contains("error: "), "\(failed)")
    }

    /// Whether a branch was rewritten and what lies in between is one question to the server.
    @Test(arguments: [["update"], ["update", "--report", "text"]])
    func commitsAreAskedForOnce(_ arguments: [String]) async throws {
        let world = try await World()
        try await world.project.pinr("remove", "branch").expect(0)
        let path = "/github/\(world.repository.owner)/\(world.repository.repo).git/git-upload-pack"
        let server = try await Upstream.shared().forge
        func posts() -> Int { server.accessLog().count { $0.method == "POST" && $0.uri.hasPrefix(path) } }
        let before = posts()
        try await world.project.pinr(arguments).expect(0)
        // The refs, the tree, the commits.
        #expect(posts() - before == 3)
    }
}
