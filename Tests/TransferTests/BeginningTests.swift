import Testing

@testable import Transfer

/// The head of an answer, whatever the body; and requests with limits of their own.
@Suite struct BeginningTests {
    @Test func theBodyIsNotWaitedFor() async throws {
        let server = try ScriptedServer { request in
            request.target == "/a"
                ? [.response("301 Moved", ["Location: /b"])]
                : [.text("HTTP/1.1 200 OK\r\nX-Name: value\r\nContent-Length: 1000000000\r\n\r\n"), .hold]
        }
        let response = try await quickEngine().beginning(of: TransferRequest(url: server.url("/a")))
        #expect(response.status == 200 && response.headers["x-name"] == "value" && response.url == server.url("/b"))
        #expect(await becomesTrue { server.openConnections == 0 })
    }

    @Test(arguments: [("404 Not Found", 404), ("401 Unauthorized", 401), ("403 Forbidden", 403), ("410 Gone", 410)])
    func aRefusalIsAnAnswer(_ line: String, _ status: Int) async throws {
        let server = try ScriptedServer { _ in [.response(line)] }
        let response = try await quickEngine().beginning(of: TransferRequest(url: server.url()))
        #expect(response.status == status)
        #expect((response.refusal != nil) == (status == 401 || status == 403))
    }

    @Test func aStatusThatStandsIsNotAskedForAgain() async throws {
        let server = try ScriptedServer { _ in [.response("500 Oops")] }
        let request = TransferRequest(url: server.url(), standingStatuses: [500])
        #expect(try await quickEngine().send(request).status == 500)
        #expect(try await quickEngine().beginning(of: request).status == 500)
        #expect(server.requests.count == 2)
        // Another one is.
        let other = TransferRequest(url: server.url(), standingStatuses: [503])
        #expect(try await quickEngine { $0.retries = 1 }.send(other).status == 500)
        #expect(server.requests.count == 4)
    }

    @Test func theShorterLimitCounts() async throws {
        let server = try ScriptedServer { _ in [.hold] }
        for (own, whole) in [(Duration.milliseconds(50), Duration?.none), (.milliseconds(50), .seconds(60))] {
            let engine = quickEngine { $0.overallTimeout = whole }
            await #expect(throws: TransferError.timedOut(url: server.url(), phase: .overall, after: own)) {
                try await engine.send(TransferRequest(url: server.url(), timeLimit: own))
            }
        }
        let engine = quickEngine { $0.overallTimeout = .milliseconds(40) }
        await #expect(throws: TransferError.timedOut(url: server.url(), phase: .overall, after: .milliseconds(40))) {
            try await engine.send(TransferRequest(url: server.url(), timeLimit: .seconds(60)))
        }
    }
}
