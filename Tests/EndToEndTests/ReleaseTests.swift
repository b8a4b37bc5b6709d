import Foundation
import JSON
import Support
import Testing

/// Pins that follow the release tags of a repository, as the built program does it.
@Suite struct ReleaseTests {
    static let kinds = ["github", "git"]

    /// A repository with three releases and what stands between them, and a project.
    private struct Setting {
        let project: Project
        let repository: Repository
        let kind: String
        var notation: String { kind == "github" ? repository.notation : "git+\(repository.url)" }

        init(_ kind: String, tags: [String] = ["v1.9.0", "v1.10.0", "v2.0.0-rc.1", "nightly"]) async throws {
            self.kind = kind
            project = try await Project.connected()
            repository = try await Upstream.shared().github()
            for tag in tags { try await release(tag) }
        }

        /// Commits, tags and publishes.
        @discardableResult
        func release(_ tag: String, message: String? = nil) async throws -> String {
            try repository.work.write("default.nix", "\"\(tag)\"\n")
            let revision = try await repository.work.commit(tag)
            try await repository.work.tag(tag, message: message)
            try await repository.publish()
            return revision
        }

        func commit(_ tag: String) async throws -> String { try await repository.work.revision(tag) }

        func locked(_ name: String = "x") throws -> JSON? { try project.pin(name)["locked"] }
    }

    @Test(arguments: kinds)
    func theHighestReleaseIsPinnedUpdatedAndVerified(_ kind: String) async throws {
        let setting = try await Setting(kind)
        let added = try await setting.project.pinr("add", setting.notation, "--release", "--name", "x").expect(0)
        #expect(added.lines.contains { $0.hasPrefix("  source") && $0.hasSuffix(" releases") }, "\(added)")
        let first = try await setting.commit("v1.10.0")
        #expect(try setting.project.pin("x")["source"]?["release"] == [:])
        #expect(try setting.locked()?["version"] == "v1.10.0")
        #expect(try setting.locked()?["revision"]?.string == first)
        if kind == "github" {
            #expect(try setting.locked()?["url"]?.string == setting.repository.archiveURL(first))
        } else {
            #expect(try setting.locked()?["ref"] == "refs/tags/v1.10.0")
        }
        // The same again changes nothing.
        try await setting.project.pinr("add", setting.notation, "--release", "--name", "x").expect(0, quietly: false)
        try await setting.project.pinr("verify").expect(0)
        #expect(try await setting.project.pinr("update").expect(0).lines == ["1 pin is up to date"])

        let second = try await setting.release("v1.10.1", message: "signed off")
        #expect(try await setting.project.pinr("update", "--check").expect(2).lines.first == "x: v1.10.0 → v1.10.1")
        #expect(try await setting.project.pinr("update").expect(0).lines == ["x: v1.10.0 → v1.10.1"])
        #expect(try setting.locked()?["revision"]?.string == second)
        try await setting.project.pinr("verify").expect(0)
    }

    @Test(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
    func nixHasTheRelease() async throws {
        let nix = try NixSandbox()
        for kind in Self.kinds {
            let setting = try await Setting(kind)
            try await setting.project.pinr("add", setting.notation, "--release", "--name", "x").expect(0)
            let pin = "(import \(setting.project.file("pins"))).x"
            #expect(try await nix.evaluate("import \(pin)") == "\"v1.10.0\"")
            #expect(try await nix.evaluateString("\(pin).version") == "v1.10.0")
            #expect(try await nix.evaluateString("\(pin).revision") == (try await setting.commit("v1.10.0")))
            try await setting.release("v3.0.0")
            try await setting.project.pinr("update").expect(0)
            #expect(try await nix.evaluate("import \(pin)") == "\"v3.0.0\"")
            // The same tree, whichever way it comes.
            let hash = try #require(try setting.locked()?["hash"]?.string)
            let outPath = try await nix.evaluateString("\(pin).outPath")
            #expect(try await setting.project.pinr("hash", nix.realPath(outPath)).expect(0).lines == [hash])
        }
    }

    @Test(arguments: kinds)
    func theOptionsSayWhatCounts(_ kind: String) async throws {
        let setting = try await Setting(kind, tags: ["v1.0", "v1.5", "v2.0", "v3.0b1", "tool-0.1", "tool-0.2"])
        for (number, (options, tag, version)) in [
            (["--range", ">=1,<2"], "v1.5", "v1.5"), (["--upper-bound", "1.5"], "v1.0", "v1.0"),
            (["--pre-releases"], "v3.0b1", "v3.0b1"), (["--release-prefix", "tool-"], "tool-0.2", "0.2"),
            (["--release", "--release-prefix", "v", "--range", "~1.0"], "v1.0", "1.0"),
        ].enumerated() {
            let name = "x\(number)"
            try await setting.project.pinr(["add", setting.notation, "--name", name] + options).expect(0)
            #expect(try setting.locked(name)?["revision"]?.string == (try await setting.commit(tag)), "\(options)")
            #expect(try setting.locked(name)?["version"]?.string == version)
        }
        #expect(
            try setting.project.pin("x4")["source"]?["release"] == ["prefix": "v", "range": "~1.0"])
        // `set` changes what it says and nothing else.
        try await setting.project.pinr("set", "x4", "--upper-bound", "1.0").expectFailure(saying: "`<1.0`", status: 1)
        try await setting.project.pinr("set", "x4", "--range", "<3").expect(0)
        try await setting.project.pinr("set", "x4", "--upper-bound", "1.2").expect(0)
        #expect(try setting.project.pin("x4")["source"]?["release"] == ["prefix": "v", "range": "<1.2"])
        #expect(try setting.locked("x4")?["version"] == "1.0")
        try await setting.project.pinr("set", "x4", "--no-release").expect(0)
        #expect(try setting.project.pin("x4")["source"]?["release"] == nil)
        try await setting.project.pinr("verify").expect(0)
    }

    @Test func whatCannotBeMeantIsRefused() async throws {
        let setting = try await Setting("git", tags: ["v1.0-rc1", "v0.1"])
        let add = ["add", setting.notation, "--name", "x"]
        func refuse(_ options: [String], _ texts: String..., status: Int32 = 1) async throws {
            let run = try await setting.project.pinr(add + options)
            for text in texts { run.expectFailure(saying: text, status: status) }
        }
        try await refuse(["--range", ">=x"], "`--range >=x`", "`x` is no version", "character 3")
        try await refuse(["--range", "1.0"], "has no operator", ">=1.0")
        try await refuse(["--range", ">=1 <2"], "comma")
        try await refuse(["--range", ">=2,<1"], "`>=2` and `<1`")
        try await refuse(["--upper-bound", "new"], "`--upper-bound new`", "is no version")
        try await refuse(["--range", ">=1"], "none of the 2 releases", "`>=1`", "`v1.0-rc1`")
        try await refuse(["--range", ">=0.9"], "only pre-releases", "`v1.0-rc1`", "--pre-releases")
        try await refuse(["--release-prefix", "w"], "no tag", "begins with `w`", "`v0.1`")
        try await refuse(["--release-prefix", "a b"], "`a b`")
        try await refuse(["--release", "--branch", "main"], "`--branch` does not go with `--release`")
        try await refuse(["--range", "<1", "--at", "v0.1"], "`--range` does not go with `--at`")
        try await refuse(["--no-release", "--pre-releases"], "`--no-release` does not go with `--pre-releases`")
        try await setting.project.pinr("add", "nixpkgs", "--release").expectFailure(saying: "`--release`")
        #expect(!FileManager.default.fileExists(atPath: setting.project.file("pins/pins.json")))

        let empty = try await Upstream.shared().github()
        try await setting.project.pinr("add", empty.notation, "--release").expectFailure(
            saying: "has no tags", "--release")
        let words = try await Setting("github", tags: ["spring", "autumn"])
        try await words.project.pinr("add", words.notation, "--release")
            .expectFailure(saying: "no tag", "`autumn`", "--at")
        let two = try await Setting("github", tags: ["a-1.0", "b-1.0"])
        try await two.project.pinr("add", two.notation, "--release").expectFailure(
            saying: "`a-`, `b-`", "--release-prefix")
        try await expectError("usage", setting.project.pinr(add + ["--range", ">=x", "--json"]))
    }

    @Test(arguments: kinds)
    func aReleaseThatMovesOrGoesIsNotFollowedSilently(_ kind: String) async throws {
        let setting = try await Setting(kind)
        try await setting.project.pinr("add", setting.notation, "--release", "--name", "x").expect(0)
        let before = try setting.project.read("pins/pins.json")
        let first = try await setting.commit("v1.10.0")
        let second = try await setting.release("other")
        try await setting.repository.work.tag("v1.10.0")
        try await setting.repository.publish()
        let moved = try await setting.project.pinr("update").expect(0, quietly: false)
        #expect(moved.stderr.contains("warning: x: ") && moved.stderr.contains(second), "\(moved)")
        #expect(moved.lines == ["1 pin is up to date"])
        let verified = try await setting.project.pinr("verify", "--json").expect(2)
        #expect(
            try verified.json["moved"] == [["name": "x", "expected": .string(first), "actual": .string(second)]])

        try await setting.repository.work.git("tag", "-d", "v1.10.0")
        try await setting.repository.publish()
        let older = try await setting.project.pinr("update").expect(0, quietly: false)
        #expect(older.stderr.contains("older than v1.10.0") && older.stderr.contains("--to v1.9.0"), "\(older)")
        #expect(try await setting.project.pinr("verify", "--json").expect(2).json["moved"]?[0]?["actual"] == .null)
        #expect(try setting.project.read("pins/pins.json") == before)

        #expect(
            try await setting.project.pinr("update", "x", "--to", "v1.9.0").expect(0).lines == ["x: v1.10.0 → v1.9.0"])
        try await setting.project.pinr("update").expect(0)
        try await setting.project.pinr("verify").expect(0)
        #expect(try setting.locked()?["version"] == "v1.9.0")
    }

    @Test func aPlaceForOnceIsForOnePin() async throws {
        let setting = try await Setting("github")
        let newest = try await setting.repository.work.revision()
        try await setting.project.pinr("add", setting.notation, "--name", "x").expect(0)
        try await setting.project.pinr("add", setting.notation, "--name", "f", "--frozen").expect(0, quietly: false)
        let run = try await setting.project.pinr("update", "x", "--to", "v1.9.0", "--json").expect(0)
        #expect(try run.json["changed"]?[0]?["new"]?["revision"]?.string == (try await setting.commit("v1.9.0")))
        #expect(try setting.project.pin("x")["source"]?["at"] == nil)
        #expect(try await setting.project.pinr("update").expect(0).lines.contains { $0.hasPrefix("x: ") })
        #expect(try setting.locked()?["revision"]?.string == newest)

        let frozen = try await setting.project.pinr("update", "f", "--to", "v1.9.0").expect(0, quietly: false)
        #expect(frozen.stderr.contains("`--frozen`"))
        #expect(try setting.locked("f")?["revision"]?.string == newest)
        try await setting.project.pinr("update", "f", "--to", "v1.9.0", "--frozen").expect(0)
        #expect(try setting.locked("f")?["revision"]?.string == (try await setting.commit("v1.9.0")))
        #expect(try setting.project.pin("f")["frozen"] != nil)

        for arguments in [["--to", "v1.9.0"], ["x", "f", "--to", "v1.9.0"], ["x", "--to", ""]] {
            let run = try await setting.project.pinr(["update"] + arguments).expect(64)
            #expect(run.stderr.contains("`--to` needs"), "\(run)")
        }
        let gone = try await setting.project.pinr("update", "x", "--to", "v7")
        #expect(gone.status == 1 && gone.stderr.contains("`v7` is not a branch or tag"), "\(gone)")
    }

    // MARK: Odd tags

    @Test(arguments: kinds)
    func tagsOfEveryKindAreSeenForWhatTheyAre(_ kind: String) async throws {
        let setting = try await Setting(kind, tags: ["v1.0"])
        let bare = setting.repository.bare
        try await bare.git("config", "uploadpack.allowFilter", "true")
        let blob = try await bare.git("hash-object", "-w", "--stdin", input: Array("x".utf8))
        let commit = try await setting.commit("v1.0")
        // As a signed tag is made, whose signature nobody here looks at.
        let signed = try await bare.git(
            "mktag",
            input: Array(
                """
                object \(commit)
                type commit
                tag v1.2
                tagger T <t@example.org> 1700000000 +0000

                one
                -----BEGIN PGP SIGNATURE-----

                iQ==
                -----END PGP SIGNATURE-----

                """.utf8))
        try await bare.git("update-ref", "refs/tags/v1.1", commit)
        try await bare.git("update-ref", "refs/tags/v1.2", signed)
        try await bare.git("tag", "-a", "-m", "of a tag", "v1.3", "v1.2")
        try await bare.git("tag", "v8.0", "v1.0^{tree}")
        try await bare.git("tag", "-a", "-m", "of a tree", "v8.1", "v1.0^{tree}")
        try await bare.git("tag", "-a", "-m", "of a file", "v8.2", blob)
        let lines = (1...2000).map { "create refs/tags/v0.\($0) \(commit)\n" }.joined()
        try await bare.git("update-ref", "--stdin", input: Array(lines.utf8))
        try addPackedTag([0x76, 0x39, 0x2E, 0xFF], commit, to: bare.path)

        try await setting.project.pinr("add", setting.notation, "--release", "--name", "x").expect(0)
        #expect(try setting.locked()?["version"] == "v1.3")
        #expect(try setting.locked()?["revision"]?.string == commit)
        try await setting.project.pinr("update").expect(0)
        try await setting.project.pinr("verify").expect(0)
        let json = try await setting.project.pinr("explain", "x", "--json").expect(0).json
        let seen = json["seen"]?.array ?? []
        #expect(seen.count == 2007)
        #expect(seen.prefix(4).map { $0["name"]?.string } == ["v8.2", "v8.1", "v8.0", "v1.3"])
        #expect(seen.prefix(4).map { $0["verdict"]?.string } == ["unusable", "unusable", "unusable", "chosen"])
    }

    /// A tag whose name is no UTF-8, as some servers have them.
    private func addPackedTag(_ name: [UInt8], _ commit: String, to repository: String) throws {
        let url = URL(fileURLWithPath: "\(repository)/packed-refs")
        var bytes = (try? Data(contentsOf: url)) ?? Data()
        bytes.append(contentsOf: Array("\(commit) refs/tags/".utf8) + name + [0x0A])
        try bytes.write(to: url)
    }

    /// A server that cannot say what an object is hands it out; the fetch finds out.
    @Test func aTreeThatNobodyCouldTellIsNoSource() async throws {
        let setting = try await Setting("git", tags: ["v1.0"])
        try await setting.repository.bare.git("tag", "v8.0", "v1.0^{tree}")
        try await setting.project.pinr("add", setting.notation, "--release", "--name", "x")
            .expectFailure(saying: "the tag `v8.0` leads to no commit", "--range")
    }

    // MARK: Explaining

    @Test func explainListsWhatThereIs() async throws {
        let setting = try await Setting("github", tags: ["v1.0", "v1.1", "v2.0-rc1", "other"])
        try await setting.project.pinr("add", setting.notation, "--release", "--name", "x").expect(0)
        let commit = try await setting.commit("v1.1")
        let run = try await setting.project.pinr("explain", "x").expect(0)
        for line in [
            "  newest  v1.1 \(commit.prefix(12))", "  ref     refs/tags/v1.1",
            "  fetch   \(setting.repository.archiveURL(commit))", "  update  nothing to do",
            "    v1.1      chosen (locked)", "    v1.0      older", "    other     it is no version",
        ] { #expect(run.lines.contains(line), "\(line) is not in \(run)") }
        #expect(run.lines.contains { $0.hasPrefix("    v2.0-rc1  it is a pre-release") }, "\(run)")

        // So many that people are told of the first alone.
        let lines = (1...40).map { "create refs/tags/v0.\($0) \(commit)\n" }.joined()
        try await setting.repository.bare.git("update-ref", "--stdin", input: Array(lines.utf8))
        let many = try await setting.project.pinr("explain", "x").expect(0)
        #expect(many.lines.last == "    and 24 more, which `--json` lists")
        // What is locked is listed behind all that is out of range.
        try await setting.project.pinr("set", "x", "--upper-bound", "0.5").expect(0)
        let low = try await setting.project.pinr("explain", "x").expect(0)
        #expect(
            low.lines.suffix(3) == ["    …", "    v0.4      chosen (locked)", "    and 23 more, which `--json` lists"],
            "\(low)")
        #expect(try await setting.project.pinr("explain", "x", "--json").json["seen"]?.array?.count == 44)

        try await setting.project.pinr("explain", "y").expectFailure(saying: "`y`")
        try await expectError("not-found", setting.project.pinr("explain", "y", "--json"))
        try await setting.project.pinr("explain").expect(64)
    }

    @Test func explainFailsWhereAnUpdateWould() async throws {
        let setting = try await Setting("github", tags: ["v1.0"])
        try await setting.project.pinr("add", setting.notation, "--range", "<2", "--name", "x").expect(0)
        try setting.project.edit("\"range\": \"<2\"", to: "\"range\": \">=2\"")
        let run = try await setting.project.pinr("explain", "x")
        run.expect(1)
        #expect(run.stdout.contains("`>=2` does not hold") && run.stderr.contains("none of the 1 release"), "\(run)")
        let json = try await setting.project.pinr("explain", "x", "--json").expect(1).json
        expectErrorObject(json["error"], code: "not-found")
        #expect(json["seen"]?.array?.count == 1 && json["update"] == ["action": "fail"])
        try setting.project.edit("\">=2\"", to: "\">=x\"")
        try await expectError("bad-lock", setting.project.pinr("explain", "x", "--json"))
        let update = try await setting.project.pinr("update")
        #expect(update.status == 1 && update.stderr.contains("`x` is no version"), "\(update)")
    }

    @Test func explainSpeaksOfEveryKindOfPin() async throws {
        let project = try await Sources.project()
        for name in Sources.names {
            let json = try await project.pinr("explain", name, "--json").expect(0).json
            #expect(json["name"]?.string == name)
            #expect(json["locked"] == (try project.pin(name)["locked"]), "\(name)")
            #expect(json["update"]?["action"] == "none", "\(name)")
            try await project.pinr("explain", name).expect(0)
        }
    }
}
