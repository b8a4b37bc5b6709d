internal import Git
internal import JSON
internal import Lockfile
internal import Resolvers

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
        let document: JSON
        do {
            document = try JSON(parsing: bytes)
        } catch {
            throw LockfileError(.malformed(error))
        }
        guard let version = document["version"], let pins = document["pins"]?.object else {
            throw MigrationError.notItsLock(.npins)
        }
        guard let number = version.integer, (0...Int64(newest)).contains(number) else {
            let text = String(decoding: version.serializedCompactly(), as: UTF8.self)
            throw MigrationError.unknownVersion(text, newest: newest)
        }
        var lock = ForeignLock()
        for (name, json) in pins {
            do {
                lock.pins.append(try NpinsPin(named: name, json, version: Int(number)).read())
            } catch {
                lock.skipped.append(SkippedPin(name: name, reason: try SkipReason(error)))
            }
        }
        return lock
    }
}

extension SkipReason {
    /// Why a pin cannot be read, of what was thrown.
    /// - Throws: the error, if it is about something else.
    fileprivate init(_ error: any Error) throws {
        switch error {
        case let reason as Unreadable: self = reason.reason
        case let error as LockfileError: self = .unreadable(error)
        case let error as ResolveError: self = .refused(error)
        case let error as GitError: self = .badRepository(error)
        default: throw error
        }
    }
}

/// A reason that is thrown.
struct Unreadable: Error {
    let reason: SkipReason

    init(_ reason: SkipReason) { self.reason = reason }
}
