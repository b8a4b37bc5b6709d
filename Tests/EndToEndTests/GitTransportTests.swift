import Foundation
import JSON
import Support
import Testing

/// How git repositories are reached: through proxies, past rate limits and redirects, and not where nobody should go.
@Suite struct GitTransportTests {
    /// A repository with one commit, served by git behind nginx.
    private struct Served {
        let folder = TemporaryDirectory()
        let project: Project
        let server: GitHTTPServer
        let revision: String
        var url: String { "\(server.baseURL)/x.git" }

        init(locations: [String] = [], tls: Bool = false) async throws {
            project = try Project()
            let work = try await TestRepository(at: folder.file("work"))
            try work.write("default.nix", "\"one\"\n")
            revision = try await work.commit("one")
            _ = try await work.bareCopy(at: folder.file("srv/x.git"))
            server = try await GitHTTPServer(root: folder.file("srv"), tls: tls, locations: locations)
        }
    }

    /// nginx as a proxy for plain http: it is asked with the whole URL, and asks the host that this names.
    private static let forward =
        "location / { proxy_pass http://$http_host$request_uri; proxy_set_header Host $http_host; }"

    @Test(arguments: ["http_proxy", "all_proxy"])
    func goesThroughAProxy(variable: String) async throws {
        let served = try await Served()
        let proxy = try await WebServer(locations: [Self.forward])
        let environment = [variable: proxy.baseURL]
        let run = try await served.project.pinr("add", "git+\(served.url)", environment: environment).expect(0)
        #expect(run.stdout.contains(served.revision.prefix(12)), "\(run)")
        #expect(proxy.accessLog().map(\.method) == ["GET", "POST", "POST"])

        proxy.clearAccessLog()
        let around = environment.merging(["no_proxy": "127.0.0.1"]) { $1 }
        try await served.project.pinr("verify", environment: around).expect(0)
        #expect(proxy.accessLog().isEmpty)
        // A server of the program's own world sets this one from a request's header.
        try await served.project.pinr("verify", environment: ["HTTP_PROXY": "http://127.0.0.1:1"]).expect(0)
    }

    @Test(arguments: ["SSL_CERT_FILE", "NIX_SSL_CERT_FILE"])
    func trustsTheCertificatesThatTheEnvironmentNames(variable: String) async throws {
        let served = try await Served(tls: true)
        try await served.project.pinr("add", "git+\(served.url)").expectFailure(saying: "127.0.0.1")
        let file = try #require(served.server.caFile)
        try await served.project.pinr("add", "git+\(served.url)", environment: [variable: file]).expect(0)
    }

    /// One request in three seconds and no more: each that comes too early is told to wait. A busy machine is not so slow that
    /// none does.
    @Test(.timeLimit(.minutes(10))) func waitsAsLongAsTheServerSays() async throws {
        let served = try await Served()
        let limited = try await WebServer(
            locations: [
                """
                location / {
                    limit_req zone=one;
                    limit_req_status 429;
                    add_header Retry-After 3 always;
                    proxy_pass http://127.0.0.1:\(served.server.web.port);
                }
                """
            ], http: ["limit_req_zone $server_addr zone=one:1m rate=20r/m;"])
        try await served.project.pinr("add", "git+\(limited.baseURL)/x.git").expect(0)
        let log = limited.accessLog().map(\.status)
        #expect(log.filter { $0 == "200" }.count == 3 && log.contains("429"), "\(log)")
        // Whoever does not want to wait is told why it failed.
        let run = try await served.project.pinr("verify", "--retries", "0", "--json")
        run.expect(1, quietly: false)
        #expect(try run.json["failed"]?.array?.first?["error"]?["code"] == "rate-limited", "\(run)")
    }

    @Test(arguments: ["file:///etc/passwd", "file:///", "git://127.0.0.1/x", "ssh://127.0.0.1/x", "ftp://127.0.0.1/x"])
    func followsNoRedirectToAnotherTransport(target: String) async throws {
        let served = try await Served(locations: ["location ^~ /to/ { return 302 \(target); }"])
        let run = try await served.project.pinr("add", "git+\(served.server.baseURL)/to/x.git")
        run.expectFailure(saying: "redirect")
        #expect(!FileManager.default.fileExists(atPath: served.project.file("pins")))
    }

    @Test(arguments: [
        "ext::sh -c touch% /tmp/x", "git+ext::sh", "git+https://user:secret-word@127.0.0.1/x.git",
        "git+ssh://-oProxyCommand=x/y", "git@-oProxyCommand=x:y", "git+ssh://127.0.0.1/-x",
        "git+https://127.0.0.1/a\r\nb",
        "git+https://127.0.0.1/a%0Ab", "git+https://127.0.0.1/x?ref=-u", "git+https://127.0.0.1/x?ref=a%0Ab",
        "git+fd://3", "git+https://127.0.0.1:0/x", "git+file://example.org/x",
    ])
    func refusesWhatWouldDoHarm(source: String) async throws {
        let project = try Project()
        let run = try await project.pinr("add", source)
        run.expectFailure()
        #expect(!run.stderr.contains("secret-word"), "\(run)")
        try expectError("bad-source", await project.pinr("add", source, "--json"))
        #expect(!FileManager.default.fileExists(atPath: project.file("pins")))
    }

    @Test(arguments: ["--branch", "--at"])
    func refusesNamesThatLookLikeOptions(option: String) async throws {
        let project = try Project()
        let run = try await project.pinr("add", "git+https://127.0.0.1:1/x", "\(option)=--upload-pack=x")
        run.expectFailure(saying: "--upload-pack=x")
    }

    // MARK: Many pins

    @Test func asksForTheRefsOfARepositoryOnce() async throws {
        let served = try await Served()
        let repository = TestRepository(existing: served.folder.file("work"))
        for number in 0..<5 {
            try await repository.branch("b\(number)")
            try await repository.tag("v\(number)", message: "a tag")
        }
        try await repository.git("push", "--quiet", "--all", served.folder.file("srv/x.git"))
        try await repository.git("push", "--quiet", "--tags", served.folder.file("srv/x.git"))
        for number in 0..<5 {
            for (option, name) in [("--branch", "b"), ("--at", "v")] {
                let arguments = ["add", "git+\(served.url)", option, "\(name)\(number)", "--name", "\(name)\(number)"]
                try await served.project.pinr(arguments).expect(0)
            }
        }
        served.server.web.clearAccessLog()
        let run = try await served.project.pinr("update", "--check").expect(0)
        #expect(run.lines == ["10 pins are up to date"])
        #expect(served.server.accessLog().map(\.method) == ["GET", "POST"])
    }

    @Test func saysThatABranchWasRewritten() async throws {
        let served = try await Served()
        let work = TestRepository(existing: served.folder.file("work"))
        let bare = TestRepository(existing: served.folder.file("srv/x.git"))
        try await bare.git("config", "uploadpack.allowFilter", "true")
        try await served.project.pinr("add", "git+\(served.url)", "--name", "x").expect(0)
        try work.write("default.nix", "\"instead\"\n")
        try await work.git("commit", "--quiet", "--all", "--amend", "-m", "instead")
        try await work.git("push", "--quiet", "--force", bare.path, "main")
        let check = try await served.project.pinr("update", "--check", "--json")
        check.expect(2, quietly: false)
        #expect(try check.json["changed"]?.array?.first?["rewritten"] == true)
        let run = try await served.project.pinr("update").expect(0, quietly: false)
        #expect(run.stderr.contains("warning: x: its history was rewritten: \(served.revision.prefix(12))"), "\(run)")
        try await served.project.pinr("verify").expect(0)
    }

    @Test func takesAnAbbreviatedRevision() async throws {
        let served = try await Served()
        let run = try await served.project.pinr("add", "git+\(served.url)?ref=\(served.revision.prefix(8))")
        run.expect(0)
        #expect(try served.project.pin("x")["source"]?["at"]?.string == served.revision)
        let gone = try await served.project.pinr("add", "git+\(served.url)?ref=0123abc", "--name", "y")
        gone.expectFailure(saying: "0123abc", "40 digits")
    }

    /// Nothing moves a pin that was told where to stay.
    @Test func whatStaysAtATagOrRevisionNeverMoves() async throws {
        let served = try await Served()
        let work = TestRepository(existing: served.folder.file("work"))
        try await work.tag("v1")
        try await work.git("push", "--quiet", served.folder.file("srv/x.git"), "v1")
        for ref in ["v1", served.revision] {
            try await served.project.pinr("add", "git+\(served.url)", "--at", ref, "--name", "at-\(ref.prefix(4))")
                .expect(0)
        }
        let before = try served.project.read("pins/pins.json")
        try work.write("default.nix", "\"two\"\n")
        try await work.commit("two")
        try await work.tag("v1")
        try await work.git("push", "--quiet", "--force", served.folder.file("srv/x.git"), "main", "v1")
        let run = try await served.project.pinr("update").expect(0, quietly: false)
        #expect(run.stderr.contains("v1"), "\(run)")
        #expect(try served.project.read("pins/pins.json") == before)
        let verify = try await served.project.pinr("verify", "--json")
        verify.expect(2, quietly: false)
        #expect(try verify.json["moved"]?.array?.compactMap { $0["name"]?.string } == ["at-v1"])
    }
}
