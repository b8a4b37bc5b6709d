internal import NixHash
internal import Threads

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What `pins.json` was before the last writing commands, on disk: the steps, and the bytes of each state.
///
/// `steps.json` and a file `HEX.json` for each state, where HEX is the SHA-256 of what is in it. Everything here blocks.
struct PinStates {
    let folder: StateFolder
    /// The absolute path of the lock, without symbolic links.
    let lock: String

    static let stepsName = "steps.json"

    /// How long another process may keep the folder of a lock before a command goes on without: it is an aid, not the work.
    static let patience: Duration = .seconds(5)

    static func stateName(_ digest: SHA256Digest) -> String { "\(digest.hex).json" }

    // MARK: Reading

    /// The steps that are remembered; none where there is no folder.
    /// - Throws: `LockfileError`, `laterVersion` when only a later program understands them.
    func steps(unless cancellation: Cancellation?) throws(LockfileError) -> UndoSteps {
        var wait = LockWait(unless: cancellation, patience: .zero, notify: nil)
        do throws(LockfileError) {
            return try folder.withFolder(of: lock, isMade: false, &wait) { folder throws(LockfileError) in
                try Self.steps(in: folder, of: lock)
            }
        } catch  where error.reason == .notFound {
            return UndoSteps()
        }
    }

    private static func steps(in folder: borrowing Folder, of lock: String) throws(LockfileError) -> UndoSteps {
        guard let file = try folder.file(named: stepsName, followsLinks: false) else { return UndoSteps() }
        switch UndoSteps.read(file.bytes, of: lock) {
        case .steps(let steps): return steps
        case .useless: return UndoSteps()
        case .later: throw LockfileError(.laterVersion(found: UndoSteps.version + 1, supported: UndoSteps.version))
        }
    }

    /// The bytes of a state; nil when they are not there, or not what they were.
    func bytes(of state: SHA256Digest, unless cancellation: Cancellation?) throws(LockfileError) -> [UInt8]? {
        var wait = LockWait(unless: cancellation, patience: .zero, notify: nil)
        do throws(LockfileError) {
            return try folder.withFolder(of: lock, isMade: false, &wait) { folder throws(LockfileError) in
                let file = try folder.file(named: Self.stateName(state), followsLinks: false)
                return file.flatMap { SHA256.hash($0.bytes) == state ? $0.bytes : nil }
            }
        } catch  where error.reason == .notFound {
            return nil
        }
    }

    // MARK: Writing

    /// Changes the steps, and keeps the bytes of states that they lead to.
    ///
    /// The states come first: steps on disk lead to nothing that is not there. States that no step leads to any more go
    /// last.
    /// - Throws: `LockfileError`, and what `change` throws; the steps are then what they were.
    func change<Value>(
        keeping states: [[UInt8]], limit: Duration?, unless cancellation: Cancellation?,
        _ change: (inout UndoSteps) throws(LockfileError) -> Value
    ) throws(LockfileError) -> Value {
        var wait = LockWait(unless: cancellation, patience: .zero, notify: nil, limit: limit)
        return try folder.withFolder(of: lock, isMade: true, &wait) { folder throws(LockfileError) in
            var steps = try Self.steps(in: folder, of: lock)
            let value = try change(&steps)
            let wanted = steps.states
            for bytes in states {
                let digest = SHA256.hash(bytes)
                guard wanted.contains(digest) else { continue }
                let name = Self.stateName(digest)
                if try folder.file(named: name, followsLinks: false)?.bytes == bytes { continue }
                try folder.replaceFile(named: name, with: bytes, like: nil, mode: 0o600)
            }
            try folder.replaceFile(named: Self.stepsName, with: steps.serialized(of: lock), like: nil, mode: 0o600)
            Self.forget(in: folder, but: wanted)
            return value
        }
    }

    /// Removes the states that no step leads to, and what killed runs left.
    private static func forget(in folder: borrowing Folder, but wanted: Set<SHA256Digest>) {
        let kept = Set(wanted.map(stateName) + [stepsName, VerificationTimes.fileName])
        guard let names = try? folder.names() else { return }
        for name in names where !kept.contains(name) && name.hasSuffix(".json") {
            unlinkat(folder.descriptor, name, 0)
        }
        for name in kept { folder.removeStaleTemporaries(of: name, among: names) }
    }
}
