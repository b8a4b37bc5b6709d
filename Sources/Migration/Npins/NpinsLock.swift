internal import JSON
internal import Lockfile

/// The lock of npins, `npins/sources.json`, in each of its formats: `{pins: {NAME: PIN}, version}`.
///
/// What a pin means is what the `default.nix` that npins writes beside it does with it. That has changed less than the
/// format: `url` is given to `fetchTarball` or `fetchurl` with `hash`, and what has no `url` to `fetchGit`
/// (https://github.com/andir/npins).
enum NpinsLock {
    /// The newest format, which is the one that is written.
    static let newest = 8

    /// - Throws: `LockfileError` for what is no JSON; `MigrationError`.
    static func read(_ bytes: [UInt8]) throws -> ForeignLock {
        let document = try JSON(foreign: bytes)
        guard let version = document["version"], let pins = document["pins"]?.object else {
            throw MigrationError.notItsLock(.npins)
        }
        guard let number = version.integer, (0...Int64(newest)).contains(number) else {
            let text = String(decoding: version.serializedCompactly(), as: UTF8.self)
            throw MigrationError.unknownVersion(text, newest: newest)
        }
        var lock = ForeignLock()
        for (name, json) in pins {
            try lock.take(name) { try NpinsPin(named: name, json, version: Int(number)).read() }
        }
        return lock
    }
}
