import Foundation
import Git
import JSON
import Lockfile
import NixHash
import Resolvers
import Support
import Testing
import Versions

/// The release tags of a repository, on a real git server.
struct ReleaseTests {
    private struct Setting {
        let folder = TemporaryDirectory()
        let server: GitHTTPServer
        let work: TestRepository
        let bare: TestRepository
        var url: String { "\(server.baseURL)/o/r.git" }

        /// A repository with a commit for each of these tags, in this order.
        init(_ tags: [String], filters: Bool = true) async throws {
            work = try await TestRepository(at: folder.file("work"))
            try await work.commit("first")
            for tag in tags {
                try await work.commit(tag)
                try await work.tag(tag)
            }
            bare = try await work.bareCopy(at: folder.file("srv/o/r.git"))
            if filters { try await bare.git("config", "uploadpack.allowFilter", "true") }
            server = try await GitHTTPServer(root: folder.file("srv"))
        }

        func commit(_ name: String) async throws -> String { try await bare.revision(name) }

        /// What a fresh run finds.
        func resolve(
            _ notation: String? = nil, after locked: Locked? = nil, _ change: (inout SourceOptions) -> Void = { _ in }
        ) async throws -> (source: Source, resolution: Resolution) {
            let upstream = upstream(["PINR_GITHUB_HOST": server.baseURL])
            let options = ReleaseRuleTests.options {
                $0.release = true
                change(&$0)
            }
            let parsed = try Notation.parse(notation ?? "git+\(url)", options: options)
            func settled(_ source: some SourceType) async throws -> any SourceType {
                try await source.settled(in: upstream).source
            }
            let source = try await settled(parsed)
            return (source.source, try await source.resolve(in: upstream, after: locked))
        }

        /// A lock at a tag, as it is written of what was found.
        func locked(version: String, revision: String) -> Locked {
            Locked(fetch: .tarball(url: "u", hash: SHA256.hash([])), revision: revision, version: version)
        }
    }

    @Test func `The highest release is taken, as a forge's archive and with git`() async throws {
        let setting = try await Setting(["v1.9", "v1.10", "v2.0-rc1", "nightly", "v0.1"])
        let commit = try await setting.commit("v1.10")
        let (source, git) = try await setting.resolve()
        #expect(source["release"] == [:])
        #expect(
            try git.fetch
                == .git(
                    url: GitURL(parsing: setting.url), ref: "refs/tags/v1.10",
                    revision: #require(ObjectID(hex: commit))))
        #expect(git.version == "v1.10" && git.revision == commit && git.ref == "refs/tags/v1.10")
        let forge = try await setting.resolve("github:o/r").resolution
        #expect(forge.fetch == .tarball(url: "\(setting.server.baseURL)/o/r/archive/\(commit).tar.gz"))
        #expect(forge.version == "v1.10" && forge.revision == commit && forge.ref == "refs/tags/v1.10")
        #expect(forge.choice?.candidates.map(\.text) == ["v2.0-rc1", "v1.10", "v1.9", "v0.1", "nightly"])
    }

    @Test func `A prefix, a range and pre-releases say what counts`() async throws {
        let setting = try await Setting(["v1.0", "v1.5", "v2.0", "v3.0-rc1", "cli-9.0", "cli-9.1-beta"])
        let cases: [((inout SourceOptions) -> Void, String, String)] = [
            ({ $0.range = ">=1,<2" }, "v1.5", "v1.5"), ({ $0.upperBound = "1.5" }, "v1.0", "v1.0"),
            ({ $0.preReleases = true }, "v3.0-rc1", "v3.0-rc1"), ({ $0.releasePrefix = "cli-" }, "9.0", "cli-9.0"),
            ({ $0.releasePrefix = "v" }, "2.0", "v2.0"), ({ $0.range = "=3.0-rc1" }, "v3.0-rc1", "v3.0-rc1"),
        ]
        for (change, version, tag) in cases {
            let found = try await setting.resolve(nil, after: nil, change).resolution
            #expect(found.version == version)
            #expect(found.ref == "refs/tags/\(tag)")
            #expect(found.revision == (try await setting.commit(tag)))
        }
    }

    @Test func `A prefix that every release needs is found and written down`() async throws {
        let setting = try await Setting(["jq-1.5", "jq-1.7.1", "jq-1.6", "other"])
        let (source, found) = try await setting.resolve()
        #expect(source["release"] == ["prefix": "jq-"])
        #expect(found.version == "1.7.1" && found.ref == "refs/tags/jq-1.7.1")
        // A lock from elsewhere may lack it.
        var bare = source
        bare["release"] = [:]
        let locked = setting.locked(version: "1.7.1", revision: try await setting.commit("jq-1.7.1"))
        let upstream = upstream()
        let read = try SourceTypes.read(bare)
        #expect(try await read.resolve(in: upstream).version == "1.7.1")
        #expect(try await read.tagState(locked, in: upstream) == .there)
    }

    @Test func `Tags are peeled, and tags of tags`() async throws {
        let setting = try await Setting(["v1.0"])
        let commit = try await setting.commit("v1.0")
        try await setting.bare.git("tag", "-a", "-m", "a", "v1.1", "v1.0")
        try await setting.bare.git("tag", "-a", "-m", "b", "v1.2", "v1.1")
        let found = try await setting.resolve("github:o/r").resolution
        #expect(found.version == "v1.2" && found.revision == commit)
    }

    /// A file and a folder have hashes too, but they are no commits.
    @Test(arguments: ["git", "github"], [true, false])
    func `A tag that leads to no commit is passed over where the server tells`(type: String, filters: Bool) async throws
    {
        let setting = try await Setting(["v1.0"], filters: filters)
        let blob = try await setting.bare.git("hash-object", "-w", "--stdin", input: Array("x".utf8))
        try await setting.bare.git("tag", "v2.0", "v1.0^{tree}")
        try await setting.bare.git("tag", "-a", "-m", "a tree", "v2.1", "v1.0^{tree}")
        try await setting.bare.git("tag", "v2.2", blob)
        try await setting.bare.git("tag", "-a", "-m", "a file", "v2.3", blob)
        let found = try await setting.resolve(type == "git" ? nil : "github:o/r").resolution
        guard filters else {
            // Nobody knows: what fetches it says so.
            #expect(found.version == "v2.3")
            return
        }
        #expect(found.version == "v1.0")
        let unusable = found.choice?.candidates.filter { $0.verdict == .unusable("it leads to no commit") }
        #expect(unusable?.map(\.text) == ["v2.3", "v2.2", "v2.1", "v2.0"])
    }

    @Test func `Nothing but the refs is asked when the newest is locked`() async throws {
        let setting = try await Setting(["v1.0"])
        func questions(after locked: Locked?) async throws -> Int {
            setting.server.web.clearAccessLog()
            _ = try await setting.resolve("github:o/r", after: locked)
            return setting.server.accessLog().filter { $0.method == "POST" }.count
        }
        let revision = try await setting.commit("v1.0")
        #expect(try await questions(after: setting.locked(version: "v1.0", revision: revision)) == 1)
        #expect(try await questions(after: nil) == 2)
    }

    @Test func `Many pins of one repository ask for its tags together`() async throws {
        let setting = try await Setting(["v1.0", "v1.1", "w-2.0", "w-2.1"])
        let upstream = upstream()
        let sources = try ["v", "w-", nil].flatMap { prefix in
            try ["<1.1", "<2.1", nil].map { range in
                try Notation.parse(
                    "git+\(setting.url)",
                    options: ReleaseRuleTests.options {
                        $0.release = true
                        $0.releasePrefix = prefix
                        $0.range = range
                        $0.preReleases = true
                    })
            }
        }
        upstream.announce(try sources.compactMap { try $0.refQuestion(of: upstream.hosts) })
        setting.server.web.clearAccessLog()
        var versions: [String?] = []
        for source in sources { versions.append(try? await source.resolve(in: upstream).version) }
        #expect(versions == ["1.0", "1.1", "1.1", nil, "2.0", "2.1", "v1.0", "v1.1", "v1.1"])
        // One question about the refs, and one about each of the four commits.
        #expect(setting.server.accessLog().filter { $0.method == "POST" }.count == 5)
    }

    @Test func `Two thousand tags are looked through`() async throws {
        let setting = try await Setting(["v0.1"])
        let commit = try await setting.commit("v0.1")
        let lines = (1...2000).map { "create refs/tags/v\($0 / 100).\($0 % 100).0 \(commit)\n" }.joined()
        try await setting.bare.git("update-ref", "--stdin", input: Array(lines.utf8))
        let found = try await setting.resolve { $0.range = "<20" }.resolution
        #expect(found.version == "v19.99.0")
        #expect(found.choice?.candidates.count == 2001)
    }

    @Test func `Tags with names that are no text, or much alike, harm nobody`() async throws {
        let setting = try await Setting(["v1.0", "v1.caf\u{E9}", "v1.cafe\u{301}"])
        let commit = try await setting.commit("v1.0")
        // git would not write it; a server may have it all the same.
        try writePackedRef([0x76, 0x39, 0xFF], commit, in: setting.bare.path)
        let found = try await setting.resolve().resolution
        #expect(found.version == "v1.0")
        #expect(found.choice?.candidates.map(\.verdict).filter { $0 == .notAVersion }.count == 2)
    }

    private func writePackedRef(_ name: [UInt8], _ commit: String, in repository: String) throws {
        let path = "\(repository)/packed-refs"
        var bytes = [UInt8](
            (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data("# pack-refs with: sorted \n".utf8))
        bytes += Array("\(commit) refs/tags/".utf8) + name + [0x0A]
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    // MARK: Where nothing can be taken

    @Test func `What was seen is said when nothing can be taken`() async throws {
        let setting = try await Setting(["v2.0-rc1", "v1.0-beta", "other"])
        func failure(_ change: (inout SourceOptions) -> Void) async throws -> (ReleaseChoice, String?)? {
            do {
                _ = try await setting.resolve(nil, after: nil, change)
                return nil
            } catch ResolveError.noRelease(let choice, let range, let url) {
                #expect(url == setting.url)
                return (choice, range)
            }
        }
        let preReleases = try #require(try await failure { _ in })
        #expect(preReleases.0.candidates.map(\.verdict) == [.preRelease, .preRelease, .notAVersion])
        let outside = try #require(try await failure { $0.range = ">=3" })
        #expect(outside.1 == ">=3")
        #expect(outside.0.candidates.first?.verdict == .outOfRange(">=3"))
        let lacking = try #require(try await failure { $0.releasePrefix = "w" })
        #expect(lacking.0.candidates.map(\.text).sorted() == ["other", "v1.0-beta", "v2.0-rc1"])
        #expect(lacking.0.candidates.allSatisfy { $0.verdict == .lacksPrefix("w") })
    }

    @Test func `A repository without tags has no releases`() async throws {
        let setting = try await Setting([])
        await #expect {
            _ = try await setting.resolve()
        } throws: { error in
            guard case .noRelease(let choice, nil, setting.url) = error as? ResolveError else { return false }
            return choice.candidates.isEmpty
        }
    }

    @Test func `A prefix that no ref can begin with is refused before anybody is asked`() async throws {
        let setting = try await Setting(["v1.0"])
        setting.server.web.clearAccessLog()
        await #expect(throws: GitError.invalidRefName("a b")) {
            _ = try await setting.resolve { $0.releasePrefix = "a b" }
        }
        #expect(setting.server.accessLog().isEmpty)
    }

    // MARK: What should be told

    @Test func `Two tags of one version are told of, when they differ`() async throws {
        let setting = try await Setting(["1.0", "v1.0"])
        let found = try await setting.resolve().resolution
        #expect(found.version == "v1.0")
        #expect(found.remarks == [.sameRelease("v1.0", others: ["1.0"])])
        // Whichever came first.
        let other = try await Setting(["v1.0", "1.0"])
        #expect(try await other.resolve().resolution.version == "v1.0")
        try await setting.bare.git("tag", "--force", "1.0", "v1.0")
        #expect(try await setting.resolve().resolution.remarks.isEmpty)
        // Builds of one version are meant to differ.
        let builds = try await Setting(["17.0.9+9", "17.0.9+10"])
        let newest = try await builds.resolve().resolution
        #expect(newest.version == "17.0.9+10" && newest.remarks.isEmpty)
    }

    @Test func `What became of the locked tag is told`() async throws {
        let setting = try await Setting(["v1.0", "v1.1"])
        let first = try await setting.commit("v1.0")
        let locked = setting.locked(version: "v1.0", revision: first)
        #expect(try await setting.resolve(after: locked).resolution.remarks.isEmpty)
        try await setting.bare.git("tag", "--force", "v1.0", "v1.1")
        let second = try await setting.commit("v1.1")
        #expect(
            try await setting.resolve(after: locked).resolution.remarks == [.releaseMoved("v1.0", revision: second)])
        try await setting.bare.git("tag", "-d", "v1.0")
        #expect(try await setting.resolve(after: locked).resolution.remarks == [.releaseGone("v1.0")])
        // A rule that does not see a tag says nothing of it.
        try await setting.bare.git("tag", "w1.0", "v1.1")
        let other = Locked(
            fetch: .git(GitFetch(url: setting.url, ref: "refs/tags/v1.0", revision: first, hash: SHA256.hash([]))),
            version: "v1.0")
        #expect(try await setting.resolve(after: other) { $0.releasePrefix = "w" }.resolution.remarks.isEmpty)
    }

    @Test(arguments: ["git", "github"])
    func `The tag that is locked is asked for by its name`(type: String) async throws {
        let setting = try await Setting(["v1.0", "v1.1"])
        let (source, _) = try await setting.resolve(type == "git" ? nil : "github:o/r") { $0.releasePrefix = "v" }
        let first = try await setting.commit("v1.0")
        let second = try await setting.commit("v1.1")
        var locked = setting.locked(version: "1.0", revision: first)
        if type == "git" {
            locked = Locked(
                fetch: .git(
                    GitFetch(url: setting.url, ref: "refs/tags/v1.0", revision: first, hash: SHA256.hash([]))),
                version: "1.0")
        }
        func state() async throws -> TagState? {
            let upstream = upstream(["PINR_GITHUB_HOST": setting.server.baseURL])
            let read = try SourceTypes.read(source)
            let question = try #require(try read.tagQuestion(locked, of: upstream.hosts))
            #expect(question.queries == [.named("refs/tags/v1.0")])
            return try await read.tagState(locked, in: upstream)
        }
        #expect(try await state() == .there)
        try await setting.bare.git("tag", "--force", "v1.0", "v1.1")
        #expect(try await state() == .moved(to: second))
        try await setting.bare.git("tag", "-d", "v1.0")
        #expect(try await state() == .gone)
        // What is at no tag has none.
        let elsewhere = Locked(fetch: .tarball(url: "u", hash: SHA256.hash([])), revision: first)
        #expect(try await SourceTypes.read(source).tagState(elsewhere, in: upstream()) == nil)
    }

    // MARK: Elsewhere for once

    @Test func `A visit goes to a tag, a release, a branch or a revision`() async throws {
        let setting = try await Setting(["v1.0", "v1.1", "other"])
        try await setting.bare.git("branch", "dev", "v1.0")
        let first = try await setting.commit("v1.0")
        let (source, _) = try await setting.resolve { $0.releasePrefix = "v" }
        let read = try SourceTypes.read(source)
        let upstream = upstream()
        func settled(_ source: some SourceType) async throws -> any SourceType {
            try await source.settled(in: upstream).source
        }
        for (ref, commit, version) in [
            ("v1.0", "v1.0", "1.0"), ("1.0", "v1.0", "1.0"), ("refs/tags/v1.1", "v1.1", "1.1"), ("other", "other", nil),
            ("dev", "v1.0", nil), (first, "v1.0", nil), (String(first.prefix(9)), "v1.0", nil),
        ] as [(String, String, String?)] {
            let found = try await settled(read.visiting(ref)).resolve(in: upstream)
            #expect(found.revision == (try await setting.commit(commit)), "\(ref)")
            #expect(found.version == version, "\(ref)")
        }
        await #expect(throws: ResolveError.refNotFound("gone", url: setting.url)) {
            _ = try await read.visiting("gone").resolve(in: upstream)
        }
        #expect(throws: ResolveError.optionDoesNotFit("--to", source: "channel:c")) {
            try SourceTypes.read(Source(type: "channel", fields: ["channel": "c"])).visiting("x")
        }
    }
}
