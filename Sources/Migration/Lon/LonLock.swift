internal import JSON
internal import Lockfile

/// The lock of lon, `lon.lock` (https://github.com/nikstur/lon): `{sources: {NAME: SOURCE}, version}`, whose only version
/// is the text `1`.
enum LonLock {
    static let newest = 1

    /// - Throws: `LockfileError` for what is no JSON; `MigrationError`
    static func read(_ bytes: [UInt8]) throws -> ForeignLock {
        let document = try JSON(foreign: bytes)
        guard let version = document["version"], let sources = document["sources"]?.object else {
            throw MigrationError.notItsLock(.lon)
        }
        guard version == .string("\(newest)") else {
            let text = version.string ?? String(decoding: version.serializedCompactly(), as: UTF8.self)
            throw MigrationError.unknownVersion(text, newest: newest)
        }
        var lock = ForeignLock()
        for (name, source) in sources {
            try lock.take(name) { try LonSource(name, source).pin() }
        }
        return lock
    }
}
