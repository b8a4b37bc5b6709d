internal import Git
internal import JSON
internal import Lockfile
internal import Resolvers

/// Why one pin is left where it is, thrown by what reads it.
struct NotTaken: Error {
    let reason: SkipReason

    init(_ reason: SkipReason) { self.reason = reason }
}

extension ForeignLock {
    /// Takes the pin that `read` makes, or keeps the reason why it cannot: no other pin has to suffer from it.
    /// - Throws: what `read` throws and is about no pin.
    mutating func take(_ name: String, _ read: () throws -> ForeignPin) throws {
        do {
            pins.append(try read())
        } catch let error as NotTaken {
            skipped.append(SkippedPin(name: name, reason: error.reason))
        } catch let error as LockfileError {
            skipped.append(SkippedPin(name: name, reason: .unreadable(error)))
        } catch let error as ResolveError {
            skipped.append(SkippedPin(name: name, reason: .refused(error)))
        } catch let error as GitError {
            skipped.append(SkippedPin(name: name, reason: .badRepository(error)))
        }
    }
}

extension JSON {
    /// The document that another tool wrote.
    /// - Throws: `LockfileError`, `malformed`
    init(foreign bytes: [UInt8]) throws(LockfileError) {
        do {
            self = try JSON(parsing: bytes)
        } catch {
            throw LockfileError(.malformed(error))
        }
    }
}

extension SourceType {
    /// The same at a REF of which only upstream can tell whether it is a branch or a tag.
    /// - Throws: `ResolveError`
    func following(_ ref: String) throws -> any SourceType {
        try following(ref, SourceOptions(), notation: summary)
    }
}
