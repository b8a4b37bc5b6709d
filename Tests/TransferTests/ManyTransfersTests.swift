import Foundation
import Support
import Synchronization
import Testing
import Threads

@testable import Transfer

@Suite struct ManyTransfersTests {
    @Test func connectionsAreUsedAgain() async throws {
        let server = try ScriptedServer { request in
            [.wait(.milliseconds(5)), .response("200 OK", [], request.target.utf8)]
        }
        let engine = quickEngine { $0.maximumPerHost = 4 }
        try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for number in 0..<50 {
                group.addTask { (number, try await engine.get(server.url("/\(number)")).body) }
            }
            for try await (number, body) in group { #expect(body == Array("/\(number)".utf8)) }
        }
        #expect(server.requests.count == 50)
        #expect(server.connections <= 4)
    }

    @Test func theLimitsHold() async throws {
        let servers = try (0..<3).map { _ in
            try ScriptedServer { _ in [.wait(.milliseconds(20)), .response("200 OK")] }
        }
        let engine = quickEngine {
            $0.maximumTransfers = 5
            $0.maximumPerHost = 3
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask { _ = try await engine.get(servers[number % 3].url()) }
            }
            try await group.waitForAll()
        }
        for server in servers {
            #expect(server.requests.count == 20)
            #expect(server.mostConnections <= 3)
        }
    }

    @Test func oneSlowHostDoesNotHoldUpAnother() async throws {
        let slow = try ScriptedServer { _ in [.hold] }
        let quick = try ScriptedServer { _ in [.response("200 OK")] }
        let engine = quickEngine { $0.maximumPerHost = 2 }
        let waiting = (0..<10).map { _ in Task { try await engine.get(slow.url()) } }
        #expect(await becomesTrue { slow.requests.count == 2 })
        #expect(try await engine.get(quick.url()).status == 200)
        // The queue is cancelled as well as what runs.
        for task in waiting.reversed() { task.cancel() }
        for task in waiting { await #expect(throws: CancellationError.self) { try await task.value } }
    }

    @Test func manyDownloadsAtATimeStayApart() async throws {
        let server = try await WebServer()
        let bytes = patternedBytes(3 << 20)
        for number in 0..<12 { try server.put("\(number)", bytes[(number * 1000)...]) }
        let engine = quickEngine()
        try await withThrowingTaskGroup(of: (Int, Download).self) { group in
            for number in 0..<12 {
                group.addTask { (number, try await engine.fetch(server.url("/\(number)"))) }
            }
            for try await (number, download) in group {
                #expect(isSame(download.bytes, bytes[(number * 1000)...]))
            }
        }
    }

    // MARK: Nothing is left behind

    /// In a process of its own, where no other test opens files or starts threads.
    @Test func nothingIsLeftBehind() async {
        await #expect(processExitsWith: .success) {
            func count(_ directory: String) -> Int {
                (try? FileManager.default.contentsOfDirectory(atPath: directory).count) ?? -1
            }
            func openFiles() -> [String] {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
                return names.map { name in
                    let path = "/proc/self/fd/\(name)"
                    return (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? "\(name): gone"
                }
            }
            func threads() -> Int { count("/proc/self/task") }
            let server = try ScriptedServer { request in
                switch request.target {
                case "/hold": [.text("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"), .hold]
                case "/big":
                    [.text("HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n"), .send(patternedBytes(8_000_000))]
                default: [.response("200 OK")]
                }
            }
            // Whatever opens once and stays open does so here: what timers are made of too, which tests wait with.
            _ = try await quickEngine().get(server.url())
            try await Task.sleep(for: .milliseconds(1))
            #expect(await becomesTrue { server.openConnections == 0 })
            let files = count("/proc/self/fd")
            let others = threads()
            for round in 0..<20 {
                let engine = quickEngine()
                let channels = (0..<3).map { _ in ByteChannel(capacity: 1) }
                let tasks = zip(channels, ["/hold", "/big", "/"]).map { channel, path in
                    Task { try await engine.download(TransferRequest(url: server.url(path)), into: channel) }
                }
                #expect(await becomesTrue { server.requests.count == 1 + 3 * (round + 1) })
                if round.isMultiple(of: 2) {
                    for task in tasks { task.cancel() }
                } else {
                    for channel in channels { channel.cancel() }
                }
                for task in tasks { _ = await task.result }
            }
            #expect(await becomesTrue { server.openConnections == 0 })
            // The system's own pool may have grown a little, and so may what it opens; twenty engines, each with several
            // connections, would show.
            #expect(await becomesTrue { count("/proc/self/fd") <= files + 5 }, "open: \(openFiles())")
            #expect(await becomesTrue { threads() <= others + 5 })
        }
    }
}
