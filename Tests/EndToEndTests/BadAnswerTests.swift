import Foundation
import JSON
import NixHash
import Support
import Testing

/// Answers that are not what was asked for: limits, web pages, bodies of the wrong length.
@Suite struct BadAnswerTests {
    /// The variable for a server's token, as the message names it.
    private func variable(_ server: HandlerServer) -> String { "PINR_TOKEN_127_0_0_1_\(server.port)" }

    // MARK: Limits

    @Test(arguments: [
        ("429", "{'Retry-After': '3600'}"), ("429", "{'Retry-After': 'Fri, 01 Jan 2100 00:00:00 GMT'}"),
        ("403", "{'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '4102444800'}"),
        ("429", "{'RateLimit-Remaining': '0', 'RateLimit-Reset': '7200'}"),
        ("429", "{'RateLimit-Remaining': '0', 'RateLimit-Reset': '4102444800'}"),
    ])
    func aLongLimitIsAnErrorThatSaysWhenItEnds(_ status: String, _ headers: String) async throws {
        let server = try await HandlerServer("self.reply(\(status), \(headers), b'slow down')")
        defer { server.stop() }
        let project = try Project(["PINR_CHANNEL_HOST": server.url(""), "PINR_GITHUB_HOST": server.url("")])
        let isFixed = headers.contains("2100") || headers.contains("4102444800")
        for source in [
            server.url("/x.tar.gz"), server.url("/x.txt"), "channel:c", "github:o/r", "git+\(server.url("/r"))",
        ] {
            let before = server.requests.count
            let run = try await project.pinr("add", source, "--name", "x").expectFailure(
                saying: "asked too often (HTTP \(status))", "`\(variable(server))`", "until 2")
            if isFixed { #expect(run.stderr.contains("until 2100-01-01T00:00:00Z"), "\(run)") }
            #expect(server.requests.count == before + 1, "nothing is tried again: \(server.requests)")
            try expectError("rate-limited", try await project.pinr("add", source, "--name", "x", "--json"))
        }
    }

    @Test func aLimitWithoutAnEndIsAnErrorToo() async throws {
        let server = try await HandlerServer("self.reply(429)")
        defer { server.stop() }
        try await Project().pinr("add", server.url("/x.tar.gz"), "--name", "x")
            .expectFailure(saying: "asked too often (HTTP 429)", "try later", variable(server))
    }

    @Test func aShortLimitIsWaitedFor() async throws {
        let server = try await HandlerServer(
            "self.reply(*((429, {'Retry-After': '1'}) if number == 0 else (200, {}, b'text')))")
        defer { server.stop() }
        let project = try Project()
        let run = try await project.pinr("add", server.url("/x.txt"), "--name", "x", "-v").expect(0, quietly: false)
        #expect(run.stderr.contains("waiting") && run.stderr.contains("asked too often (HTTP 429)"), "\(run)")
        #expect(server.requests == ["GET /x.txt", "GET /x.txt"])
    }

    @Test func aTokenIsUsedAgainstALimitAndNobodyIsToldToNeedOne() async throws {
        let server = try await HandlerServer(
            """
            if self.headers.get("Authorization"): return self.reply(200, {}, b"text")
            self.reply(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"})
            """)
        defer { server.stop() }
        let project = try Project([variable(server): "a-token-of-mine"])
        try await project.pinr("add", server.url("/x.txt"), "--name", "x").expect(0)
        // One whose own limit is used up is not told to set what is set.
        let closed = try await HandlerServer("self.reply(429, {'Retry-After': '3600'})")
        defer { closed.stop() }
        let limited = try Project([variable(closed): "a-token-of-mine"])
        let run = try await limited.pinr("add", closed.url("/x.txt"), "--name", "x")
            .expectFailure(saying: "the limit is that of the credential from `\(variable(closed))`")
        #expect(!run.stderr.contains("a-token-of-mine"))
    }

    @Test func aForbiddenFileIsNoLimit() async throws {
        let server = try await HandlerServer("self.reply(403, {'X-RateLimit-Remaining': '12'})")
        defer { server.stop() }
        try expectError("auth", try await Project().pinr("add", server.url("/x.txt"), "--name", "x", "--json"))
    }

    // MARK: Failures

    @Test func aServerThatFailsForTheMomentIsAskedAgain() async throws {
        let server = try await HandlerServer(
            "self.reply(*((503,) if number == 0 else (500,) if number == 1 else (200, {}, b'text')))")
        defer { server.stop() }
        try await Project().pinr("add", server.url("/x.txt"), "--name", "x").expect(0)
        #expect(server.requests.count == 3)
    }

    @Test func aLoopOfRedirectsEnds() async throws {
        let server = try await HandlerServer("self.reply(302, {'Location': '/b' if path == '/a.txt' else '/a.txt'})")
        defer { server.stop() }
        let project = try Project(["PINR_CHANNEL_HOST": server.url("")])
        for arguments in [[server.url("/a.txt")], [server.url("/a.txt"), "--mutable"], ["channel:c"]] {
            try await project.pinr(["add", "--name", "x"] + arguments).expectFailure(
                saying: "redirects more than 10 times")
        }
    }

    // MARK: Web pages

    private static let login = """
        if path != "/login": return self.reply(302, {"Location": "/login"})
        self.reply(200, {"Content-Type": "text/html; charset=utf-8"}, b"<!doctype html><title>Log in</title>")
        """

    @Test func aPageToLogInIsNoArchiveAndNoRepository() async throws {
        let server = try await HandlerServer(Self.login)
        defer { server.stop() }
        let project = try Project()
        for url in ["/x.tar.gz", "/x.tar.xz", "/x.zip", "/x.tar"] {
            try await project.pinr("add", server.url(url), "--name", "x")
                .expectFailure(
                    saying: "a web page came from `\(server.url("/login"))`", "not an archive", "--no-unpack")
            try expectError("bad-archive", try await project.pinr("add", server.url(url), "--name", "x", "--json"))
        }
        try await project.pinr("add", "git+\(server.url("/r.git"))", "--name", "x")
            .expectFailure(saying: "a web page came", server.url("/r.git"))
    }

    @Test func aPageInThePlaceOfAFileIsWarnedOf() async throws {
        let server = try await HandlerServer(Self.login)
        defer { server.stop() }
        let project = try Project()
        let run = try await project.pinr("add", server.url("/x.iso"), "--name", "x").expect(0, quietly: false)
        #expect(run.stderr.contains("a web page came from"), "\(run)")
        try await project.pinr("add", server.url("/page.html"), "--name", "page").expect(0)
    }

    // MARK: Lengths

    /// An answer that says another length than it has.
    private static func lying(_ bytes: [UInt8], by difference: Int) async throws -> HandlerServer {
        let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return try await HandlerServer(
            """
            body = bytes.fromhex("\(hex)")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) + \(difference)))
            self.end_headers()
            if method != "HEAD": self.wfile.write(body)
            self.close_connection = True
            """)
    }

    @Test(arguments: ["x.tar.gz", "x.txt"])
    func aLengthThatPromisesTooMuchIsABodyCutShort(_ file: String) async throws {
        let bytes = try await Upstream.shared().archive("x", ["a": "a"])
        let server = try await Self.lying(bytes, by: 7)
        defer { server.stop() }
        let project = try Project()
        try await project.pinr("add", server.url("/\(file)"), "--name", "x", "--retries", "1")
            .expectFailure(saying: "cut short after \(bytes.count) of \(bytes.count + 7) bytes")
        // Without a tag nobody vouches that a second answer has the same bytes.
        #expect(server.requests.count == 1)
    }

    /// Where the length ends, the body ends: nobody knows of bytes behind it, neither here nor in Nix.
    @Test func aLengthThatPromisesTooLittleIsTheLength() async throws {
        let bytes = try await Upstream.shared().archive("x", ["a": "a"])
        let server = try await Self.lying(bytes, by: -20)
        defer { server.stop() }
        let project = try Project()
        try await project.pinr("add", server.url("/x.tar.gz"), "--name", "x")
            .expectFailure(saying: "damaged or cut short")
        try await project.pinr("add", server.url("/x.txt"), "--name", "x").expect(0)
        var hash = SHA256()
        hash.update(Array(bytes.dropLast(20)))
        #expect(try project.pin("x")["locked"]?["hash"]?.string == hash.finish().sri)
        if !NixSandbox.isAvailable { try Test.cancel("left out: what Nix makes of it, which is not installed") }
        let path = try await NixSandbox().evaluateString("(import \(project.file("pins"))).x.outPath")
        #expect(path.hasSuffix("-x.txt"))
    }
}
