public import Threads

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The lock on disk: reads it at any time, changes it one process at a time.
///
/// Everything here blocks; callers run it on a thread (`onThread`). What takes long, a download above all, happens
/// before `update`, whose body only puts the results into the document as it is by then: so two programs that work at
/// the same time both keep what they found.
public struct LockStore: Sendable, Equatable {
    /// Where the lock is.
    public let location: LockLocation
    /// How long another process may keep a change waiting before that is told.
    public var patience: Duration = .seconds(2)
    /// Who writes, and where what was is kept; nil for nobody who could go back.
    public let recorder: StateRecorder?

    /// Nothing is read or made yet.
    public init(location: LockLocation, recorder: StateRecorder? = nil) {
        self.location = location
        self.recorder = recorder
    }

    /// The absolute path of the file without symbolic links, also where it is missing.
    public var realPath: String { FileTarget.settledPath(of: location.path) }

    // MARK: Reading

    /// Reads the lock, without waiting for anybody: a file is replaced as a whole and so always complete.
    ///
    /// - Throws: `LockfileError`
    public func read() throws(LockfileError) -> LockDocument {
        do throws(LockfileError) {
            return try LockDocument(parsing: readBytes())
        } catch {
            throw error.inFile(location.path)
        }
    }

    /// The bytes of the file as they are.
    /// - Throws: `LockfileError`
    public func readBytes() throws(LockfileError) -> [UInt8] {
        do throws(LockfileError) {
            let target = try FileTarget(of: location.path)
            guard let file = try Folder(target.folder).file(named: target.name) else { throw LockfileError(.notFound) }
            return file.bytes
        } catch {
            throw LockfileError(error.reason, file: location.path)
        }
    }

    /// The bytes of the file as they are; nil where there is none.
    /// - Throws: `LockfileError`
    public func readBytesIfThere() throws(LockfileError) -> [UInt8]? {
        do throws(LockfileError) {
            return try readBytes()
        } catch {
            guard error.reason == .notFound else { throw error }
            return nil
        }
    }

    // MARK: Writing

    /// What an update did.
    public struct Update<Value> {
        /// What the body returned.
        public let value: Value
        /// The document as it was found under the lock.
        public let before: LockDocument
        /// The document as it is now.
        public let after: LockDocument
        /// Whether the file was written: not when its bytes would have been the same.
        public let isWritten: Bool
        /// Nil where no `default.nix` is kept.
        public let defaultNix: DefaultNixOutcome?
    }

    /// Changes the lock: reads it anew, lets `body` change it and writes it, while nobody else can.
    ///
    /// The file is locked from before it is read until after it is written. `body` is called once; it must be short and
    /// must change only what its caller means to change, for the document may hold what others have added meanwhile.
    /// Beside the file, `default.nix` is brought up to date.
    /// - Parameters:
    ///   - cancellation: ends the wait for another process.
    ///   - replacingDefaultNix: also when somebody has edited it.
    ///   - whenKeptWaiting: called once, when the wait for another process has outlasted `patience`; never where there is
    ///     none, however long the disk takes.
    /// - Throws: `LockfileError`, and what `body` throws; nothing has been written then.
    public func update<Value>(
        unless cancellation: Cancellation? = nil, replacingDefaultNix: Bool = false,
        whenKeptWaiting: (() -> Void)? = nil, _ body: (inout LockDocument) throws -> Value
    ) throws -> Update<Value> {
        try withLockedFile(unless: cancellation, whenKeptWaiting) { folder, name in
            guard let old = try folder.file(named: name) else { throw LockfileError(.notFound) }
            let before = try LockDocument(parsing: old.bytes)
            try before.requireWritable()
            var document = before
            let value = try body(&document)
            let bytes = try Self.bytes(of: document)
            if bytes != old.bytes { try write(bytes, to: folder, name, like: old) }
            return Update(
                value: value, before: before, after: document, isWritten: bytes != old.bytes,
                defaultNix: refreshDefaultNix(force: replacingDefaultNix))
        }
    }

    /// What `create` did.
    public struct Creation: Sendable, Equatable {
        /// Whether there was no lock before; one that is there is never replaced.
        public let isNew: Bool
        /// Nil where no `default.nix` is kept.
        public let defaultNix: DefaultNixOutcome?
    }

    /// Makes the lock where there is none, and the folder that is to hold it and `default.nix`.
    ///
    /// A lock that is there already is left alone, if it is one that this program may write; `default.nix` is brought up
    /// to date all the same.
    /// - Parameter whenKeptWaiting: as of `update`.
    /// - Throws: `LockfileError`
    public func create(
        _ document: LockDocument = LockDocument(), unless cancellation: Cancellation? = nil,
        replacingDefaultNix: Bool = false, whenKeptWaiting: (() -> Void)? = nil
    ) throws -> Creation {
        let bytes = try Self.bytes(of: document)
        if case .directory(let path) = location { try Self.makeDirectories(path) }
        return try withLockedFile(unless: cancellation, whenKeptWaiting) { folder, name in
            let old = try folder.file(named: name)
            if let old {
                try LockDocument(parsing: old.bytes).requireWritable()
            } else {
                try write(bytes, to: folder, name, like: nil)
            }
            return Creation(isNew: old == nil, defaultNix: refreshDefaultNix(force: replacingDefaultNix))
        }
    }

    /// The bytes to write, after reading them as the next program will: nothing is written that could not be read back.
    private static func bytes(of document: LockDocument) throws(LockfileError) -> [UInt8] {
        let bytes = try document.serialized()
        _ = try LockDocument(parsing: bytes)
        return bytes
    }

    private func write(_ bytes: [UInt8], to folder: borrowing Folder, _ name: String, like old: Folder.File?)
        throws(LockfileError)
    {
        folder.removeStaleTemporaries(of: name)
        // Before the file is replaced: a program that is ended in between has lost nothing.
        let retract = recorder?.record(LockLocation.join(folder.path, name), before: old?.bytes, after: bytes)
        do throws(LockfileError) {
            try folder.replaceFile(named: name, with: bytes, like: old)
        } catch {
            // The one failure after which the new file is there.
            if case .system(.synchronize, _) = error.reason, (try? folder.file(named: name)?.bytes) == bytes {
                throw error
            }
            retract?()
            throw error
        }
    }

    func refreshDefaultNix(force: Bool) -> DefaultNixOutcome? {
        guard let path = location.defaultNixPath else { return nil }
        do throws(LockfileError) {
            return try Lockfile.refreshDefaultNix(at: path, force: force)
        } catch {
            return .failed(error.inFile(path))
        }
    }

    // MARK: The lock on the folder

    /// Runs `body` while the folder is locked in which the file really is.
    func withLockedFile<Value>(
        unless cancellation: Cancellation?, _ whenKeptWaiting: (() -> Void)?,
        _ body: (borrowing Folder, String) throws -> Value
    ) throws -> Value {
        var wait = LockWait(unless: cancellation, patience: patience, notify: whenKeptWaiting)
        do {
            while true {
                let target = try FileTarget(of: location.path)
                let folder = try Folder(target.folder)
                try folder.lock(&wait)
                // While we waited, the folder may have been replaced, or the link turned to another file.
                if try folder.isStillThere() && FileTarget(of: location.path) == target {
                    return try body(folder, target.name)
                }
            }
        } catch let error as LockfileError {
            throw error.inFile(location.path)
        }
    }

    /// Makes a folder and those above it that are missing; one that is there is fine.
    static func makeDirectories(_ path: String) throws(LockfileError) {
        if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        let errnum = errno
        let (parent, _) = FileTarget.split(path)
        guard errnum == ENOENT, !parent.isEmpty, parent.utf8.count < path.utf8.count else {
            throw LockfileError(.system(.makeDirectory, errnum: errnum), file: path)
        }
        try makeDirectories(parent)
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
            throw LockfileError(.system(.makeDirectory, errnum: errno), file: path)
        }
    }
}

extension LockStore.Update: Sendable where Value: Sendable {}
