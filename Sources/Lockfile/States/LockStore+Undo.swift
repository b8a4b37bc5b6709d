public import NixHash
public import Threads

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Why `undo` cannot be done: facts alone. What the disk has against it is a `LockfileError`.
public enum UndoError: Error, Equatable, Sendable {
    /// Nobody is at home: there is nowhere to remember anything.
    case nowhere
    /// What is remembered cannot be read or written.
    case unusable(LockfileError)
    /// Nothing is remembered of this lock that could be undone; whether because all that is remembered is undone.
    case nothingToUndo(isAllUndone: Bool)
    /// No step is undone that could be done again.
    case nothingToRedo
    /// The lock is not what the last step left, and the bytes of both, where they are known.
    case changedOutside(UndoSteps.Step, left: [UInt8]?, now: [UInt8]?)
    /// The lock is as it was before the last step already.
    case alreadyBack(UndoSteps.Step)
    /// There is a secret in the lock, which would have to be kept to undo that it is undone.
    case secretInLock
    /// The bytes of the state to go to are not there any more, or not what they were.
    case stateLost(folder: String)
}

extension LockStore {
    /// Which way to go through what commands have done.
    public enum UndoDirection: Sendable {
        case back, forward
    }

    /// What was undone or done again.
    public struct UndoOutcome: Sendable {
        /// The steps, with the bytes of the lock before and after each; none where only the missing file was put back.
        public let steps: [(step: UndoSteps.Step, before: [UInt8]?, after: [UInt8]?)]
        /// The bytes of the lock as they were; nil where there was no file.
        public let old: [UInt8]?
        /// The bytes of the lock as they are, or would be; nil for no file.
        public let new: [UInt8]?
        /// Nil where none is kept, or nothing was written.
        public let defaultNix: DefaultNixOutcome?
    }

    /// Goes back to what the lock was before the last command that wrote it, or forward again.
    ///
    /// - Parameters:
    ///   - isForced: also when the lock is not what that command left.
    ///   - isDryRun: whether nothing is written.
    ///   - whenKeptWaiting: as of `update`.
    /// - Throws: `UndoError`, `LockfileError`; the lock is as it was then.
    public func undo(
        _ direction: UndoDirection, isForced: Bool, isDryRun: Bool, unless cancellation: Cancellation? = nil,
        whenKeptWaiting: (() -> Void)? = nil
    ) throws -> UndoOutcome {
        let states = try states()
        if isDryRun {
            let current = try readBytesIfThere()
            var steps = try Self.usable { () throws(LockfileError) in try states.steps(unless: cancellation) }
            return try outcome(&steps, states, direction, isForced, current, cancellation)
        }
        if try readBytesIfThere() == nil {
            // Where there is nothing to do, nothing is made; the folder may have been removed with all that is in it, and
            // is made again for what is put back.
            var steps = try Self.usable { () throws(LockfileError) in try states.steps(unless: cancellation) }
            _ = try outcome(&steps, states, direction, isForced, nil, cancellation)
            try Self.makeDirectories(FileTarget.split(location.path).folder)
        }
        return try withLockedFile(unless: cancellation, whenKeptWaiting) { folder, name in
            let old = try folder.file(named: name)
            // What only a later program understands is not ours to change.
            if let old, let document = try? LockDocument(parsing: old.bytes) { try document.requireWritable() }
            if let old, recorder?.mayKeep(old.bytes) == false { throw UndoError.secretInLock }
            var steps = try Self.usable { () throws(LockfileError) in try states.steps(unless: cancellation) }
            let before = steps
            let outcome = try outcome(&steps, states, direction, isForced, old?.bytes, cancellation)
            // What is replaced is kept before it is, as the bytes of a step that can be done again.
            let moved = steps
            try Self.usable { () throws(LockfileError) in
                try states.change(keeping: [old?.bytes].compactMap(\.self), limit: nil, unless: cancellation) {
                    $0 = moved
                }
            }
            do {
                return try write(outcome, to: folder, name, like: old)
            } catch {
                try? states.change(keeping: [], limit: PinStates.patience, unless: nil) { $0 = before }
                throw error
            }
        }
    }

    private func write(
        _ outcome: UndoOutcome, to folder: borrowing Folder, _ name: String, like old: Folder.File?
    ) throws -> UndoOutcome {
        guard let bytes = outcome.new else {
            // There was no lock, and so nothing that a `default.nix` could have read.
            try folder.removeFile(named: name)
            removeDefaultNix()
            return outcome
        }
        if bytes != old?.bytes {
            folder.removeStaleTemporaries(of: name)
            try folder.replaceFile(named: name, with: bytes, like: old)
        }
        return UndoOutcome(
            steps: outcome.steps, old: outcome.old, new: outcome.new, defaultNix: refreshDefaultNix(force: false))
    }

    private func outcome(
        _ steps: inout UndoSteps, _ states: PinStates, _ direction: UndoDirection, _ isForced: Bool, _ old: [UInt8]?,
        _ cancellation: Cancellation?
    ) throws -> UndoOutcome {
        let time = recorder?.clock() ?? 0
        let current = old.map { SHA256.hash($0) }
        func bytes(_ state: SHA256Digest?) throws(LockfileError) -> [UInt8]? {
            guard let state else { return nil }
            return state == current ? old : try states.bytes(of: state, unless: cancellation)
        }
        let move: UndoSteps.Move
        do throws(UndoSteps.Refusal) {
            switch direction {
            case .back: move = try steps.goBack(from: current, isForced: isForced, time: time)
            case .forward: move = try steps.goForward(from: current, isForced: isForced, time: time)
            }
        } catch {
            switch error {
            case .nothingToUndo(let isAllUndone): throw UndoError.nothingToUndo(isAllUndone: isAllUndone)
            case .nothingToRedo: throw UndoError.nothingToRedo
            case .alreadyBack(let step): throw UndoError.alreadyBack(step)
            case .changedOutside(let step):
                // A step that was made outside of pinr is what differs.
                let left = step.command == nil ? step.before : step.after
                throw UndoError.changedOutside(step, left: try bytes(left), now: old)
            }
        }
        let new = try bytes(move.target)
        if move.target != nil && new == nil { throw UndoError.stateLost(folder: states.folder.path) }
        return UndoOutcome(
            steps: try move.steps.map { ($0, try bytes($0.before), try bytes($0.after)) }, old: old, new: new,
            defaultNix: nil)
    }

    // MARK: What is remembered

    /// What commands did to this lock, and the bytes of it before and after each, where they are still there.
    ///
    /// - Throws: `UndoError.nowhere`, `LockfileError`
    public func undoSteps(
        unless cancellation: Cancellation? = nil
    ) throws -> (steps: UndoSteps, bytes: [SHA256Digest: [UInt8]]) {
        let states = try states()
        let steps = try Self.usable { () throws(LockfileError) in try states.steps(unless: cancellation) }
        var bytes: [SHA256Digest: [UInt8]] = [:]
        for state in steps.states { bytes[state] = try? states.bytes(of: state, unless: cancellation) }
        return (steps, bytes)
    }

    /// Tells trouble with what is remembered from trouble with the lock.
    private static func usable<Value>(_ body: () throws(LockfileError) -> Value) throws -> Value {
        do throws(LockfileError) {
            return try body()
        } catch {
            if error.reason == .cancelled { throw error }
            throw UndoError.unusable(error)
        }
    }

    private func states() throws(UndoError) -> PinStates {
        guard let folder = recorder?.folder else { throw .nowhere }
        return PinStates(folder: folder, lock: realPath)
    }

    /// Takes the `default.nix` of a lock away that is no more, if it is as it was generated.
    private func removeDefaultNix() {
        guard let path = location.defaultNixPath, let target = try? FileTarget(of: path),
            let folder = try? Folder(target.folder), let file = try? folder.file(named: target.name)
        else { return }
        switch DefaultNix.inspect(file.bytes) {
        case .current, .older: unlinkat(folder.descriptor, target.name, 0)
        case .newer, .edited, .foreign: break
        }
    }
}

extension Folder {
    /// Removes a file, also from the disk; one that is not there is fine.
    /// - Throws: `LockfileError`
    fileprivate func removeFile(named name: String) throws(LockfileError) {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
            throw failure(.system(.rename, errnum: errno), name)
        }
        guard retryingInterrupted({ fsync(descriptor) }) == 0 || errno == EINVAL else {
            throw failure(.system(.synchronize, errnum: errno), name)
        }
    }
}

extension FileTarget {
    /// The absolute path of a file without symbolic links, also where its folder is missing: as far as there is one.
    static func settledPath(of path: String) -> String {
        if let target = try? FileTarget(of: path) { return LockLocation.join(target.folder, target.name) }
        let (folder, name) = split(path)
        // The working directory and the root are there, unless nothing is.
        if folder == "." || folder == "/" { return path }
        return LockLocation.join(settledPath(of: folder), name)
    }
}
