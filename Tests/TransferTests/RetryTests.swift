import Support
import Testing

@testable import Transfer

@Suite struct RetryTests {
    @Test(arguments: ["503 Busy", "500 Oops", "502 Bad", "408 Late"])
    func aBusyServerIsAskedAgain(_ status: String) async throws {
        let server = try ScriptedServer { $0.number < 2 ? [.response(status)] : [.response("200 OK", [], "ok".utf8)] }
        #expect(try await quickEngine().get(server.url()).body == Array("ok".utf8))
        #expect(server.requests.count == 3)
    }

    @Test func retriesEnd() async throws {
        let server = try ScriptedServer { _ in [.response("503 Busy", [], "why".utf8)] }
        let response = try await quickEngine { $0.retries = 2 }.get(server.url())
        #expect(response.status == 503)
        #expect(response.body == Array("why".utf8))
        #expect(server.requests.count == 3)
        let download = try await quickEngine { $0.retries = 1 }.fetch(server.url())
        #expect(download.error == .status(code: 503, url: server.url(), retryAfter: nil))
        #expect(server.requests.count == 5)
    }

    @Test func retryAfterIsWaitedFor() async throws {
        let server = try ScriptedServer { request in
            request.number == 0 ? [.response("429 Slow", ["Retry-After: 1"])] : [.response("200 OK")]
        }
        let start = ContinuousClock.now
        #expect(try await quickEngine().get(server.url()).status == 200)
        #expect(ContinuousClock.now - start >= .seconds(1))
    }

    @Test(arguments: [("429 Slow", "Retry-After: 3600", Duration.seconds(3600)), ("429 Slow", "X: y", nil)])
    func aLongWaitIsLeftToThePerson(_ status: String, _ header: String, _ wait: Duration?) async throws {
        let server = try ScriptedServer { _ in [.response(status, [header])] }
        #expect(try await quickEngine().get(server.url()).status == 429)
        let download = try await quickEngine().fetch(server.url())
        guard case .rateLimited(let limit) = download.error else {
            Issue.record("\(String(describing: download.error))")
            return
        }
        #expect(limit.url == server.url() && limit.status == 429 && limit.wait == wait && limit.credential == nil)
        #expect((limit.end == nil) == (wait == nil))
        #expect(server.requests.count == 2)
    }

    @Test func aLostConnectionIsMadeAgain() async throws {
        let server = try ScriptedServer {
            $0.number == 0 ? [.reset] : $0.number == 1 ? [.close] : [.response("200 OK")]
        }
        #expect(try await quickEngine().get(server.url()).status == 200)
        #expect(server.requests.count == 3)
    }

    @Test func aShortBodyIsFetchedAgain() async throws {
        let server = try ScriptedServer { request in
            request.number == 0
                ? [.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .close]
                : [.response("200 OK", [], "0123456789".utf8)]
        }
        #expect(try await quickEngine().get(server.url()).body == Array("0123456789".utf8))
        let once = try ScriptedServer { _ in [.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .close] }
        await #expect(throws: TransferError.truncated(url: once.url(), received: 4, expected: 10)) {
            try await quickEngine { $0.retries = 0 }.get(once.url())
        }
    }

    @Test(arguments: [(TransferRequest.Method.post, false, 1), (.post, true, 2), (.head, false, 2)])
    func onlyWhatMayBeRepeatedIs(_ method: TransferRequest.Method, _ isIdempotent: Bool, _ count: Int) async throws {
        let server = try ScriptedServer { $0.number == 0 ? [.response("503 Busy")] : [.response("200 OK")] }
        let request = TransferRequest(url: server.url(), method: method, body: [1], isIdempotent: isIdempotent)
        #expect(try await quickEngine().send(request).status == (count == 1 ? 503 : 200))
        #expect(server.requests.count == count)
        let lost = try ScriptedServer { $0.number == 0 ? [.close] : [.response("200 OK")] }
        var other = request
        other.url = lost.url()
        if count == 1 {
            await #expect(throws: TransferError.self) { try await quickEngine().send(other) }
        } else {
            #expect(try await quickEngine().send(other).status == 200)
        }
        #expect(lost.requests.count == count)
    }

    // MARK: Time

    @Test func aSilentServerTimesOut() async throws {
        let server = try ScriptedServer { _ in [.hold] }
        let engine = quickEngine {
            $0.stallTimeout = .milliseconds(200)
            $0.retries = 1
        }
        await #expect(
            throws: TransferError.timedOut(url: server.url(), phase: .stall, after: .milliseconds(200))
        ) { try await engine.get(server.url()) }
        #expect(await becomesTrue { server.requests.count == 2 && server.openConnections == 0 })
    }

    @Test func aSlowServerDoesNotStall() async throws {
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n")]
                + (0..<35).flatMap { _ in [.wait(.milliseconds(100)), .text("x")] }
        }
        // Less than the whole takes, and so much more than between two bytes that a busy machine does not stall.
        let engine = quickEngine {
            $0.stallTimeout = .seconds(3)
            $0.retries = 0
        }
        #expect(try await engine.get(server.url()).body.count == 35)
    }

    @Test func theWholeMayTakeOnlySoLong() async throws {
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: 800\r\n\r\n")]
                + (0..<100).flatMap { _ in [.wait(.milliseconds(50)), .text("x")] }
        }
        let engine = quickEngine { $0.overallTimeout = .milliseconds(300) }
        await #expect(
            throws: TransferError.timedOut(url: server.url(), phase: .overall, after: .milliseconds(300))
        ) { try await engine.get(server.url()) }
        #expect(await becomesTrue { server.requests.count == 1 && server.openConnections == 0 })
    }

    @Test(.timeLimit(.minutes(10))) func retriesCountTowardsTheWhole() async throws {
        let server = try ScriptedServer { _ in [.close] }
        let engine = quickEngine {
            $0.overallTimeout = .milliseconds(400)
            $0.retryDelay = .milliseconds(100)
            // Far more than a minute's worth.
            $0.retries = 10_000
        }
        await #expect(throws: TransferError.self) { try await engine.get(server.url()) }
    }

    @Test func aConnectionThatNeverStandsTimesOut() async throws {
        // It accepts, but never answers the TLS handshake.
        let server = try ScriptedServer { _ in [.hold] }
        let url = "https://127.0.0.1:\(server.port)/"
        let engine = quickEngine {
            $0.connectTimeout = .milliseconds(300)
            $0.stallTimeout = .milliseconds(50)
            $0.retries = 0
        }
        await #expect(throws: TransferError.timedOut(url: url, phase: .connect, after: .milliseconds(300))) {
            try await engine.get(url)
        }
    }
}
