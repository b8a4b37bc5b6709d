internal import Synchronization

/// Values that cost a question to upstream, each of which is asked for once in a run, however many pins need it.
final class OnceEach<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let tasks = Mutex<[Key: Task<Value, any Error>]>([:])

    /// The value under `key`; the first who wants it makes it, and the others wait.
    /// - Throws: what `make` throws, to everybody who wants the value.
    func value(at key: Key, _ make: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = tasks.withLock { tasks in
            if let task = tasks[key] { return task }
            let task = Task { try await make() }
            tasks[key] = task
            return task
        }
        return try await task.sharedValue
    }
}

extension Task where Failure == any Error {
    /// What comes of a question that several wait for; who gives up ends it for all.
    var sharedValue: Success {
        get async throws {
            try await withTaskCancellationHandler {
                try await value
            } onCancel: {
                // The pins of a run are given up together.
                cancel()
            }
        }
    }
}
