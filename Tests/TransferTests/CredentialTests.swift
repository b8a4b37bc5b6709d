import Foundation
import Support
import Synchronization
import Testing

@testable import Transfer

/// Who is sent a credential, and when.
@Suite struct CredentialTests {
    /// Knows one credential, for every server, and what it was asked for.
    final class Source: CredentialSource {
        private let log = Mutex((queries: [CredentialQuery](), accepted: [String]()))
        private let secret: String?

        init(_ secret: String? = "secret") { self.secret = secret }

        var queries: [CredentialQuery] { log.withLock { $0.queries } }
        var accepted: [String] { log.withLock { $0.accepted } }

        func credential(for query: CredentialQuery) async throws -> Credential? {
            log.withLock { $0.queries.append(query) }
            return try secret.map { try Credential(user: "me", secret: $0, origin: .variable("TOKEN")) }
        }

        func accepted(_ credential: Credential, for url: String) { log.withLock { $0.accepted.append(url) } }
    }

    static let header = Credentials(user: "me", password: "secret").authorization

    private func engine(
        _ source: Source?, environment: [String: String] = [:],
        _ change: (inout TransferConfiguration) -> Void = { _ in }
    ) -> TransferEngine {
        quickEngine(environment: environment) {
            $0.credentials = source
            change(&$0)
        }
    }

    /// A server that gives to whom brings the credential, and refuses others with this status.
    private func closedServer(_ status: String = "401 Unauthorized", body: String = "inside") throws -> ScriptedServer {
        try ScriptedServer { request in
            request.headers["authorization"] == Self.header
                ? [.response("200 OK", ["ETag: \"1\""], body.utf8)] : [.response(status, [], "stranger".utf8)]
        }
    }

    // MARK: A stranger first

    @Test func aStrangerIsServedAsOne() async throws {
        let server = try ScriptedServer { _ in [.response("200 OK")] }
        let source = Source()
        let response = try await engine(source).get(server.url())
        #expect(server.requests.map { $0.headers["authorization"] } == [nil])
        #expect(
            !response.usedCredentials && response.refusal == nil && source.queries.isEmpty && source.accepted.isEmpty)
    }

    @Test(arguments: [
        ("401 Unauthorized", 401), ("403 Forbidden", 403), ("404 Not Found", 404),
    ])
    func whatIsRefusedIsAskedForOnceMore(_ line: String, _ status: Int) async throws {
        let server = try closedServer(line)
        let source = Source()
        let url = server.url("/a/b?c=d")
        let response = try await engine(source).get(url)
        #expect(response.status == 200 && response.body == Array("inside".utf8))
        #expect(response.credentials == .variable("TOKEN"))
        #expect(server.requests.map { $0.headers["authorization"] } == [nil, Self.header])
        #expect(server.requests.map(\.target) == ["/a/b?c=d", "/a/b?c=d"])
        #expect(source.accepted == [url])
        let expected = CredentialQuery(
            isSecure: false, host: "127.0.0.1", port: Int(server.port), path: "/a/b", reason: .refused(status: status))
        #expect(source.queries == [expected])

        let download = try await engine(source).fetch(url)
        #expect(download.bytes == Array("inside".utf8))
        #expect(try download.response.get().usedCredentials)
        #expect(try await engine(source).head(of: url).usedCredentials)
        #expect(server.requests.count == 6)
    }

    @Test func aBodyIsSentAgain() async throws {
        let server = try closedServer()
        let request = TransferRequest(url: server.url(), method: .post, body: Array("question".utf8))
        #expect(try await engine(Source()).send(request).status == 200)
        #expect(server.requests.map(\.body) == [Array("question".utf8), Array("question".utf8)])
        var immediate = request
        immediate.credentials = .immediately
        let source = Source()
        #expect(try await engine(source).send(immediate).usedCredentials)
        #expect(server.requests.count == 3)
        #expect(source.queries.map(\.reason) == [.requested])
    }

    @Test func aRequestMayForbidIt() async throws {
        let server = try closedServer()
        let source = Source()
        let response = try await engine(source).send(TransferRequest(url: server.url(), credentials: .never))
        #expect(response.status == 401 && server.requests.count == 1 && source.queries.isEmpty)
    }

    @Test func aHeaderOfTheRequestsOwnIsLeftAlone() async throws {
        let server = try closedServer()
        let source = Source()
        let response = try await engine(source).send(
            TransferRequest(url: server.url(), headers: [("authorization", "Bearer mine")], credentials: .immediately))
        #expect(response.refusal?.attempt == .given)
        #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer mine"] && source.queries.isEmpty)
    }

    // MARK: Refusals

    @Test func aRefusalSaysWhatWasTried() async throws {
        let server = try closedServer()
        func refusal(_ source: Source?, _ path: String = "/") async throws -> Refusal? {
            let download = try await engine(source).fetch(server.url(path))
            guard case .refused(let refusal)? = download.error else { return nil }
            return refusal
        }
        let authority = "127.0.0.1:\(server.port)"
        func expected(_ attempt: Refusal.Attempt) -> Refusal {
            Refusal(url: server.url(), status: 401, authority: authority, attempt: attempt)
        }
        #expect(try await refusal(nil) == expected(.nothingKnown))
        #expect(try await refusal(Source(nil)) == expected(.nothingKnown))
        let wrong = Source("wrong")
        #expect(try await refusal(wrong) == expected(.tried(.variable("TOKEN"))))
        #expect(wrong.accepted.isEmpty)
    }

    /// What is not there is not there, unless there is a credential that it may be hidden from.
    @Test func absenceIsARefusalOnlyWithACredential() async throws {
        let server = try closedServer("404 Not Found")
        #expect(
            try await engine(Source(nil)).fetch(server.url()).error
                == .status(code: 404, url: server.url(), retryAfter: nil))
        let error = try await engine(Source("wrong")).fetch(server.url()).error
        guard case .refused(let refusal)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusal.status == 404 && refusal.attempt == .tried(.variable("TOKEN")))
    }

    @Test(arguments: ["sec\r\nret", "sec\nret", "sec\u{0}ret"])
    func whatWouldBreakTheHeaderIsNotSent(_ secret: String) async throws {
        let server = try closedServer()
        await #expect(throws: TransferError.unusableCredential(.variable("TOKEN"))) {
            try await engine(Source(secret)).get(server.url())
        }
        #expect(server.requests.count == 1)
        #expect(throws: TransferError.unusableCredential(.git)) {
            try Credential(user: "a:b", secret: "c", origin: .git)
        }
    }

    // MARK: In private

    @Test func plainHTTPIsForThisMachineAlone() async throws {
        for (text, isLoopback) in [
            ("http://127.0.0.1/", true), ("http://127.8.9.10:99/", true), ("http://localhost/", true),
            ("http://[::1]/", true),
            ("http://127.0.0.1.example.org/", false), ("http://10.0.0.1/", false),
            ("http://localhost.example.org/", false),
            ("http://[::2]/", false), ("http://128.0.0.1/", false), ("http://example.org/127.0.0.1", false),
        ] {
            #expect(try WebURL(text).isLoopback == isLoopback, "\(text)")
        }
        // Reached under a name that is no other machine's, it is another machine's to all appearance.
        let server = try closedServer()
        let source = Source()
        let response = try await engine(source, environment: ["http_proxy": server.url()]).get("http://example.test/x")
        #expect(response.refusal?.attempt == .withheldFromPlainHTTP && response.refusal?.authority == "example.test")
        #expect(server.requests.map { $0.headers["authorization"] } == [nil])
        #expect(source.queries.isEmpty)
    }

    @Test func aProxyIsNotThisMachine() async throws {
        let proxy = try closedServer()
        let source = Source()
        let response = try await engine(source, environment: ["http_proxy": proxy.url()]).get("http://localhost:9/x")
        #expect(response.refusal?.attempt == .withheldFromPlainHTTP && source.queries.isEmpty)
        // libcurl takes a star for everything only where nothing else is said.
        for exceptions in ["example.org,*", "*,example.org", "127.0.0.1"] {
            let environment = ["http_proxy": proxy.url(), "no_proxy": exceptions]
            let response = try await engine(source, environment: environment).get("http://localhost:9/x")
            #expect(!response.usedCredentials)
        }
        #expect(proxy.requests.map { $0.headers["authorization"] } == [nil, nil, nil, nil] && source.queries.isEmpty)
        let server = try closedServer()
        let all = ["http_proxy": proxy.url(), "no_proxy": "*"]
        #expect(try await engine(source, environment: all).get(server.url()).usedCredentials)
        let excepted = ["http_proxy": proxy.url(), "no_proxy": "example.org, 127.0.0.1"]
        #expect(try await engine(source, environment: excepted).get(server.url()).usedCredentials)
    }

    @Test func overTLS() async throws {
        let server = try await WebServer(
            tls: true, credentials: Credentials(user: "me", password: "secret"))
        try server.put("a", "inside")
        let environment = ["SSL_CERT_FILE": try #require(server.caFile)]
        let response = try await engine(Source(), environment: environment).get(server.url("/a"))
        #expect(response.body == Array("inside".utf8) && response.usedCredentials)
        #expect(server.accessLog().map(\.authorization) == ["", Self.header])
        // To whom cannot prove who it is, nothing is said at all.
        server.clearAccessLog()
        let source = Source()
        await #expect(throws: TransferError.self) { try await engine(source).get(server.url("/a")) }
        #expect(server.accessLog().isEmpty && source.queries.isEmpty)
    }

    // MARK: Redirects

    @Test func anotherServerGetsNone() async throws {
        let other = try closedServer()
        for host in ["localhost", "127.0.0.1"] {
            let server = try ScriptedServer { request in
                request.headers["authorization"] == nil
                    ? [.response("401 No")] : [.response("302 Found", ["Location: \(other.url("/x", host: host))"])]
            }
            let source = Source()
            let response = try await engine(source).get(server.url())
            #expect(response.status == 401 && response.usedCredentials && response.hasLeftOrigin)
            #expect(response.refusal?.attempt == .withheldFromRedirect)
            #expect(response.refusal?.authority == "\(host):\(other.port)")
            #expect(source.queries.count == 1)
            let download = try await engine(source).fetch(server.url())
            #expect(download.bytes.isEmpty)
        }
        #expect(other.requests.count == 4 && other.requests.allSatisfy { $0.headers["authorization"] == nil })
    }

    /// Whoever stood between chose the URL: there and back again is not the same.
    @Test func backHomeGetsNone() async throws {
        let away = Mutex("")
        let server = try ScriptedServer { request in
            switch (request.target, request.headers["authorization"]) {
            case ("/", nil): [.response("401 No")]
            case ("/", _): [.response("302 Found", ["Location: \(away.withLock { $0 })"])]
            default: [.response("401 No")]
            }
        }
        let other = try ScriptedServer { _ in [.response("302 Found", ["Location: \(server.url("/back"))"])] }
        away.withLock { $0 = other.url("/", host: "localhost") }
        let response = try await engine(Source()).get(server.url())
        #expect(response.refusal?.attempt == .withheldFromRedirect)
        #expect(server.requests.map(\.target) == ["/", "/", "/back"])
        #expect(server.requests.last?.headers["authorization"] == nil)
        #expect(other.requests.allSatisfy { $0.headers["authorization"] == nil })
    }

    @Test func theSameServerGetsIt() async throws {
        let server = try ScriptedServer { request in
            if request.headers["authorization"] != Self.header { return [.response("401 No")] }
            return request.target == "/a"
                ? [.response("302 Found", ["Location: /b"])] : [.response("200 OK", [], "b".utf8)]
        }
        let response = try await engine(Source()).get(server.url("/a"))
        #expect(response.body == Array("b".utf8) && response.usedCredentials && !response.hasLeftOrigin)
        #expect(server.requests.map { $0.headers["authorization"] != nil } == [false, true, true])
    }

    /// A public page that leads to a closed one on the same server.
    @Test func whatIsRefusedBehindARedirectIsAskedForOnceMore() async throws {
        let server = try ScriptedServer { request in
            if request.target == "/a" { return [.response("302 Found", ["Location: /b"])] }
            return request.headers["authorization"] == Self.header
                ? [.response("200 OK", [], "b".utf8)] : [.response("404 No")]
        }
        let download = try await engine(Source()).fetch(server.url("/a"))
        #expect(download.bytes == Array("b".utf8))
        #expect(server.requests.map(\.target) == ["/a", "/b", "/b"])
    }

    // MARK: Trying again

    @Test func aRetryBringsItAgain() async throws {
        let failures = Mutex(0)
        let server = try ScriptedServer { request in
            if request.headers["authorization"] != Self.header { return [.response("401 No")] }
            let isFirst = failures.withLock { count in
                count += 1
                return count == 1
            }
            return isFirst ? [.response("503 Busy")] : [.response("200 OK", [], "inside".utf8)]
        }
        let source = Source()
        let response = try await engine(source).get(server.url())
        #expect(response.status == 200 && response.usedCredentials)
        #expect(source.queries.count == 1)
        #expect(server.requests.map { $0.headers["authorization"] != nil } == [false, true, true])
    }

    @Test func theRestOfADownloadBringsItAgain() async throws {
        let bytes = patternedBytes(300_000)
        let server = try ScriptedServer { request in
            guard request.headers["authorization"] == Self.header else { return [.response("401 No")] }
            if request.headers["range"] == "bytes=100000-" {
                return [
                    .response(
                        "206 Partial", ["ETag: \"1\"", "Content-Range: bytes 100000-299999/300000"], bytes[100_000...])
                ]
            }
            let head = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 300000\r\n\r\n"
            return [.text(head), .send(Array(bytes[..<100_000])), .wait(.milliseconds(200)), .close]
        }
        let download = try await engine(Source()).fetch(server.url())
        #expect(isSame(download.bytes, bytes))
        #expect(try download.response.get().usedCredentials)
        #expect(server.requests.map { $0.headers["authorization"] != nil } == [false, true, true])
    }

    @Test func errorsAndDescriptionsKeepIt() async throws {
        let server = try ScriptedServer { request in
            [.response("302 Found", ["Location: /\(request.headers["authorization"] == nil ? "x" : "y")"])]
        }
        let request = TransferRequest(url: server.url(), credentials: .immediately)
        do {
            _ = try await engine(Source()).send(request)
            Issue.record("a loop has an end")
        } catch {
            #expect(!"\(error)".contains("secret") && !"\(error)".contains(Self.header.dropFirst(6)))
        }
    }
}
