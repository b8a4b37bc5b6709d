import JSON
import NixHash
import Support
import Testing

/// `--json`: one document on standard output, in the shape that is promised, also when the command fails.
@Suite struct JSONOutputTests {
    /// The document of a run, which `jq` would print no differently.
    private func document(
        _ run: Run, status: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        #expect(run.status == status, "\(run)", sourceLocation: sourceLocation)
        let sorted = try await Support.run(["jq", "-S", "."], input: Array(run.stdout.utf8)).stdout
        #expect(run.stdout == sorted, sourceLocation: sourceLocation)
        return try run.json
    }

    private func keys(_ json: JSON?) -> [String] { json?.object?.keys ?? [] }

    @Test func initSaysWhatItMade() async throws {
        let project = try Project()
        #expect(
            try await document(project.pinr("init", "--bare", "--json")) == [
                "created": true, "added": [], "files": ["pins/pins.json", "pins/default.nix"], "importable": [],
            ])
        #expect(try await document(project.pinr("init", "--bare", "--json"))["created"] == false)
    }

    @Test func pinsAreAsTheyAreInTheLock() async throws {
        let project = try await Sources.project(["channel", "git", "file"])
        let show = try await document(project.pinr("show", "--json"))
        #expect(keys(show) == ["pins"])
        #expect(show["pins"] == (try project.lock()["pins"]))
        let one = try await document(project.pinr("show", "git", "--json"))
        #expect(one == ["pins": ["git": try project.pin("git")]])
        #expect(keys(one["pins"]?["git"]) == ["locked", "source"])

        let frozen = try await document(project.pinr("freeze", "git", "file", "--reason", "why", "--json"))
        #expect(frozen == ["pins": ["git": try project.pin("git"), "file": try project.pin("file")]])
        #expect(frozen["pins"]?["git"]?["frozen"]?["reason"] == "why")
        #expect(
            try await document(project.pinr("unfreeze", "git", "--json")) == ["pins": ["git": try project.pin("git")]])
        #expect(
            try await document(project.pinr("rename", "git", "g", "--json")) == ["pins": ["g": try project.pin("g")]])
        let url = try #require(try project.pin("file")["source"]?["url"]?.string)
        let added = try await document(project.pinr("add", url, "--name", "again", "--json"))
        #expect(added == ["pins": ["again": try project.pin("again")]])
        // The same again, which changes nothing, says the same.
        #expect(try await document(project.pinr("add", url, "--name", "again", "--json")) == added)
        #expect(try await document(project.pinr("remove", "again", "g", "--json")) == ["removed": ["again", "g"]])
        // Keys in the order of their bytes, whatever the order of the command line.
        #expect(
            try await document(project.pinr("rm", "file", "channel", "--json")) == ["removed": ["file", "channel"]])
        #expect(try await document(project.pinr("show", "--json")) == ["pins": [:]])
    }

    @Test func anUpdateSaysWhatBecameOfEachPin() async throws {
        let repository = try await Upstream.shared().github()
        let project = try await Project.connected()
        for name in ["frozen", "gone", "moved"] {
            try await project.pinr("add", repository.notation, "--name", name).expect(0)
        }
        try await project.pinr("add", repository.notation, "--name", "still", "--at", repository.work.revision())
            .expect(0)
        try await project.pinr("freeze", "frozen").expect(0)
        // What is pinned by now leads nowhere for one of them.
        try await project.pinr("add", repository.notation, "--name", "gone", "--branch", "main", "--force").expect(0)
        try project.edit("\"branch\": \"main\"", to: "\"branch\": \"no-more\"")
        let old = try project.pin("moved")["locked"]
        let first = try await repository.work.revision()
        let second = try await repository.advance()

        for option in ["--check", "--dry-run", "--json"] {
            let json = try await document(
                project.pinr("update", "--json", option == "--json" ? "-q" : option), status: 1)
            #expect(keys(json) == ["changed", "failed", "skipped", "unchanged"])
            #expect(json["skipped"] == [["name": "frozen", "reason": "frozen"]])
            #expect(json["unchanged"] == ["still"])
            #expect(json["failed"]?.array?.count == 1 && keys(json["failed"]?[0]) == ["error", "name"])
            #expect(json["failed"]?[0]?["name"] == "gone")
            expectErrorObject(json["failed"]?[0]?["error"], code: "not-found")
            let change = json["changed"]?[0]
            #expect(json["changed"]?.array?.count == 1 && keys(change) == ["compareURL", "name", "new", "old"])
            #expect(change?["name"] == "moved" && change?["old"] == old)
            #expect(change?["new"]?["revision"]?.string == second)
            let page = repository.upstream.url("/github/\(repository.owner)/\(repository.repo)/compare/")
            #expect(change?["compareURL"]?.string == "\(page)\(first)...\(second)")
            if option == "--json" { #expect(change?["new"] == (try project.pin("moved")["locked"])) }
        }
    }

    @Test func verifyAndHashHaveTheirShapes() async throws {
        let project = try await Sources.project(["archive"])
        #expect(
            try await document(project.pinr("verify", "--json")) == [
                "verified": ["archive"], "mismatched": [], "moved": [], "failed": [],
            ])
        let url = try #require(try project.pin("archive")["locked"]?["url"]?.string)
        let flat = try await document(project.pinr("hash", url, "--flat", "--json"))["hash"]
        for (option, method) in [("--unpack", "nar"), ("--flat", "flat")] {
            let json = try await document(project.pinr("hash", url, option, "--json"))
            let isTree = method == "nar"
            #expect(keys(json) == (isTree ? ["flat"] : []) + ["hash", "hex", "method", "nix32", "storePath"])
            #expect(json["method"]?.string == method)
            // Of the archive itself, from the same pass.
            if isTree { #expect(json["flat"] == flat) }
            let digest = try SHA256Digest(parsing: json["hash"]?.string ?? "")
            #expect(json["nix32"]?.string == digest.nix32 && json["hex"]?.string == digest.hex)
            #expect(json["storePath"]?.string?.hasPrefix("/nix/store/") == true)
        }
    }

    @Test func whatFailsAsAWholeIsOneError() async throws {
        let project = try await NameTests.project(["a"])
        for (arguments, code, status) in [
            (["add", "what?"], "bad-source", Int32(1)), (["add", "gitlab:a"], "bad-source", 1),
            (["remove", "b"], "not-found", 1), (["hash", "nowhere"], "not-found", 1),
            (["add", "http://u:p@127.0.0.1:1/x"], "bad-source", 1), (["update", "b"], "not-found", 1),
            (["rename", "a", ""], "usage", 1), (["add"], "usage", 64), (["nonsense"], "usage", 64),
            (["show", "--jobs", "0"], "usage", 64), (["hash", "a", "--unpack", "--flat"], "usage", 64),
            (["add", "nixpkgs", "--offline", "--json", "-v", "-q"], "usage", 64),
        ] {
            let run = try await project.pinr(arguments + ["--json"])
            _ = try await document(run, status: status)
            try expectError(code, run, status: status)
            #expect(!run.stderr.isEmpty)
        }
    }
}
