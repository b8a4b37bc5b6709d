import Synchronization
import Testing
import Threads

struct SharedWorkTests {
    struct Broken: Error, Equatable {}

    /// Lets those wait who come, until it is opened or they are to give up.
    final class Gate: Sendable {
        private let isOpen = Atomic(false)

        func pass() async {
            while !isOpen.load(ordering: .acquiring), !Task.isCancelled { await Task.yield() }
        }

        func open() { isOpen.store(true, ordering: .releasing) }
    }

    final class Counts: Sendable {
        private let counts = Mutex([Int: Int]())

        var all: [Int: Int] { counts.withLock { $0 } }

        func count(_ key: Int) { counts.withLock { $0[key, default: 0] += 1 } }
    }

    @Test func whatSeveralWantIsDoneOnce() async throws {
        let work = SharedWork<Int, Int>()
        let (counts, gate) = (Counts(), Gate())
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<100 {
                group.addTask {
                    try await work.value(at: number % 2) {
                        counts.count(number % 2)
                        await gate.pass()
                        return number % 2 + 10
                    }
                }
            }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }.sorted()
        }
        let expected = [Int](repeating: 10, count: 50) + [Int](repeating: 11, count: 50)
        #expect(values == expected)
        #expect(counts.all == [0: 1, 1: 1])
        #expect(try await work.value(at: 1) { 12 } == 11)
    }

    @Test func aFailureIsForThoseWhoWaited() async throws {
        let work = SharedWork<Int, Int>()
        await #expect(throws: Broken.self) { try await work.value(at: 1) { throw Broken() } }
        #expect(try await work.value(at: 1) { 2 } == 2)
    }

    @Test func aFailureIsKeptWhereThatIsWanted() async throws {
        let work = SharedWork<Int, Int>(keepsFailures: true)
        await #expect(throws: Broken.self) { try await work.value(at: 1) { throw Broken() } }
        await #expect(throws: Broken.self) { try await work.value(at: 1) { 2 } }
        #expect(try await work.value(at: 2) { 2 } == 2)
        // That somebody gave up says nothing of what was asked.
        await #expect(throws: CancellationError.self) { try await work.value(at: 3) { throw CancellationError() } }
        #expect(try await work.value(at: 3) { 3 } == 3)
    }

    @Test(.timeLimit(.minutes(10))) func whoGivesUpEndsNothingForTheOthers() async throws {
        let work = SharedWork<Int, Bool>()
        let (gate, begun) = (Gate(), Gate())
        let first = Task {
            try await work.value(at: 1) {
                begun.open()
                await gate.pass()
                return Task.isCancelled
            }
        }
        await begun.pass()
        let second = Task { try await work.value(at: 1) { true } }
        // Not before it waits: it would begin anew, which is as right, and is no test.
        while !work.isWaitedFor(at: 1, by: 2) { await Task.yield() }
        first.cancel()
        gate.open()
        #expect(try await second.value == false)
        await #expect(throws: CancellationError.self) { try await first.value }
    }

    @Test(.timeLimit(.minutes(10))) func whatNobodyWaitsForIsCancelled() async throws {
        let work = SharedWork<Int, Int>()
        let begun = Gate()
        let task = Task {
            try await work.value(at: 1) {
                begun.open()
                // Ends when it is cancelled, and never otherwise.
                await Gate().pass()
                try Task.checkCancellation()
                return 1
            }
        }
        await begun.pass()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await work.value(at: 1) { 2 } == 2)
    }
}
