import Git
import JSON
import Lockfile
import Resolvers
import Support
import Testing
import Transfer

/// What a server that nobody has named turns out to be, on servers that answer as the real ones do.
struct ProbeTests {
    private struct Settled {
        let source: Source
        let resolution: Resolution
        /// What was asked before the refs of the repository, without git's own requests behind it.
        let questions: [String]
    }

    private func repository(_ forge: ForgeServer, _ project: String) async throws -> String {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("work"))
        try repository.write("a", "1")
        let revision = try await repository.commit("first")
        try await repository.tag("v1", message: "one")
        try await repository.branch("feature/x")
        try await forge.publish(repository, as: project)
        return revision
    }

    private func settle(
        _ url: String, _ server: WebServer, _ options: SourceOptions = SourceOptions()
    ) async throws -> Settled {
        func settled(_ source: some SourceType, _ upstream: Upstream) async throws -> any SourceType {
            try await source.settled(in: upstream).source
        }
        let upstream = upstream()
        server.clearAccessLog()
        let source = try await settled(Notation.parse(url, options: options), upstream)
        let log = server.accessLog()
        #expect(log.allSatisfy { $0.authorization.isEmpty })
        let questions = log.filter { $0.userAgent == "pinr" || $0.userAgent.hasPrefix("git/") && $0.method == "GET" }
        return Settled(
            source: source.source, resolution: try await source.resolve(in: upstream), questions: questions.map(\.uri))
    }

    /// What each kind is asked when a repository's own page is given.
    static let kinds: [(ForgeKind, project: String, type: String, questions: [String])] = [
        (.forgejo, "o/r", "forgejo", ["/api/v1/version"]), (.gitea, "o/r", "forgejo", ["/api/v1/version"]),
        (.gitlab, "g/r", "gitlab", ["/api/v1/version", "/api/v4/version"]),
        (.gitlab, "g/s/t/r", "gitlab", ["/api/v4/version"]),
        (.github, "o/r", "github", ["/api/v1/version", "/api/v4/version", "/api/v3/meta"]),
        (.sourcehut, "~o/r", "sourcehut", ["/query"]),
    ]

    @Test(arguments: kinds.indices)
    func `A forge is told by its answers, in few questions`(index: Int) async throws {
        let (kind, project, type, questions) = Self.kinds[index]
        let forge = try await ForgeServer(kind)
        let revision = try await repository(forge, project)
        let settled = try await settle("\(forge.baseURL)/\(project)", forge.server.web)
        let parts = project.split(separator: "/")
        #expect(
            settled.source.json == [
                "type": .string(type), "host": .string(forge.baseURL), "repo": .string(String(parts[parts.count - 1])),
                "owner": .string(parts.dropLast().joined(separator: "/")),
            ])
        #expect(settled.resolution.fetch == .tarball(url: forge.archiveURL(project, revision)))
        #expect(settled.resolution.revision == revision)
        #expect(settled.questions == ["/\(project)/info/refs?service=git-upload-pack"] + questions)
    }

    static let pages: [(ForgeKind, page: String, fields: JSONObject, questions: [String])] = [
        (.forgejo, "o/r/src/branch/feature/x", ["branch": "feature/x"], ["/api/v1/version"]),
        (.forgejo, "o/r/src/tag/v1", ["at": "v1"], ["/api/v1/version"]),
        (.forgejo, "o/r/releases/tag/v1", ["at": "v1"], ["/api/v3/meta", "/api/v1/version"]),
        (.gitlab, "g/s/r/-/tree/feature/x", ["branch": "feature/x"], ["/api/v4/version"]),
        (.gitlab, "g/s/r/-/tags/v1?", ["at": "v1"], ["/api/v4/version"]),
        (.gitlab, "g/s/r/-/tree/main?ref_type=heads", ["branch": "main"], ["/api/v4/version"]),
        (.gitlab, "g/r/tree/v1", ["at": "v1"], ["/api/v3/meta", "/api/v1/version", "/api/v4/version"]),
        (.github, "o/r/tree/feature/x", ["branch": "feature/x"], ["/api/v3/meta"]),
        (.github, "o/r/releases/tag/v1", ["at": "v1"], ["/api/v3/meta"]),
        (.sourcehut, "~o/r/tree/feature/x", ["branch": "feature/x"], ["/query"]),
        (.sourcehut, "~o/r/refs/v1", ["at": "v1"], ["/query"]),
    ]

    @Test(arguments: pages.indices)
    func `A page within a repository is asked about at the forge that has such pages`(index: Int) async throws {
        let (kind, page, fields, questions) = Self.pages[index]
        let forge = try await ForgeServer(kind)
        let project = page.hasPrefix("g/s") ? "g/s/r" : page.split(separator: "/").prefix(2).joined(separator: "/")
        _ = try await repository(forge, project)
        let settled = try await settle("\(forge.baseURL)/\(page)", forge.server.web)
        let source = try #require(settled.source.json.object)
        #expect(source["host"] == .string(forge.baseURL))
        #expect(source["branch"] == fields["branch"] && source["at"] == fields["at"])
        let asked = settled.questions.filter { !$0.contains("/info/refs") }
        #expect(asked == questions)
    }

    /// `/tree/NAME` does not say it, and then a branch counts first.
    @Test func `A page says whether a branch or a tag is meant`() async throws {
        let forge = try await ForgeServer(.gitlab)
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("work"))
        let first = try await repository.commit("first")
        try await repository.tag("both")
        let second = try await repository.commit("second")
        try await repository.branch("both")
        try await forge.publish(repository, as: "g/r")
        for (page, revision) in [
            ("tree/both", second), ("tree/both?ref_type=heads", second), ("tree/both?ref_type=tags", first),
            ("tags/both", first), ("releases/both", first), ("commits/both", second),
        ] {
            let settled = try await settle("\(forge.baseURL)/g/r/-/\(page)", forge.server.web)
            #expect(settled.resolution.revision == revision, "\(page)")
        }
    }

    @Test func `A Forgejo may be below a path of its server`() async throws {
        let forge = try await ForgeServer(.forgejo, folder: "/tools/git")
        let revision = try await repository(forge, "o/r")
        for page in ["o/r", "o/r/src/branch/main"] {
            let settled = try await settle("\(forge.baseURL)/\(page)", forge.server.web)
            #expect(settled.source["host"] == .string(forge.baseURL) && settled.source["owner"] == "o")
            #expect(settled.resolution.fetch == .tarball(url: forge.archiveURL("o/r", revision)))
        }
    }

    @Test func `A repository on no forge is git's`() async throws {
        let server = try await ForgeServer(.plain)
        let revision = try await repository(server, "some/where/r")
        let url = "\(server.baseURL)/some/where/r"
        let settled = try await settle(url, server.server.web, SourceOptions(branch: "main", submodules: true))
        #expect(
            settled.source.json == ["type": "git", "url": .string(url), "branch": "main", "submodules": true])
        #expect(settled.resolution.revision == revision)
    }

    /// As cgit has them.
    @Test(arguments: ["r/tree", "r/log/", "r/refs", "r/commit/src", "where/r/summary", "where/r/tree/lib/a.c"])
    func `A page about a repository on no forge is refused too`(page: String) async throws {
        let server = try await ForgeServer(
            .plain, locations: ["location = /\(page) { default_type text/html; return 200 x; }"])
        let project = page.hasPrefix("where") ? "where/r" : "r"
        _ = try await repository(server, project)
        let url = "\(server.baseURL)/\(page)"
        await #expect(throws: ResolveError.webPage(url, repository: "git+\(server.baseURL)/\(project)")) {
            try await settle(url, server.server.web)
        }
    }

    /// A server that knows repositories only with `.git` behind them.
    @Test func `A repository may have another spelling`() async throws {
        let server = try await ForgeServer(
            .plain, locations: ["location = /o/r/info/refs { return 404; }"])
        _ = try await repository(server, "o/r")
        let settled = try await settle("\(server.baseURL)/o/r", server.server.web)
        #expect(settled.source.json == ["type": "git", "url": .string("\(server.baseURL)/o/r.git")])
    }

    @Test(
        arguments: [ForgeKind.gitlab, .forgejo, .github, .sourcehut],
        ["", "page"])
    func `A private repository is no file`(kind: ForgeKind, page: String) async throws {
        let forge = try await ForgeServer(kind, token: "s3cr3t-token", isClosed: true)
        let project = kind == .sourcehut ? "~o/r" : "o/r"
        _ = try await repository(forge, project)
        let path =
            switch (page, kind) {
            case ("", _): ""
            case (_, .gitlab): "/-/tree/main"
            case (_, .forgejo): "/src/branch/main"
            default: "/tree/main"
            }
        // The forge is told without a credential, and its refs are asked for; this upstream knows no credential.
        await #expect {
            try await settle("\(forge.baseURL)/\(project)\(path)", forge.server.web)
        } throws: { error in
            guard case GitError.authenticationRequired(let url, _) = error else { return false }
            return url == "\(forge.baseURL)/\(project)" + (kind == .sourcehut ? "" : ".git")
        }
    }

    @Test func `What is no repository is a file, and asked about twice at most`() async throws {
        let web = try await WebServer()
        try web.put("a/b", "text")
        let settled = try await settle(web.url("/a/b"), web)
        #expect(settled.source.json == ["type": "file", "url": .string(web.url("/a/b"))])
        #expect(
            settled.questions == [
                "/a/b/info/refs?service=git-upload-pack", "/a/b.git/info/refs?service=git-upload-pack",
            ])
    }

    /// Some servers answer everything with one page.
    @Test func `A page for everything is a file`() async throws {
        let web = try await WebServer(locations: ["location / { default_type text/html; return 200 '<html>'; }"])
        #expect(try await settle(web.url("/a/b"), web).source.type == "file")
        #expect(try await settle(web.url("/a/b/tree/c"), web).source.type == "file")
        #expect(try await settle(web.url("/a/b/-/tree/c"), web).source.type == "file")
    }

    @Test func `A redirect to nowhere is no repository`() async throws {
        let web = try await WebServer(locations: [
            "location = /a/b { return 200 x; }", "location / { return 302 $request_uri; }",
        ])
        #expect(try await settle(web.url("/a/b"), web).source.type == "file")
    }

    @Test func `An option for repositories does not go with a file`() async throws {
        let web = try await WebServer()
        await #expect(throws: ResolveError.optionDoesNotFit("--branch", source: web.url("/a/b"))) {
            try await settle(web.url("/a/b"), web, SourceOptions(branch: "b"))
        }
    }

    @Test(arguments: [
        "location / { return 401; }",
        "location /login { return 200 '<html>'; } location / { return 302 /login?next=x; }",
        "location /users/sign_in { return 200 '<html>'; } location / { return 302 /users/sign_in; }",
    ])
    func `A server that tells strangers nothing is an error, and no page to log in at`(location: String) async throws {
        let web = try await WebServer(locations: [location])
        for path in ["/o/r", "/g/s/r", "/~o/r", "/o/r/tree/main", "/g/s/r/-/tree/main", "/o/r/src/branch/main"] {
            await #expect(throws: ResolveError.closedToStrangers(url: web.url(path))) {
                try await settle(web.url(path), web)
            }
        }
        // Nothing is asked of whoever says what it is.
        #expect(try await settle("file+" + web.url("/o/r"), web).questions == [])
    }

    @Test(arguments: [
        (502, ""), (503, ""), (429, ""), (403, "add_header Retry-After 3600 always;"),
        (403, "add_header X-RateLimit-Remaining 0 always;"),
    ])
    func `A server that fails is none that has files`(status: Int, header: String) async throws {
        let web = try await WebServer(locations: ["location / { \(header) return \(status); }"])
        for path in ["/o/r", "/o/r/tree/main"] {
            await #expect {
                try await settle(web.url(path), web)
            } throws: { error in
                switch error as? TransferError {
                case .status(status, _, _)?: return true
                case .rateLimited(let limit)?: return limit.status == status
                default: return false
                }
            }
        }
    }

    /// As git's server answers for a path that leads through a file.
    @Test func `A fault below a file is none of the file's`() async throws {
        let web = try await WebServer(locations: ["location ~ /info/refs$ { return 500; }"])
        try web.put("a/b", "text")
        let settled = try await settle(web.url("/a/b"), web)
        #expect(settled.source.type == "file" && settled.questions.count == 2)
    }

    @Test func `So is a server that is down`() async throws {
        let web = try await WebServer()
        web.stop()
        for path in ["/o/r", "/o/r/-/tree/main"] {
            await #expect {
                try await settle(web.url(path), web)
            } throws: { error in
                guard case TransferError.connectionRefused = error else { return false }
                return true
            }
        }
    }

    @Test func `A page of a forge that is no source is refused, with the server's name`() async throws {
        let forge = try await ForgeServer(.gitlab)
        let url = "\(forge.baseURL)/g/s/r/-/issues/5"
        await #expect(
            throws: ResolveError.webPage(url, repository: "gitlab:g%2Fs/r?host=\(forge.baseURL)")
        ) {
            try await settle(url, forge.server.web)
        }
    }

    @Test func `A file of a forge is a file`() async throws {
        let forge = try await ForgeServer(.gitlab)
        try forge.server.web.put("g/r/-/badges/x", "text")
        let settled = try await settle("\(forge.baseURL)/g/r/-/badges/x", forge.server.web)
        #expect(settled.source.type == "file")
    }
}
