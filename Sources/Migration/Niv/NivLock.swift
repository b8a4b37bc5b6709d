internal import JSON
internal import Lockfile

/// niv's lock, `nix/sources.json` (https://github.com/nmattia/niv).
///
/// An object with a member for each source, whose attributes anybody may add to; `sources.nix` beside it says what they
/// mean, and `niv update` what is followed. There is no version of the format.
enum NivLock {
    /// - Throws: `LockfileError` for what is no JSON; `MigrationError.notItsLock` where one member is no object, which niv
    ///   refuses too.
    static func read(_ bytes: [UInt8]) throws -> ForeignLock {
        guard let sources = try JSON(foreign: bytes).object, sources.allSatisfy({ $0.value.object != nil }) else {
            throw MigrationError.notItsLock(.niv)
        }
        var lock = ForeignLock()
        for (name, attributes) in sources {
            try lock.take(name) { try NivSource(name, attributes).pin() }
        }
        return lock
    }
}
