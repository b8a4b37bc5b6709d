import JSON
import Lockfile

/// LonLock.
enum LonLock {
    static func read(_ bytes: [UInt8]) throws -> ForeignLock { ForeignLock() }
}
