import Support
import Testing

@testable import Transfer

@Suite struct RedirectTests {
    @Test func aChainIsFollowedAndRemembered() async throws {
        let server = try await WebServer(locations: [
            "location = /a { add_header Link '<https://example.org/x.tar.gz>; rel=\"immutable\"' always; return 302 /b/c; }",
            "location = /b/c { return 301 ../d; }",
            "location = /d { return 307 $scheme://$http_host/e.txt?x=1; }",
        ])
        try server.put("e.txt", "end")
        let engine = quickEngine()
        let response = try await engine.get(server.url("/a"))
        #expect(response.status == 200)
        #expect(response.body == Array("end".utf8))
        #expect(response.url == server.url("/e.txt?x=1"))
        #expect(response.redirects == [server.url("/a"), server.url("/b/c"), server.url("/d")])
        #expect(response.redirectHeaders.count == 3)
        #expect(response.redirectHeaders[0]["link"]?.contains("immutable") == true)
        let download = try await engine.fetch(server.url("/a"))
        #expect(download.bytes == Array("end".utf8))
        #expect(try download.response.get().redirects == response.redirects)
    }

    @Test func notFollowingReturnsTheRedirect() async throws {
        let server = try await WebServer(locations: ["location = /a { return 302 /b; }"])
        let request = TransferRequest(url: server.url("/a"), followsRedirects: false)
        let response = try await quickEngine().send(request)
        #expect(response.status == 302)
        #expect(response.headers["location"]?.hasSuffix("/b") == true)
        let download = try await quickEngine().fetch(request)
        #expect(download.error == .status(code: 302, url: server.url("/a"), retryAfter: nil))
    }

    @Test func aLoopEnds() async throws {
        let server = try ScriptedServer { _ in [.response("302 Found", ["Location: /"])] }
        await #expect(throws: TransferError.tooManyRedirects(url: server.url(), limit: 10)) {
            try await quickEngine().get(server.url())
        }
        #expect(server.requests.count == 11)
        #expect(server.connections == 1)
    }

    @Test func tenAreAllowed() async throws {
        let server = try ScriptedServer { request in
            request.number < 10 ? [.response("302 Found", ["Location: /\(request.number)"])] : [.response("200 OK")]
        }
        #expect(try await quickEngine().get(server.url()).redirects.count == 10)
    }

    @Test(arguments: ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://a:b@127.0.0.1/"])
    func otherPlacesAreRefused(_ location: String) async throws {
        let server = try ScriptedServer { _ in [.response("302 Found", ["Location: \(location)"])] }
        let error = await #expect(throws: TransferError.self) { try await quickEngine().get(server.url()) }
        guard case .unsupportedRedirect(let from, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(from == server.url())
        #expect(server.requests.count == 1)
    }

    @Test func fromTLSToPlainIsRefused() async throws {
        let plain = try ScriptedServer { _ in [.response("200 OK")] }
        let server = try await WebServer(
            locations: ["location = /a { return 302 \(plain.url("/b?token=1")); }"], tls: true)
        let engine = quickEngine(environment: ["SSL_CERT_FILE": try #require(server.caFile)])
        await #expect(throws: TransferError.insecureRedirect(from: server.url("/a"), to: plain.url("/b"))) {
            try await engine.get(server.url("/a"))
        }
        #expect(plain.connections == 0)
    }

    @Test func anotherHostGetsNoCredentials() async throws {
        let other = try ScriptedServer { _ in [.response("200 OK")] }
        let target = other.url("/x", host: "localhost")
        let server = try ScriptedServer { request in
            [.response("302 Found", [request.target == "/away" ? "Location: \(target)" : "Location: /away"])]
        }
        let headers = [("Authorization", "Bearer secret"), ("X-Token", "secret"), ("Accept", "text/x")]
        let response = try await quickEngine().send(TransferRequest(url: server.url("/"), headers: headers))
        #expect(response.url == target)
        #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer secret", "Bearer secret"])
        let away = try #require(other.requests.first)
        #expect(away.headers["accept"] == "text/x")
        #expect(away.headers["host"] == "localhost:\(other.port)")
        #expect(!"\(away.headers)".contains("secret"))
    }

    @Test func anErrorBehindARedirectHidesTheQuery() async throws {
        let server = try ScriptedServer { request in
            request.target == "/" ? [.response("302 Found", ["Location: /x?signature=secret"])] : [.response("404 No")]
        }
        let download = try await quickEngine().fetch(server.url())
        #expect(download.error == .status(code: 404, url: server.url("/x"), retryAfter: nil))
    }
}
