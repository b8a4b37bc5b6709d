internal import Synchronization

/// What is asked for once and then known.
final class KnownOnce<Value: Sendable>: Sendable {
    private let known = Mutex<Value?>(nil)

    /// - Throws: what `ask` throws; the next one asks again.
    func value(_ ask: () async throws -> Value) async throws -> Value {
        if let value = known.withLock({ $0 }) { return value }
        let value = try await ask()
        known.withLock { $0 = value }
        return value
    }
}
