import Synchronization
import Testing
import Threads

struct ByteChannelTests {
    struct Broken: Error, Equatable {}

    private func bytes(_ count: Int, _ value: UInt8 = 1) -> [UInt8] { [UInt8](repeating: value, count: count) }

    private func drain(_ source: any ByteSource) throws -> [UInt8] {
        var all: [UInt8] = []
        var chunk: [UInt8] = []
        while try source.next(&chunk) { all += chunk }
        return all
    }

    @Test func everythingArrivesInOrder() async throws {
        let channel = ByteChannel(capacity: 3)
        let sent = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        async let received = onThread { _ in try drain(channel) }
        try await onThread { _ in
            for start in stride(from: 0, to: sent.count, by: 7) {
                try channel.send(sent.span.bytes.extracting(start..<min(start + 7, sent.count)))
            }
            channel.finish()
        }
        #expect(try await received == sent)
    }

    @Test func aFullChannelRefusesAndTellsWhenThereIsSpace() throws {
        let told = Counter()
        let channel = ByteChannel(capacity: 2, onSpace: { told.increment() })
        #expect(channel.offer(bytes(1).span.bytes) == .taken)
        #expect(channel.offer(bytes(1).span.bytes) == .taken)
        #expect(channel.offer(bytes(1).span.bytes) == .full)
        var chunk: [UInt8] = []
        #expect(try channel.next(&chunk))
        #expect(told.value == 1)
        #expect(channel.offer(bytes(1).span.bytes) == .taken)
        #expect(try channel.next(&chunk))
        #expect(told.value == 1, "nothing was refused since")
    }

    @Test func anErrorComesAfterWhatWasSentBeforeIt() throws {
        let channel = ByteChannel()
        #expect(channel.offer(bytes(3).span.bytes) == .taken)
        channel.finish(throwing: Broken())
        channel.finish()
        var chunk: [UInt8] = []
        #expect(try channel.next(&chunk))
        #expect(chunk == bytes(3))
        #expect(throws: Broken()) { try channel.next(&chunk) }
    }

    @Test func cancellingEndsBothSides() async throws {
        let channel = ByteChannel(capacity: 1)
        #expect(channel.offer(bytes(1).span.bytes) == .taken)
        let blocked = Task { try await onThread { _ in try channel.send(([2] as [UInt8]).span.bytes) } }
        try await Task.sleep(for: .milliseconds(20))
        channel.cancel()
        await #expect(throws: CancellationError.self) { try await blocked.value }
        var chunk: [UInt8] = []
        #expect(throws: CancellationError.self) { try channel.next(&chunk) }
        #expect(channel.offer(bytes(1).span.bytes) == .closed)
    }
}

struct OnThreadTests {
    @Test func cancellingTheTaskReachesTheWork() async throws {
        let task = Task {
            try await onThread { cancellation in
                while true { try cancellation.throwIfCancelled() }
            }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func handlersAreCalledOnceAndAlsoWhenLate() {
        let called = Counter()
        let cancellation = Cancellation()
        cancellation.onCancel { called.increment() }
        cancellation.cancel()
        cancellation.cancel()
        #expect(called.value == 1)
        cancellation.onCancel { called.increment() }
        #expect(called.value == 2)
    }
}

/// A number that several threads count up.
private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .acquiring) }
    func increment() { count.add(1, ordering: .acquiringAndReleasing) }
}
