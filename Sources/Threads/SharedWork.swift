internal import Synchronization

/// Work that several want the result of, done once for all of them.
///
/// A result is kept. A failure goes to those who waited for it; whoever comes later tries again, or is told the same where
/// failures are kept. Who gives up does not end what others wait for; once nobody waits any more it is cancelled, and that is
/// not kept.
public final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Work {
        let task: Task<Value, any Error>
        /// Tells it from what is begun later under the same key.
        let number: Int
        var waiting = 1
    }

    private struct State {
        var begun = 0
        var works: [Key: Work] = [:]
    }

    private let keepsFailures: Bool
    private let state = Mutex(State())

    /// - Parameter keepsFailures: whether what failed is not tried again.
    public init(keepsFailures: Bool = false) { self.keepsFailures = keepsFailures }

    /// The result under `key`; the first who wants it begins the work, and the others wait.
    /// - Throws: what `make` throws; `CancellationError` to who gives up.
    public func value(at key: Key, _ make: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        let (task, number) = state.withLock { state in
            if let work = state.works[key] {
                state.works[key]?.waiting += 1
                return (work.task, work.number)
            }
            state.begun += 1
            let work = Work(task: Task { try await make() }, number: state.begun)
            state.works[key] = work
            return (work.task, work.number)
        }
        do {
            let value = try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                leave(key, number)
            }
            try Task.checkCancellation()
            return value
        } catch {
            if !Task.isCancelled, !keepsFailures || error is CancellationError { forget(key, number) }
            throw error
        }
    }

    /// Whether so many have begun to wait for it, or have waited.
    package func isWaitedFor(at key: Key, by count: Int) -> Bool {
        state.withLock { ($0.works[key]?.waiting ?? 0) >= count }
    }

    /// One waits no more.
    private func leave(_ key: Key, _ number: Int) {
        let abandoned: Task<Value, any Error>? = state.withLock { state in
            guard let work = state.works[key], work.number == number else { return nil }
            state.works[key]?.waiting -= 1
            guard work.waiting == 1 else { return nil }
            // Nobody may begin to wait for what is about to be cancelled.
            state.works[key] = nil
            return work.task
        }
        abandoned?.cancel()
    }

    private func forget(_ key: Key, _ number: Int) {
        state.withLock { state in
            if state.works[key]?.number == number { state.works[key] = nil }
        }
    }
}
