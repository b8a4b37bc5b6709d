import Foundation
import JSON
import Support
import Testing

/// `report`: the page, and the facts that it is made of.
@Suite struct ReportTests {
    /// A project in a repository of its own, which the world has left behind.
    private struct Kept {
        let project: Project
        let git: TestRepository
        let repository: Repository
        let first: String
        let newest: String

        init() async throws {
            let upstream = try await Upstream.shared()
            project = try await Project.connected()
            git = try await TestRepository(at: project.path)
            repository = try await upstream.github()
            first = try await repository.work.revision()
            try await repository.work.tag("v1.0")
            try await repository.publish()
            // As the forges do: so the commits are told without what is in them.
            try await repository.bare.git("config", "uploadpack.allowFilter", "true")
            for (name, options) in [
                ("branch", []), ("git", []), ("release", ["--release"]), ("frozen", ["--release"]),
                ("tag", ["--at", "v1.0"]),
            ] {
                let source = name == "git" ? "git+\(repository.url)" : repository.notation
                try await project.pinr(["add", source, "--name", name] + options).expect(0)
            }
            try await project.pinr("freeze", "frozen", "--reason", "2.0 <drops> ARM").expect(0)
            try await project.pinr("note", "tag", "ask before \"moving\" it").expect(0)
            try await git.commit("Pin everything & more", date: TestRepository.epoch + 86400)
            for (text, tag) in [("two", "v1.1"), ("three", "v1.2-rc1"), ("four", "v2.0")] {
                try await repository.advance(text)
                try await repository.work.tag(tag)
            }
            newest = try await repository.advance("five <script>")
        }

        func facts(_ arguments: String..., status: Int32 = 0) async throws -> JSON {
            try await project.pinr(["report", "--json"] + arguments).expect(status).json
        }

        func pin(_ name: String, in facts: JSON) throws -> JSON {
            try #require(facts["pins"]?.array?.first { $0["name"]?.string == name })
        }
    }

    @Test func theFactsAreThoseOfUpstreamAndOfThisRepository() async throws {
        let kept = try await Kept()
        let lock = try kept.project.read("pins/pins.json")
        let facts = try await kept.facts()
        #expect(try kept.project.read("pins/pins.json") == lock)
        #expect(facts["lock"] == "pins/pins.json" && facts["offline"] == nil && facts["historyGap"] == nil)
        #expect(
            facts["summary"]
                == [
                    "failed": 0, "held": 0, "behind": 3, "waiting": 0, "frozen": 1, "unknown": 0, "upToDate": 1,
                    "oldest": "branch",
                ])
        for name in ["branch", "git"] {
            let pin = try kept.pin(name, in: facts)
            #expect(pin["state"] == "behind" && pin["newest"]?["revision"]?.string == kept.newest)
            #expect(pin["commits"]?["count"] == 4, "\(pin)")
            #expect(pin["commits"]?["newest"]?[0]?["subject"] == "five <script>")
            #expect(pin["secondsBehind"] == 86400 && pin["versions"] == nil)
            #expect(pin["history"]?.array?.count == 1)
            #expect(pin["history"]?[0]?["kind"] == "added")
            #expect(pin["history"]?[0]?["subject"] == "Pin everything & more")
            #expect(pin["verifiedAt"] == nil)
        }
        #expect(
            try kept.pin("branch", in: facts)["compareURL"]?.string?.hasSuffix(
                "/compare/\(kept.first)...\(kept.newest)")
                == true)
        let release = try kept.pin("release", in: facts)
        #expect(release["versions"] == 2 && release["commits"]?["count"] == 3, "\(release)")
        #expect(release["newest"]?["version"] == "v2.0")
        #expect(release["releaseNotesURL"]?.string?.hasSuffix("/releases/tag/v2.0") == true)
        let frozen = try kept.pin("frozen", in: facts)
        #expect(frozen["state"] == "behind" && frozen["frozen"]?["reason"] == "2.0 <drops> ARM")
        let tag = try kept.pin("tag", in: facts)
        #expect(tag["state"] == "fixed" && tag["newest"] == nil && tag["note"] == "ask before \"moving\" it")

        // What was verified and moved since was not.
        try await kept.project.pinr("verify", "branch", "tag").expect(0)
        try await kept.project.pinr("update", "branch").expect(0)
        let later = try await kept.facts("branch", "tag")
        #expect(later["pins"]?.array?.count == 2)
        let branch = try kept.pin("branch", in: later)
        #expect(branch["state"] == "upToDate" && branch["newest"] == nil && branch["verifiedAt"] == nil)
        #expect(
            branch["history"]?[0]
                == [
                    "kind": "moved", "before": .string(String(kept.first.prefix(12))),
                    "after": .string(String(kept.newest.prefix(12))),
                ])
        #expect(try kept.pin("tag", in: later)["verifiedAt"]?.integer != nil)
    }

    @Test func thePageIsAFileOrStandardOutput() async throws {
        let kept = try await Kept()
        let run = try await kept.project.pinr("report", "--html", "out/pins.html").expect(0)
        #expect(run.lines == ["wrote the page of 5 pins to out/pins.html: 3 behind, 1 frozen, 1 up to date"])
        let page = String(decoding: try kept.project.read("out/pins.html"), as: UTF8.self)
        #expect(page.hasPrefix("<!doctype html>\n") && page.hasSuffix("</html>\n"))
        #expect(page.contains("2.0 &lt;drops&gt; ARM") && page.contains("five &lt;script&gt;"))
        #expect(page.contains("Pin everything &amp; more"))
        #expect(!page.contains("<script") && !page.contains(" src=") && !page.contains("url("))
        // Once more, in its place.
        try await kept.project.pinr("report", "--html", "out/pins.html", "tag").expect(0)
        #expect(try kept.project.list("out") == ["pins.html"])
        let printed = try await kept.project.pinr("report", "--html", "-", "tag").expect(0)
        #expect(printed.stdout.hasPrefix("<!doctype html>\n"))
        #expect(printed.stdout.contains("1 pin, by name, of "))
        let both = try await kept.project.pinr("report", "--html", "both.html", "--json", "tag").expect(0)
        #expect(try both.json["pins"]?.array?.count == 1)
        #expect(try kept.project.list("").contains("both.html"))
    }

    @Test func noPageTakesThePlaceOfSomethingElse() async throws {
        let project = try await Project.connected()
        try project.write("f", "f\n")
        try await project.pinr("add", "file://\(project.file("f"))", "--name", "p").expect(0)
        try project.write("folder/x", "")
        try FileManager.default.createSymbolicLink(
            atPath: project.file("link.html"), withDestinationPath: "pins/pins.json")
        let (lock, nix) = (try project.read("pins/pins.json"), try project.read("pins/default.nix"))
        for path in ["pins/pins.json", "./pins/default.nix", "link.html", project.file("pins/pins.json")] {
            try await project.pinr("report", "--html", path, "--offline").expectFailure(saying: "pinr's own")
        }
        for path in ["folder", "folder/", ".", "pins/.."] {
            try await project.pinr("report", "--html", path, "--offline").expectFailure(saying: "is a folder")
        }
        // Also where default.nix is not there at the time.
        try FileManager.default.removeItem(atPath: project.file("pins/default.nix"))
        try await project.pinr("report", "--html", "pins/default.nix", "--offline").expectFailure(saying: "pinr's own")
        #expect(try project.list("pins") == ["pins.json"])
        #expect(try project.read("pins/pins.json") == lock)
        #expect(!nix.isEmpty)
        for arguments in [["report"], ["report", "--html", ""], ["report", "--html", "-", "--json"]] {
            let run = try await project.pinr(arguments).expect(64)
            #expect(run.stderr.contains("--html"), "\(run)")
        }
        try await project.pinr("report", "--html", "x.html", "nobody").expectFailure(saying: "nobody")
        #expect(!(try project.list("").contains("x.html")))
    }

    @Test func whatFailedIsOnThePage() async throws {
        let kept = try await Kept()
        try kept.project.edit("\"branch\": {", to: "\"broken\": 1,\n    \"branch\": {")
        // What a later version wrote is understood as far as may be.
        try kept.project.edit("\"version\": 1\n}", to: "\"version\": 2\n}")
        try FileManager.default.removeItem(atPath: kept.repository.bare.path)
        let run = try await kept.project.pinr("report", "--html", "pins.html")
        #expect(run.status == 1)
        #expect(run.lines == ["wrote the page of 6 pins to pins.html: 6 failed"], "\(run)")
        for name in ["broken", "branch", "git", "release", "frozen", "tag"] {
            #expect(run.stderr.contains("\(name):") || run.stderr.contains("`\(name)`"), "\(run)")
        }
        let page = String(decoding: try kept.project.read("pins.html"), as: UTF8.self)
        #expect(page.components(separatedBy: "<article").count == 7)
        let facts = try await kept.facts(status: 1)
        #expect(facts["summary"]?["failed"] == 6)
        #expect(try kept.pin("branch", in: facts)["error"]?["code"]?.string != nil)

        // Nobody is asked, and nothing fails but what cannot be read.
        let offline = try await kept.facts("--offline", "branch", "tag")
        #expect(offline["offline"] == true)
        #expect(try kept.pin("branch", in: offline)["state"] == "unknown")
        #expect(try kept.pin("tag", in: offline)["state"] == "fixed")
    }

    @Test func withoutARepositoryNothingIsKnownOfThePast() async throws {
        let project = try await Project.connected()
        try project.write("f", "f\n")
        try await project.pinr("add", "file://\(project.file("f"))", "--name", "p").expect(0)
        let facts = try await project.pinr("report", "--json").expect(0).json
        #expect(facts["historyGap"]?.string?.hasPrefix("What happened to the pins here is not known: ") == true)
        #expect(facts["pins"]?[0]?["history"] == [])
        #expect(facts["pins"]?[0]?["state"] == "upToDate")
        try await project.pinr("init", "--bare", "-d", "other").expect(0)
        let empty = try await project.pinr("report", "--html", "-", "-d", "other").expect(0)
        #expect(empty.stdout.contains("There are no pins."))
    }

    @Test func noSecretIsOnThePage() async throws {
        let project = try await Project.connected()
        try project.write("f", "f\n")
        try await project.pinr("add", "file://\(project.file("f"))", "--name", "p").expect(0)
        let secret = "s3cret&<token>0123456789"
        try await project.pinr("note", "p", "the token is \(secret)").expect(0)
        let page = try await project.pinr(
            "report", "--html", "-", environment: ["PINR_TOKEN_example_org": secret]
        ).expect(0).stdout
        #expect(!page.contains("s3cret") && page.contains("the token is ***"))
    }
}
