import Foundation
import Support
import Synchronization
import Testing
import Threads

@testable import Transfer

@Suite struct SendTests {
    @Test func returnsAnyStatus() async throws {
        let server = try await WebServer(locations: ["location = /teapot { return 418 'short and stout'; }"])
        try server.put("a.txt", "hello")
        let engine = quickEngine()
        let found = try await engine.get(server.url("/a.txt"))
        #expect(found.status == 200)
        #expect(found.body == Array("hello".utf8))
        #expect(found.headers["Content-Type"] == "text/plain")
        #expect(found.url == server.url("/a.txt"))
        #expect(found.redirects.isEmpty)
        #expect(try await engine.get(server.url("/none")).status == 404)
        let teapot = try await engine.get(server.url("/teapot"))
        #expect(teapot.status == 418)
        #expect(teapot.body == Array("short and stout".utf8))
        #expect(server.accessLog().map(\.userAgent) == ["pinr", "pinr", "pinr"])
    }

    @Test func headHasNoBody() async throws {
        let server = try await WebServer()
        try server.put("a.txt", "hello")
        let response = try await quickEngine().send(
            TransferRequest(url: server.url("/a.txt"), method: .head, maximumBodySize: 1))
        #expect(response.status == 200)
        #expect(response.headers["content-length"] == "5")
        #expect(response.body.isEmpty)
        #expect(server.accessLog().map(\.method) == ["HEAD"])
    }

    @Test(arguments: [0, 1, 3 << 20])
    func postSendsItsBytes(_ count: Int) async throws {
        let server = try ScriptedServer { _ in [.response("200 OK")] }
        let body = Array(patternedBytes(count))
        let response = try await quickEngine().send(
            TransferRequest(
                url: server.url("/x"), method: .post, headers: [("X-Empty", ""), ("Git-Protocol", "version=2")],
                body: body))
        #expect(response.status == 200)
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(isSame(request.body, body))
        #expect(request.headers["x-empty"] == "")
        #expect(request.headers["git-protocol"] == "version=2")
        #expect(request.headers["content-type"] == nil)
        #expect(request.headers["expect"] == nil)
        #expect(request.headers["accept-encoding"] == nil)
    }

    @Test(arguments: [TransferRequest.Method.put, .patch])
    func `What changes something has a body, and is not sent twice`(method: TransferRequest.Method) async throws {
        let server = try ScriptedServer { request in
            request.target == "/other" ? [.response("303 See Other", ["Location: /x"])] : [.response("502 Bad Gateway")]
        }
        let body = Array(patternedBytes(100))
        func send(_ path: String, isIdempotent: Bool) async throws -> TransferResponse {
            try await quickEngine().send(
                TransferRequest(
                    url: server.url(path), method: method, headers: [("Content-Type", "a/b")], body: body,
                    isIdempotent: isIdempotent))
        }
        #expect(try await send("/x", isIdempotent: false).status == 502)
        let request = try #require(server.requests.first)
        #expect(request.method == method.rawValue && isSame(request.body, body))
        #expect(request.headers["content-type"] == "a/b" && request.headers["expect"] == nil)
        #expect(server.requests.count == 1)
        #expect(try await send("/x", isIdempotent: true).status == 502)
        #expect(server.requests.count > 2)
        // Where to look for what came of it is only looked at (RFC 9110, 15.4.4).
        #expect(try await send("/other", isIdempotent: false).status == 502)
        #expect(server.requests.last?.method == "GET" && server.requests.last?.body.isEmpty == true)
    }

    @Test func `A POST is sent once, whatever becomes of a connection that was used before`() async throws {
        let server = try ScriptedServer { $0.method == "GET" ? [.response("200 OK")] : [.close] }
        let engine = quickEngine()
        for _ in 1...2 { #expect(try await engine.get(server.url("/x")).status == 200) }
        #expect(server.requests.map(\.connection) == [0, 0])
        await #expect(throws: TransferError.self) {
            try await engine.send(TransferRequest(url: server.url("/x"), method: .post, body: [1]))
        }
        #expect(server.requests.map(\.method) == ["GET", "GET", "POST"])
    }

    @Test func aBodyThatIsTooLongIsRefused() async throws {
        let server = try ScriptedServer { request in
            request.target == "/said"
                ? [.response("200 OK", [], [UInt8](repeating: 0, count: 101))]
                : [
                    .text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), .send([UInt8](repeating: 0, count: 101)),
                    .close,
                ]
        }
        for path in ["/said", "/unsaid"] {
            await #expect(throws: TransferError.bodyTooLarge(url: server.url(path), limit: 100)) {
                try await quickEngine().send(TransferRequest(url: server.url(path), maximumBodySize: 100))
            }
            let response = try await quickEngine().send(TransferRequest(url: server.url(path), maximumBodySize: 101))
            #expect(response.body.count == 101)
        }
    }

    @Test func aBodyMayComeWithGzip() async throws {
        let server = try ScriptedServer { request in
            let gzip = Self.gzip
            guard request.headers["accept-encoding"] == "gzip" else { return [.response("200 OK", [], Self.text)] }
            let encoding = ["Content-Encoding: gzip"]
            return switch request.target {
            case "/damaged": [.response("200 OK", encoding, gzip.prefix(20) + [0xFF, 0xFF] + gzip.dropFirst(22))]
            case "/short":
                [
                    .text("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(gzip.count)\r\n\r\n"),
                    .send(Array(gzip.dropLast(9))), .close,
                ]
            case "/redirect": [.response("302 Found", ["Location: /gzip"])]
            default: [.response("200 OK", encoding, gzip)]
            }
        }
        func send(_ path: String, limit: Int = 1 << 20) async throws -> [UInt8] {
            let request = TransferRequest(url: server.url(path), maximumBodySize: limit, acceptsGzip: true)
            return try await quickEngine().send(request).body
        }
        #expect(try await send("/gzip", limit: Self.text.count) == Self.text)
        #expect(try await send("/redirect") == Self.text)
        #expect(try await quickEngine().get(server.url("/gzip")).body == Self.text)
        #expect(server.requests.last?.headers["accept-encoding"] == nil)
        // What it is unpacked counts, of which the header says nothing.
        await #expect(throws: TransferError.bodyTooLarge(url: server.url("/gzip"), limit: Self.text.count - 1)) {
            try await send("/gzip", limit: Self.text.count - 1)
        }
        await #expect(throws: TransferError.self) { try await send("/damaged") }
        let cut = await #expect(throws: TransferError.self) { try await send("/short") }
        guard case .truncated(server.url("/short"), _, expected: nil) = cut else {
            Issue.record("a body that is cut short is \(String(describing: cut))")
            return
        }
    }

    private static let text = Array(String(repeating: "hello, ", count: 10_000).utf8)
    /// What `gzip -9n` makes of it.
    private static let gzip = Array(
        Data(
            base64Encoded: """
                H4sIAAAAAAACA+3FIQ0AAAgAsCoEoBYbgo3+jhLI37xrZjNakiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJ \
                kiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiRJkiT9dUTRHDdwEQEA
                """, options: .ignoreUnknownCharacters) ?? Data())

    @Test func aHeaderWithoutEndIsRefused() async throws {
        let field = "X: \(String(repeating: "a", count: 60_000))\r\n"
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 200 OK\r\n")] + Array(repeating: .text(field), count: 20) + [.text("\r\n"), .close]
        }
        let error = await #expect(throws: TransferError.self) { try await quickEngine().get(server.url()) }
        guard case .protocolFailure = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func anInformationalResponseIsNotTheResponse() async throws {
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"), .response("200 OK", ["X: 1"], "ok".utf8)]
        }
        let response = try await quickEngine().get(server.url())
        #expect(response.status == 200)
        #expect(response.headers["link"] == nil)
        #expect(response.headers["x"] == "1")
    }

    @Test func whatIsNoHTTPIsAnError() async throws {
        let server = try ScriptedServer { _ in [.text("SSH-2.0-OpenSSH\r\n"), .close] }
        await #expect(throws: TransferError.self) { try await quickEngine { $0.retries = 0 }.get(server.url()) }
    }

    @Test(.timeLimit(.minutes(10))) func aRefusedConnectionIsNotTriedAgain() async throws {
        let closed = try ClosedPort()
        defer { withExtendedLifetime(closed) {} }
        let url = "http://127.0.0.1:\(closed.port)/"
        await #expect(throws: TransferError.connectionRefused(url: url)) {
            try await quickEngine { $0.retryDelay = .seconds(120) }.get(url)
        }
    }

    @Test func anUnknownHostIsNamed() async throws {
        await #expect(throws: TransferError.unknownHost("nonexistent.invalid")) {
            try await quickEngine().get("http://nonexistent.invalid/a")
        }
    }

    @Test func offlineTouchesNothing() async throws {
        let server = try ScriptedServer { _ in [.response("200 OK")] }
        let engine = quickEngine { $0.isOffline = true }
        await #expect(throws: TransferError.offline(url: server.url())) { try await engine.get(server.url()) }
        let download = try await engine.fetch(server.url())
        #expect(download.error == .offline(url: server.url()))
        #expect(download.consumerError as? TransferError == .offline(url: server.url()))
        #expect(server.connections == 0)
    }

    @Test func aBadRequestIsRefusedBeforeTheNetwork() async throws {
        let engine = quickEngine()
        await #expect(throws: TransferError.credentialsInURL("http://***@127.0.0.1/")) {
            try await engine.get("http://user:secret@127.0.0.1/")
        }
        await #expect(throws: TransferError.invalidHeader(name: "X")) {
            try await engine.send(TransferRequest(url: "http://127.0.0.1/", headers: [("X", "a\r\nY: b")]))
        }
    }

    @Test func theProcessEnvironmentHasNoProxy() async throws {
        let proxy = try ScriptedServer { _ in [.response("200 OK", [], "proxied".utf8)] }
        let server = try ScriptedServer { _ in [.response("200 OK", [], "direct".utf8)] }
        let address = "http://127.0.0.1:\(proxy.port)"
        let proxied = try await quickEngine(environment: ["http_proxy": address]).get(server.url())
        #expect(proxied.body == Array("proxied".utf8))
        #expect(proxy.requests.map(\.target) == [server.url()])
        let excepted = ["http_proxy": address, "no_proxy": "127.0.0.1"]
        #expect(try await quickEngine(environment: excepted).get(server.url()).body == Array("direct".utf8))
    }

    @Test func aProxyThatRefusesIsNamed() async throws {
        let proxy = try ScriptedServer { _ in [.response("407 Proxy Authentication Required")] }
        let engine = quickEngine(environment: ["https_proxy": "http://127.0.0.1:\(proxy.port)"])
        let error = await #expect(throws: TransferError.self) { try await engine.get("https://example.invalid/") }
        guard case .proxy = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// As it does when the last reference to an engine goes, or libcurl itself is broken.
    @Test func whatIsUnderWayEndsWithTheLoop() async throws {
        let server = try ScriptedServer { _ in [.hold] }
        let loop = TransferLoop(TransferConfiguration())
        let send = { @Sendable in
            var operation = try Transfer.Operation(TransferRequest(url: server.url()), loop)
            return try await operation.send()
        }
        let waiting = Task { try await send() }
        #expect(await becomesTrue { server.requests.count == 1 })
        loop.stop()
        await #expect(throws: TransferError.shutDown) { try await waiting.value }
        await #expect(throws: TransferError.shutDown) { try await send() }
        #expect(await becomesTrue { server.openConnections == 0 })
    }
}
