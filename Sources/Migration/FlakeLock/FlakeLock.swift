import JSON
import Lockfile

/// FlakeLock.
enum FlakeLock {
    static func read(_ bytes: [UInt8]) throws -> ForeignLock { ForeignLock() }
}
