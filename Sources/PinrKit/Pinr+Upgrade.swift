internal import Credentials
public import JSON
internal import Lockfile
internal import Threads

/// What `upgrade` did.
public struct UpgradeReport: Sendable, Equatable {
    /// The version of the format that the lock was in.
    public let from: Int64
    /// The version that it is in now.
    public let to: Int64
    /// The files that were written, for they were not as this program writes them.
    public let written: [String]

    /// The document of `upgrade --json`.
    public var json: JSON {
        [
            "from": .number(JSONNumber(from)), "to": .number(JSONNumber(to)),
            "written": .array(written.map { .string($0) }),
        ]
    }
}

extension Pinr {
    /// Brings the lock to the newest version of its format, and `default.nix` to this program's.
    ///
    /// The pins mean the same afterwards. A `default.nix` that was edited by hand, or is a newer program's, is left alone.
    /// - Throws: `LockfileError`, `Problem`
    public func upgrade() async throws -> UpgradeReport {
        let store = context.store
        await context.credentials.learnSecrets()
        let update = try await onThread { [self] in
            try store.update(unless: $0, whenKeptWaiting: tellOfWaiting) { _ in }
        }
        try tell(update.defaultNix)
        var written = update.isWritten ? [store.location.path] : []
        if update.defaultNix == .written { written += [store.location.defaultNixPath].compactMap(\.self) }
        return UpgradeReport(from: update.before.version, to: LockDocument.currentVersion, written: written)
    }
}
