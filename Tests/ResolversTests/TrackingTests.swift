import Git
import JSON
import Lockfile
import Support
import Testing

@testable import Resolvers

/// What of a repository is followed, on a real git server.
struct TrackingTests {
    private struct Setting {
        let server: GitHTTPServer
        let upstream: Upstream
        let folder: TemporaryDirectory
        /// The first commit, which everything but `main` stands at, and the second.
        let first: String
        let second: String
        /// The tag object of `v1`, which leads to the first.
        let tag: String
        var url: String { "\(server.baseURL)/o/r.git" }
    }

    private func setUp() async throws -> Setting {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("work"))
        try repository.write("a", "1")
        let first = try await repository.commit("first")
        try await repository.tag("light")
        try await repository.tag("v1", message: "one")
        try await repository.branch("feature/x")
        try await repository.branch("both")
        try await repository.branch("caf\u{E9}")
        try repository.write("a", "2")
        let second = try await repository.commit("second")
        try await repository.tag("both")
        try await repository.branch("cafe\u{301}")
        _ = try await repository.bareCopy(at: folder.file("srv/o/r.git"))
        _ = try await TestRepository(at: folder.file("srv/o/empty.git"), bare: true)
        let server = try await GitHTTPServer(root: folder.file("srv"))
        return Setting(
            server: server, upstream: upstream(["PINR_GITHUB_HOST": server.baseURL]), folder: folder, first: first,
            second: second, tag: try await repository.git("rev-parse", "refs/tags/v1"))
    }

    /// What a notation is written as once it is settled, and what it means.
    private func resolve(
        _ notation: String, _ setting: Setting, _ options: SourceOptions = SourceOptions()
    ) async throws -> (source: Source, resolution: Resolution, remarks: [Resolution.Remark]) {
        func settled(_ source: some SourceType) async throws -> (any SourceType, [Resolution.Remark]) {
            try await source.settled(in: setting.upstream)
        }
        let (source, remarks) = try await settled(Notation.parse(notation, options: options))
        return (source.source, try await source.resolve(in: setting.upstream), remarks)
    }

    @Test(arguments: ["main", "refs/heads/main", "feature/x"])
    func `A branch is nothing to stay at`(name: String) async throws {
        let setting = try await setUp()
        let revision = name == "feature/x" ? setting.first : setting.second
        await #expect(throws: ResolveError.branchIsNotFixed(name, revision: revision, url: setting.url)) {
            try await resolve("git+\(setting.url)", setting, SourceOptions(at: name))
        }
    }

    @Test func `What is a whole name is not looked for among branches and tags`() async throws {
        let setting = try await setUp()
        let bare = TestRepository(existing: setting.folder.file("srv/o/r.git"))
        for ref in ["refs/tags/refs/tags/light", "refs/heads/refs/tags/light"] {
            try await bare.git("update-ref", ref, setting.second)
        }
        let at = try await resolve("git+\(setting.url)", setting, SourceOptions(at: "refs/tags/light"))
        #expect(at.resolution.revision == setting.first)
        let (source, resolution, _) = try await resolve("git+\(setting.url)?ref=refs/tags/light", setting)
        #expect(source["at"] == "refs/tags/light")
        #expect(resolution.revision == setting.first)
    }

    @Test func `A branch is one also when its name begins with a combining character`() async throws {
        let setting = try await setUp()
        let name = "\u{301}x"
        let bare = TestRepository(existing: setting.folder.file("srv/o/r.git"))
        try await bare.git("update-ref", "refs/heads/\(name)", setting.first)
        let (source, _, _) = try await resolve("git+\(setting.url)?ref=refs/heads/%CC%81x", setting)
        #expect(source["branch"] == .string(name))
        await #expect(throws: ResolveError.branchIsNotFixed(name, revision: setting.first, url: setting.url)) {
            try await resolve("git+\(setting.url)", setting, SourceOptions(at: name))
        }
    }

    @Test func `The default branch is what HEAD points to`() async throws {
        let setting = try await setUp()
        let (source, resolution, _) = try await resolve("git+\(setting.url)", setting)
        #expect(source.fields == ["url": .string(setting.url)])
        #expect(resolution.revision == setting.second)
        #expect(
            try resolution.fetch
                == .git(
                    url: GitURL(parsing: setting.url), ref: "refs/heads/main",
                    revision: #require(ObjectID(hex: setting.second))))
        #expect(resolution.dating == .commit)
    }

    @Test func `A forge's archive is of the commit`() async throws {
        let setting = try await setUp()
        let (_, resolution, _) = try await resolve("github:o/r", setting)
        #expect(resolution.fetch == .tarball(url: "\(setting.server.baseURL)/o/r/archive/\(setting.second).tar.gz"))
        #expect(resolution.revision == setting.second)
        #expect(resolution.dating == .newestEntry)
    }

    @Test func `A REF that is a branch is tracked, and one that is a tag or a revision stays`() async throws {
        let setting = try await setUp()
        let repository: JSONObject = ["owner": "o", "repo": "r"]
        let cases: [(ref: String, field: String, value: String, commit: String)] = [
            ("main", "branch", "main", setting.second), ("feature/x", "branch", "feature/x", setting.first),
            ("refs/heads/feature/x", "branch", "feature/x", setting.first), ("light", "at", "light", setting.first),
            ("v1", "at", "v1", setting.first), ("refs/tags/v1", "at", "refs/tags/v1", setting.first),
            (setting.first, "at", setting.first, setting.first),
            (setting.first.uppercased(), "at", setting.first, setting.first),
        ]
        for (ref, field, value, commit) in cases {
            let (source, resolution, remarks) = try await resolve("github:o/r/\(ref)", setting)
            var expected = repository
            expected[field] = .string(value)
            #expect(source.fields == expected, "\(ref)")
            #expect(resolution.revision == commit, "\(ref)")
            #expect(remarks.isEmpty)
            // The same once more, out of the lock.
            #expect(try await SourceTypes.read(source).resolve(in: setting.upstream) == resolution)
        }
    }

    @Test func `An annotated tag is peeled to its commit`() async throws {
        let setting = try await setUp()
        let (_, resolution, _) = try await resolve("git+\(setting.url)?ref=v1", setting)
        #expect(
            try resolution.fetch
                == .git(
                    url: GitURL(parsing: setting.url), ref: "refs/tags/v1",
                    revision: #require(ObjectID(hex: setting.first))))
    }

    @Test func `A tag's own id is peeled where nothing else does it`() async throws {
        let setting = try await setUp()
        let tag = setting.tag
        #expect(tag != setting.first)
        let (source, resolution, _) = try await resolve("github:o/r/\(tag)", setting)
        #expect(source["at"] == .string(tag))
        #expect(resolution.revision == setting.first)
        #expect(resolution.fetch == .tarball(url: "\(setting.server.baseURL)/o/r/archive/\(setting.first).tar.gz"))
        // A lightweight tag's is the commit's, and so is every other.
        #expect(try await resolve("github:o/r/\(setting.second)", setting).resolution.revision == setting.second)
    }

    @Test func `Of a branch and a tag of one name the branch is tracked, with a remark`() async throws {
        let setting = try await setUp()
        let (source, resolution, remarks) = try await resolve("github:o/r/both", setting)
        #expect(source["branch"] == "both")
        #expect(resolution.revision == setting.first)
        #expect(remarks == [.branchAndTag("both")])
        // Who means the tag says so.
        let options = SourceOptions(at: "refs/tags/both")
        #expect(try await resolve("github:o/r", setting, options).resolution.revision == setting.second)
        #expect(
            try await resolve("github:o/r", setting, SourceOptions(at: "both")).resolution.revision == setting.second)
    }

    @Test func `Branches are told apart by their bytes`() async throws {
        let setting = try await setUp()
        async let composed = resolve("git+\(setting.url)", setting, SourceOptions(branch: "caf\u{E9}"))
        async let decomposed = resolve("git+\(setting.url)", setting, SourceOptions(branch: "cafe\u{301}"))
        #expect(try await composed.resolution.revision == setting.first)
        #expect(try await decomposed.resolution.revision == setting.second)
    }

    @Test func `What is not there is named`() async throws {
        let setting = try await setUp()
        for (notation, options) in [
            ("git+\(setting.url)?ref=gone", SourceOptions()), ("git+\(setting.url)", SourceOptions(branch: "gone")),
            ("git+\(setting.url)", SourceOptions(at: "gone")),
        ] {
            await #expect(throws: ResolveError.refNotFound("gone", url: setting.url)) {
                try await resolve(notation, setting, options)
            }
        }
        // A tag is no branch.
        await #expect(throws: ResolveError.refNotFound("light", url: setting.url)) {
            try await resolve("git+\(setting.url)", setting, SourceOptions(branch: "light"))
        }
        // It could be the beginning of a revision, and is not.
        await #expect(throws: GitError.unknownAbbreviation("abcdef0", url: setting.url)) {
            try await resolve("git+\(setting.url)?ref=abcdef0", setting)
        }
        await #expect(throws: GitError.notFound(url: "\(setting.server.baseURL)/o/gone.git")) {
            try await resolve("git+\(setting.server.baseURL)/o/gone.git", setting)
        }
    }

    @Test func `An abbreviated revision is written in full`() async throws {
        let setting = try await setUp()
        for short in [setting.first.prefix(10), setting.second.prefix(7)].map(String.init) {
            let whole = setting.first.hasPrefix(short) ? setting.first : setting.second
            for (notation, options) in [
                ("git+\(setting.url)?ref=\(short)", SourceOptions()), ("github:o/r/\(short)", SourceOptions()),
                ("git+\(setting.url)", SourceOptions(at: short)),
            ] {
                let (source, resolution, _) = try await resolve(notation, setting, options)
                #expect(source.fields["at"]?.string == whole, "\(notation)")
                #expect(resolution.revision == whole)
            }
        }
    }

    @Test func `Pins of one repository ask for its refs together`() async throws {
        let setting = try await setUp()
        let notations = [
            "", "?ref=main", "?ref=both", "?ref=v1", "?ref=light", "?ref=feature/x", "?rev=\(setting.first)",
        ]
        let sources = try notations.map { try Notation.parse("git+\(setting.url)\($0)", options: SourceOptions()) }
        setting.upstream.announce(try sources.compactMap { try $0.refQuestion(of: setting.upstream.hosts) })
        setting.server.web.clearAccessLog()
        let revisions = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
            for (index, source) in sources.enumerated() {
                group.addTask { (index, try await source.resolve(in: setting.upstream).revision) }
            }
            return try await group.reduce(into: [Int: String?]()) { $0[$1.0] = $1.1 }
        }
        let expected = [
            setting.second, setting.second, setting.first, setting.first, setting.first, setting.first, setting.first,
        ]
        for (index, revision) in expected.enumerated() { #expect(revisions[index] == revision, "\(notations[index])") }
        #expect(setting.server.accessLog().map(\.method) == ["GET", "POST"])
    }

    @Test func `A question that nobody can be asked is refused to whoever asks it`() async throws {
        let setting = try await setUp()
        let url = try GitURL(parsing: setting.url)
        setting.upstream.announce([RefQuestion(url: url, queries: [.named("a b"), .named("v1")])])
        #expect(try await setting.upstream.refs(of: url, matching: [.named("main")]).branch("main") != nil)
        await #expect(throws: GitError.invalidRefName("a b")) {
            try await setting.upstream.refs(of: url, matching: [.named("a b")])
        }
        // Two names that look alike are two.
        #expect(try await setting.upstream.refs(of: url, matching: [.named("cafe\u{301}")]).refs.count == 1)
        #expect(try await setting.upstream.refs(of: url, matching: [.named("caf\u{E9}")]).refs.count == 1)
    }

    @Test func `A repository without a commit is said to be empty`() async throws {
        let setting = try await setUp()
        let url = "\(setting.server.baseURL)/o/empty.git"
        await #expect(throws: ResolveError.emptyRepository(url: url)) { try await resolve("git+\(url)", setting) }
    }

    @Test func `The same question is asked once`() async throws {
        let setting = try await setUp()
        func questions() -> Int { setting.server.accessLog().filter { $0.method == "POST" }.count }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await resolve("git+\(setting.url)", setting) } }
            try await group.waitForAll()
        }
        #expect(questions() == 1)
        _ = try await resolve("git+\(setting.url)", setting)
        #expect(questions() == 1)
        _ = try await resolve("git+\(setting.url)", setting, SourceOptions(branch: "main"))
        #expect(questions() == 2)
    }
}
