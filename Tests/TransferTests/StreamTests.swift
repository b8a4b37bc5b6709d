import Support
import Testing
import Threads

@testable import Transfer

/// Bodies that a thread reads while they come in.
@Suite struct StreamTests {
    private struct Stop: Error {}

    @Sendable private static func readAll(_ source: any ByteSource, _ cancellation: Cancellation) throws -> [UInt8] {
        var all: [UInt8] = []
        var chunk: [UInt8] = []
        while try source.next(&chunk) { all += chunk }
        return all
    }

    @Test(arguments: [0, 1, 5_000_000])
    func bringsEveryByte(_ count: Int) async throws {
        let server = try await WebServer()
        let bytes = patternedBytes(count)
        try server.put("a.bin", bytes)
        let request = TransferRequest(url: server.url("/a.bin"))
        let (received, response) = try await quickEngine().stream(request, consume: Self.readAll)
        #expect(isSame(received, bytes))
        #expect(response.headers["content-length"] == "\(count)")
    }

    /// Longer than what may wait to be read, so that the transfer pauses until somebody reads.
    private static func longBody() async throws -> (WebServer, TransferRequest) {
        let server = try await WebServer()
        try server.put("a.bin", [UInt8](repeating: 7, count: 30_000_000))
        return (server, TransferRequest(url: server.url("/a.bin")))
    }

    @Test(.timeLimit(.minutes(10))) func withoutAThreadTheTransferEnds() async throws {
        let (server, request) = try await Self.longBody()
        defer { withExtendedLifetime(server) {} }
        await #expect(throws: Stop.self) {
            try await quickEngine().stream(request, on: { _ in throw Stop() }, onHead: { _ in }, consume: Self.readAll)
        }
    }

    @Test(.timeLimit(.minutes(10))) func consumerThatGivesUpEndsTheTransfer() async throws {
        let (server, request) = try await Self.longBody()
        defer { withExtendedLifetime(server) {} }
        await #expect(throws: Stop.self) {
            try await quickEngine().stream(request) { source, _ -> Int in
                var chunk: [UInt8] = []
                _ = try source.next(&chunk)
                throw Stop()
            }
        }
    }

    @Test(.timeLimit(.minutes(10))) func consumerMayHaveEnough() async throws {
        let (server, request) = try await Self.longBody()
        defer { withExtendedLifetime(server) {} }
        let (first, response) = try await quickEngine().stream(request) { source, _ in
            var chunk: [UInt8] = []
            _ = try source.next(&chunk)
            return chunk.first
        }
        #expect(first == 7)
        #expect(response.status == 200)
    }

    @Test func refusalOfTheHeadIsTheCause() async throws {
        let server = try ScriptedServer { _ in [.response("200 OK", [], "body".utf8)] }
        await #expect(throws: Stop.self) {
            try await quickEngine().stream(
                TransferRequest(url: server.url()), onHead: { _ in throw Stop() }, consume: Self.readAll)
        }
    }

    @Test func failureReachesTheConsumer() async throws {
        let server = try ScriptedServer { _ in [.response("404 No", [], "body".utf8)] }
        let expected = TransferError.status(code: 404, url: server.url(), retryAfter: nil)
        await #expect(throws: expected) {
            try await quickEngine().stream(TransferRequest(url: server.url()), consume: Self.readAll)
        }
    }

    @Test(.timeLimit(.minutes(10))) func cancellationEndsBoth() async throws {
        let (server, request) = try await Self.longBody()
        defer { withExtendedLifetime(server) {} }
        let task = Task {
            try await quickEngine().stream(request) { source, cancellation in
                var chunk: [UInt8] = []
                while try source.next(&chunk) {
                    while !cancellation.isCancelled {}
                }
            }
        }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
