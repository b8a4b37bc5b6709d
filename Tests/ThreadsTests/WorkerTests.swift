import Synchronization
import Testing
import Threads

struct WorkerTests {
    private final class Flags: Sendable {
        private let isRun = Atomic(false)
        private let isLetGo = Atomic(false)

        var hasRun: Bool {
            get { isRun.load(ordering: .acquiring) }
            set { isRun.store(newValue, ordering: .releasing) }
        }

        var isGone: Bool {
            get { isLetGo.load(ordering: .acquiring) }
            set { isLetGo.store(newValue, ordering: .releasing) }
        }
    }

    private final class Held: Sendable {
        let flags: Flags

        init(_ flags: Flags) { self.flags = flags }

        deinit { flags.isGone = true }
    }

    private func start(_ flags: Flags) throws -> Worker {
        let held = Held(flags)
        return try Worker {
            withExtendedLifetime(held) { flags.hasRun = true }
        }
    }

    @Test func whatIsJoinedHasLetGoOfEverything() throws {
        for _ in 0..<100 {
            let flags = Flags()
            let worker = try start(flags)
            worker.join()
            #expect(flags.hasRun)
            #expect(flags.isGone)
            // A second time there is nothing to wait for.
            worker.join()
        }
    }

    @Test func whatIsDroppedIsJoined() throws {
        let flags = Flags()
        _ = try start(flags)
        #expect(flags.isGone)
    }
}
