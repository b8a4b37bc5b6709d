import Foundation
import Support
import Synchronization
import Testing
import Threads

@testable import Transfer

@Suite struct DownloadTests {
    @Test(arguments: [0, 1, 100_000, 5_000_000])
    func bringsEveryByte(_ count: Int) async throws {
        let server = try await WebServer()
        let bytes = patternedBytes(count)
        try server.put("a.bin", bytes)
        let download = try await quickEngine().fetch(server.url("/a.bin"))
        let response = try download.response.get()
        #expect(isSame(download.bytes, bytes))
        #expect(download.consumerError == nil)
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
        #expect(response.headers["content-length"] == "\(count)")
    }

    @Test func anArchiveArrivesAsItIs() async throws {
        // A server that takes the .gz for an encoding, as misconfigured ones do.
        let server = try await WebServer(locations: ["location /enc/ { add_header Content-Encoding gzip; }"])
        let directory = TemporaryDirectory()
        let path = try directory.write("a", String(repeating: "text ", count: 1000))
        let packed = try await run(["gzip", "-c", path]).stdoutBytes
        try server.put("a.tar.gz", packed)
        try server.put("enc/a.tar.gz", packed)
        let engine = quickEngine()
        #expect(try await engine.fetch(server.url("/a.tar.gz")).bytes == packed)
        let encoded = try await engine.fetch(server.url("/enc/a.tar.gz"))
        #expect(encoded.bytes == packed)
        #expect(try encoded.response.get().headers["content-encoding"] == "gzip")
    }

    @Test(arguments: [404, 403, 500, 204, 206])
    func onlySuccessIsStreamed(_ status: Int) async throws {
        let server = try ScriptedServer { _ in
            status == 204 ? [.text("HTTP/1.1 204 No\r\n\r\n")] : [.response("\(status) No", [], "<html>".utf8)]
        }
        let download = try await quickEngine { $0.retries = 0 }.fetch(server.url())
        if status == 204 {
            #expect(try download.response.get().status == 204)
        } else {
            let refusal = Refusal(
                url: server.url(), status: status, authority: "127.0.0.1:\(server.port)", attempt: .nothingKnown)
            let expected =
                status == 403
                ? TransferError.refused(refusal) : .status(code: status, url: server.url(), retryAfter: nil)
            #expect(download.error == expected)
            #expect(download.consumerError as? TransferError == expected)
        }
        #expect(download.bytes.isEmpty)
    }

    @Test func theHeadComesBeforeTheBody() async throws {
        let server = try ScriptedServer { _ in [.response("200 OK", ["X: 1"], "body".utf8)] }
        let seen = Mutex<[String?]>([])
        let channel = ByteChannel()
        let response = try await quickEngine().download(TransferRequest(url: server.url()), into: channel) { response in
            var chunk: [UInt8] = []
            // Nothing can be there yet; a finished channel would throw or be at its end.
            seen.withLock { $0.append(response.headers["x"]) }
            chunk.removeAll()
        }
        #expect(response.status == 200)
        #expect(seen.withLock { $0 } == ["1"])
        struct Unwanted: Error {}
        let refused = ByteChannel()
        await #expect(throws: Unwanted.self) {
            try await quickEngine().download(TransferRequest(url: server.url()), into: refused) { _ in throw Unwanted()
            }
        }
        var chunk: [UInt8] = []
        #expect(throws: Unwanted.self) { try refused.next(&chunk) }
    }

    // MARK: Backpressure

    @Test func aSlowConsumerSlowsTheServerDown() async throws {
        let total = 64 << 20
        let sent = Atomic<Int>(0)
        let piece = patternedBytes(1 << 20)
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")]
                + (0..<64).flatMap { _ in [.send(piece), .note { sent.add(1 << 20, ordering: .relaxed) }] }
        }
        let channel = ByteChannel(capacity: 4)
        let read = Atomic<Int>(0)
        async let response = quickEngine().download(TransferRequest(url: server.url()), into: channel)
        // The first chunks are taken only when the server has long been stopped by a full window.
        try await Task.sleep(for: .milliseconds(500))
        let ahead = sent.load(ordering: .relaxed)
        #expect(ahead < 24 << 20, "the server could send \(ahead) bytes that nobody read")
        let largest = try await onThread { _ in
            var chunk: [UInt8] = []
            var largest = 0
            var offset = 0
            while try channel.next(&chunk) {
                largest = max(largest, chunk.count)
                for byte in chunk {
                    guard byte == piece[offset & ((1 << 20) - 1)] else { return Int.max }
                    offset += 1
                }
                read.store(offset, ordering: .relaxed)
            }
            return largest
        }
        #expect(largest <= ChannelSink.chunkSize + (16 << 10))
        #expect(read.load(ordering: .relaxed) == total)
        #expect(try await response.status == 200)
    }

    @Test func aPausedDownloadDoesNotStall() async throws {
        let server = try await WebServer()
        let bytes = patternedBytes(8 << 20)
        try server.put("a.bin", bytes)
        let channel = ByteChannel(capacity: 1)
        // So long that a busy machine does not stall, and less than the pause.
        let engine = quickEngine { $0.stallTimeout = .seconds(3) }
        let isFirst = Atomic(true)
        let download = try await engine.fetch(TransferRequest(url: server.url("/a.bin")), into: channel) { _, _ in
            if isFirst.exchange(false, ordering: .relaxed) { usleep(7_000_000) }
        }
        #expect(try download.response.get().status == 200)
        #expect(isSame(download.bytes, bytes))
    }

    @Test func aPausedDownloadHoldsNobodyUp() async throws {
        let server = try await WebServer()
        try server.put("a.bin", patternedBytes(8 << 20))
        try server.put("b.txt", "b")
        let channel = ByteChannel(capacity: 1)
        let engine = quickEngine()
        let paused = Task { try await engine.download(TransferRequest(url: server.url("/a.bin")), into: channel) }
        try await Task.sleep(for: .milliseconds(100))
        for _ in 0..<5 { #expect(try await engine.get(server.url("/b.txt")).body == Array("b".utf8)) }
        channel.cancel()
        await #expect(throws: CancellationError.self) { try await paused.value }
    }

    // MARK: Ends before the end

    @Test func cancellingTheTaskEndsIt() async throws {
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"), .hold]
        }
        let engine = quickEngine()
        let channel = ByteChannel()
        let task = Task { try await engine.download(TransferRequest(url: server.url()), into: channel) }
        let first = try await onThread { _ in
            var chunk: [UInt8] = []
            return try channel.next(&chunk) ? chunk : []
        }
        #expect(first == Array("abc".utf8))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(throws: CancellationError.self) {
            var chunk: [UInt8] = []
            _ = try channel.next(&chunk)
        }
        #expect(await becomesTrue { server.openConnections == 0 })
        #expect(server.requests.count == 1)
    }

    @Test func aCancelledTaskStartsNothing() async throws {
        let server = try ScriptedServer { _ in [.hold] }
        let engine = quickEngine()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await engine.get(server.url())
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    /// Whether the server is silent or sends faster than is read, the consumer's word counts.
    @Test(arguments: [true, false])
    func theConsumerEndsIt(_ isSilent: Bool) async throws {
        let rest: ScriptedServer.Step = isSilent ? .hold : .send(patternedBytes(8 << 20))
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nabc"), rest]
        }
        let download = try await quickEngine().fetch(
            TransferRequest(url: server.url()), into: ByteChannel(capacity: 1)
        ) { _, channel in channel.cancel() }
        guard case .failure(let error) = download.response else {
            Issue.record("it succeeded")
            return
        }
        #expect(error is CancellationError)
        #expect(await becomesTrue { server.openConnections == 0 })
        #expect(server.requests.count == 1)
    }

    // MARK: Bodies that break off

    private static let bytes = patternedBytes(1 << 20)

    private static func beginning(_ count: Int, tag: String) -> [ScriptedServer.Step] {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\n\(tag)\r\n\r\n"
        return [.text(head), .send(Array(bytes[..<count])), .wait(.milliseconds(20)), .close]
    }

    private static func part(
        from offset: Int, to end: Int = bytes.count, of length: Int = bytes.count, tag: String = "ETag: \"v1\"",
        contents: ArraySlice<UInt8>? = nil
    ) -> ScriptedServer.Step {
        .response(
            "206 Partial Content", ["Content-Range: bytes \(offset)-\(end - 1)/\(length)", tag],
            contents ?? bytes[offset..<end])
    }

    private static func offset(_ request: ScriptedServer.Request) -> Int? {
        guard let range = request.headers["range"], request.headers["if-range"] == "\"v1\"" else { return nil }
        return Int(range.dropFirst("bytes=".count).dropLast())
    }

    @Test func theRestIsFetchedOnItsOwn() async throws {
        let server = try ScriptedServer { request in
            switch (request.number, Self.offset(request)) {
            case (0, nil): Self.beginning(500_000, tag: "ETag: \"v1\"")
            case (1, _?): [.response("503 Busy")]
            // It breaks off once more.
            case (2, let offset?):
                [
                    .text(
                        "HTTP/1.1 206 Part\r\nETag: \"v1\"\r\nContent-Range: bytes \(offset)-\(Self.bytes.count - 1)/*\r\n"
                            + "Content-Length: \(Self.bytes.count - offset)\r\n\r\n"),
                    .send(Array(Self.bytes[offset..<700_000])), .reset,
                ]
            case (_, let offset?): [Self.part(from: offset)]
            default: [.close]
            }
        }
        let download = try await quickEngine().fetch(server.url())
        #expect(isSame(download.bytes, Self.bytes))
        #expect(download.consumerError == nil)
        #expect(try download.response.get().status == 200)
        #expect(server.requests.count == 4)
    }

    @Test(arguments: ["X: y", "ETag: W/\"v1\""])
    func withoutAStrongTagItIsAnError(_ tag: String) async throws {
        let server = try ScriptedServer { _ in Self.beginning(500_000, tag: tag) }
        let download = try await quickEngine().fetch(server.url())
        let expected = TransferError.truncated(url: server.url(), received: 500_000, expected: Self.bytes.count)
        #expect(download.error == expected)
        #expect(download.consumerError as? TransferError == expected)
        // What was held back for a slow consumer when it failed is not handed on.
        #expect(download.bytes.count <= 500_000)
        #expect(isSame(download.bytes, Self.bytes.prefix(download.bytes.count)))
        #expect(server.requests.count == 1)
    }

    /// What a server may answer to the request for the rest that is not the rest.
    enum WrongRest: CaseIterable, Sendable {
        case whole, otherTag, otherOffset, otherLength, short, noTag, notFound, notSatisfiable

        func answer(_ offset: Int) -> ScriptedServer.Step {
            let size = DownloadTests.bytes.count
            return switch self {
            case .whole: .response("200 OK", ["ETag: \"v2\""], DownloadTests.bytes)
            case .otherTag: DownloadTests.part(from: offset, tag: "ETag: \"v2\"")
            case .otherOffset: DownloadTests.part(from: offset - 1)
            case .otherLength: DownloadTests.part(from: offset, of: size + 1)
            case .short: DownloadTests.part(from: offset, to: size - 1)
            case .noTag: DownloadTests.part(from: offset, tag: "X: y")
            case .notFound: .response("404 Not Found")
            case .notSatisfiable: .response("416 No", ["Content-Range: bytes */\(size)"])
            }
        }
    }

    @Test(arguments: WrongRest.allCases)
    func whatIsNotTheRestIsNotTaken(_ wrong: WrongRest) async throws {
        let server = try ScriptedServer { request in
            guard let offset = Self.offset(request) else { return Self.beginning(500_000, tag: "ETag: \"v1\"") }
            return [wrong.answer(offset)]
        }
        let download = try await quickEngine().fetch(server.url())
        #expect(
            download.error == .truncated(url: server.url(), received: 500_000, expected: Self.bytes.count))
        // What was held back for a slow consumer when it failed is not handed on.
        #expect(download.bytes.count <= 500_000)
        #expect(isSame(download.bytes, Self.bytes.prefix(download.bytes.count)))
        #expect(server.requests.count == 2)
    }

    @Test func aChunkedRestMustReachTheEnd() async throws {
        let server = try ScriptedServer { request in
            guard let offset = Self.offset(request) else { return Self.beginning(500_000, tag: "ETag: \"v1\"") }
            let size = Self.bytes.count
            return [
                .text(
                    "HTTP/1.1 206 Part\r\nETag: \"v1\"\r\nContent-Range: bytes \(offset)-\(size - 1)/\(size)\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")
            ]
        }
        let download = try await quickEngine().fetch(server.url())
        #expect(
            download.error == .truncated(url: server.url(), received: 500_005, expected: Self.bytes.count))
        #expect(download.consumerError != nil)
    }

    /// The query of what redirects led to may be a signature.
    @Test func aChunkedRestIsNamedWithoutItsSignature() async throws {
        let size = Self.bytes.count
        let server = try ScriptedServer { request in
            if request.target == "/" { return [.response("302 Found", ["Location: /a?signature=secret"])] }
            guard let offset = Self.offset(request) else { return Self.beginning(500_000, tag: "ETag: \"v1\"") }
            return [
                .text(
                    "HTTP/1.1 206 Part\r\nETag: \"v1\"\r\nContent-Range: bytes \(offset)-\(size - 1)/\(size)\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")
            ]
        }
        let download = try await quickEngine().fetch(server.url())
        #expect(download.error == .truncated(url: server.url("/a"), received: 500_005, expected: size))
    }

    @Test func aRestThatIsLongerThanAnyNumberIsTruncated() async throws {
        let server = try ScriptedServer { request in
            guard let offset = Self.offset(request) else {
                return [
                    .text("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: \(Int.max)\r\n\r\n"),
                    .send(Array(Self.bytes[..<500_000])), .wait(.milliseconds(20)), .close,
                ]
            }
            return [
                .text(
                    "HTTP/1.1 206 Part\r\nETag: \"v1\"\r\nContent-Range: bytes \(offset)-\(Int.max - 1)/\(Int.max)\r\n"
                        + "Content-Length: \(Int.max)\r\n\r\nabcde"), .close,
            ]
        }
        let download = try await quickEngine { $0.retries = 1 }.fetch(server.url())
        #expect(download.error == .truncated(url: server.url(), received: 500_005, expected: nil))
    }

    @Test func aChunkedBodyWithoutItsEndIsTruncated() async throws {
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"), .close]
        }
        let download = try await quickEngine().fetch(server.url())
        #expect(download.error == .truncated(url: server.url(), received: 5, expected: nil))
    }

    @Test func whileNothingWasReadItStartsAgain() async throws {
        let server = try ScriptedServer { request in
            switch request.number {
            case 0: [.close]
            case 1: [.response("503 Busy", [], "busy".utf8)]
            case 2: [.text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), .close]
            default: [.response("200 OK", [], "whole".utf8)]
            }
        }
        let download = try await quickEngine().fetch(server.url())
        #expect(download.bytes == Array("whole".utf8))
        #expect(server.requests.count == 4)
        #expect(server.requests.allSatisfy { $0.headers["range"] == nil })
    }

    @Test func nginxGivesTheRest() async throws {
        // It cuts the connection after so many bytes, once.
        let bytes = patternedBytes(3 << 20)
        let upstream = try await WebServer()
        try upstream.put("a.bin", bytes)
        let engine = quickEngine()
        let whole = try await engine.get(upstream.url("/a.bin"))
        let tag = try #require(whole.headers["etag"])
        let rest = try await engine.send(
            TransferRequest(url: upstream.url("/a.bin"), headers: [("Range", "bytes=1000000-"), ("If-Range", tag)]))
        let resumption = try #require(Resumption(ResponseHead(status: whole.status, headers: whole.headers)))
        let head = ResponseHead(status: rest.status, headers: rest.headers)
        #expect(resumption.end(head, from: 1_000_000) == bytes.count)
        #expect(isSame(rest.body, bytes[1_000_000...]))
    }
}
