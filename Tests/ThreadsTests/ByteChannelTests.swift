import Synchronization
import Testing
import Threads

struct ByteChannelTests {
    struct Broken: Error, Equatable {}

    private func bytes(_ count: Int, _ value: UInt8 = 1) -> [UInt8] { [UInt8](repeating: value, count: count) }

    /// Offers a chunk of `count` bytes.
    private func offer(_ count: Int, to channel: ByteChannel) -> ByteChannel.Offer {
        var chunk = bytes(count)
        return channel.offer(exchanging: &chunk)
    }

    private func drain(_ source: any ByteSource) throws -> [UInt8] {
        var all: [UInt8] = []
        var chunk: [UInt8] = []
        while try source.next(&chunk) { all += chunk }
        return all
    }

    @Test(.timeLimit(.minutes(10)), arguments: [1, 3, 200])
    func everythingArrivesInOrder(capacity: Int) async throws {
        let channel = ByteChannel(capacity: capacity)
        let sent = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        // An event loop's way: what is refused waits for the handler.
        let (spaces, space) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        channel.setOnSpace { space.yield() }
        async let received = onThread { _ in try drain(channel) }
        var waiting = spaces.makeAsyncIterator()
        for start in stride(from: 0, to: sent.count, by: 7) {
            var chunk = Array(sent[start..<min(start + 7, sent.count)])
            while channel.offer(exchanging: &chunk) == .full { await waiting.next() }
        }
        channel.finish()
        #expect(try await received == sent)
    }

    @Test func aFullChannelRefusesAndTellsWhenThereIsSpace() throws {
        let told = Counter()
        let channel = ByteChannel(capacity: 2)
        channel.setOnSpace { told.increment() }
        #expect(offer(1, to: channel) == .taken)
        #expect(offer(1, to: channel) == .taken)
        #expect(offer(1, to: channel) == .full)
        var chunk: [UInt8] = []
        #expect(try channel.next(&chunk))
        #expect(told.value == 1)
        #expect(offer(1, to: channel) == .taken)
        #expect(try channel.next(&chunk))
        #expect(told.value == 1, "nothing was refused since")
    }

    @Test func anOfferTakesTheChunkOrLeavesIt() throws {
        let channel = ByteChannel(capacity: 1)
        var chunk = bytes(5, 1)
        #expect(channel.offer(exchanging: &chunk) == .taken)
        #expect(chunk.isEmpty)
        chunk = bytes(3, 2)
        #expect(channel.offer(exchanging: &chunk) == .full)
        #expect(chunk == bytes(3, 2))
        var read: [UInt8] = []
        #expect(try channel.next(&read))
        #expect(read == bytes(5, 1))
        #expect(channel.offer(exchanging: &chunk) == .taken)
        #expect(chunk.isEmpty)
        channel.finish()
        #expect(try drain(channel) == bytes(3, 2))
    }

    /// An empty chunk would be taken for the end.
    @Test func anEmptyChunkIsNotSent() throws {
        let channel = ByteChannel(capacity: 1)
        for _ in 0..<3 { #expect(offer(0, to: channel) == .taken) }
        #expect(offer(1, to: channel) == .taken)
        #expect(offer(0, to: channel) == .taken)
        channel.finish()
        var chunk: [UInt8] = []
        #expect(try channel.next(&chunk))
        #expect(chunk == bytes(1))
        #expect(try !channel.next(&chunk))
    }

    @Test func whatWasReadIsUsedAgain() throws {
        let channel = ByteChannel(capacity: 1)
        var read: [UInt8] = bytes(100)
        var chunk = bytes(64 << 10)
        #expect(channel.offer(exchanging: &chunk) == .taken)
        #expect(try channel.next(&read))
        // Now the channel has the array that was passed in, and gives it to the producer.
        chunk = bytes(1)
        #expect(channel.offer(exchanging: &chunk) == .taken)
        #expect(chunk.isEmpty && chunk.capacity >= 100)
    }

    @Test func anErrorComesAfterWhatWasSentBeforeIt() throws {
        let channel = ByteChannel()
        #expect(offer(3, to: channel) == .taken)
        channel.finish(throwing: Broken())
        channel.finish()
        var chunk: [UInt8] = []
        #expect(try channel.next(&chunk))
        #expect(chunk == bytes(3))
        #expect(throws: Broken()) { try channel.next(&chunk) }
    }

    @Test(.timeLimit(.minutes(10))) func cancellingEndsBothSides() async throws {
        let channel = ByteChannel(capacity: 1)
        let told = Counter()
        channel.setOnSpace { told.increment() }
        #expect(!channel.isClosed)
        let blocked = Task {
            try await onThread { _ in
                var chunk: [UInt8] = []
                return try channel.next(&chunk)
            }
        }
        try await Task.sleep(for: .milliseconds(20))
        channel.cancel()
        await #expect(throws: CancellationError.self) { try await blocked.value }
        #expect(channel.isClosed)
        #expect(told.value == 1, "a producer that has no offer pending hears of it all the same")
        channel.cancel()
        #expect(told.value == 1, "and hears of it once")
        var chunk: [UInt8] = []
        #expect(throws: CancellationError.self) { try channel.next(&chunk) }
        chunk = bytes(4)
        #expect(channel.offer(exchanging: &chunk) == .closed)
        #expect(chunk == bytes(4))
    }

    @Test func aChannelThatIsFinishedIsNotClosed() {
        let channel = ByteChannel()
        channel.finish()
        #expect(!channel.isClosed)
    }

    @Test func aHandlerIsReplacedAndLetGoOf() throws {
        let channel = ByteChannel(capacity: 1)
        let (first, second) = (Counter(), Counter())
        weak var held: Counter?
        do {
            let counter = Counter()
            held = counter
            channel.setOnSpace {
                counter.increment()
                first.increment()
            }
        }
        #expect(held != nil)
        channel.setOnSpace { second.increment() }
        #expect(held == nil)
        #expect(offer(1, to: channel) == .taken)
        #expect(offer(1, to: channel) == .full)
        var chunk: [UInt8] = []
        #expect(try channel.next(&chunk))
        #expect(first.value == 0)
        #expect(second.value == 1)
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
