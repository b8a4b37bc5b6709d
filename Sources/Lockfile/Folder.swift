#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// An open folder, the lock on it, and the files in it by their names.
///
/// Everything is done relative to the open folder: what is locked is what is written to, whatever happens to its path.
struct Folder: ~Copyable {
    let path: String
    let descriptor: CInt

    /// - Throws: `LockfileError`, `notFound` when it is missing.
    init(_ path: String) throws(LockfileError) {
        let descriptor = retryingInterrupted { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            let errnum = errno
            throw LockfileError(errnum == ENOENT ? .notFound : .system(.open, errnum: errnum), file: path)
        }
        self.init(path: path, descriptor: descriptor)
    }

    /// - Parameter descriptor: an open folder, which is closed with this.
    init(path: String, descriptor: CInt) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Lets go of the lock, too: it belongs to the open folder.
    deinit { close(descriptor) }

    // MARK: Locking

    /// Waits until nobody else has the folder locked, and locks it (`flock`).
    ///
    /// The lock leaves nothing in the folder and goes when the process does, however it ends. The wait can be cut short
    /// and told of, which a blocking `flock` could not: hence the short naps.
    /// - Throws: `LockfileError`
    func lock(_ wait: inout LockWait) throws(LockfileError) {
        var nap: UInt32 = 500
        while true {
            if retryingInterrupted({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return }
            guard errno == EWOULDBLOCK else { throw failure(.lock) }
            if wait.isOver { throw LockfileError(.cancelled, file: path) }
            wait.goesOn()
            usleep(nap)
            nap = min(nap * 2, 10_000)
        }
    }

    /// Whether `path` still leads to this folder, which may have been replaced while one waited for the lock.
    func isStillThere() -> Bool {
        var opened = stat()
        var named = stat()
        return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev
            && opened.st_ino == named.st_ino
    }

    // MARK: Files

    /// A file as it was found.
    struct File {
        let bytes: [UInt8]
        let attributes: stat
    }

    /// Reads a file; nil when there is none.
    /// - Throws: `LockfileError`, `notRegularFile` for anything that is no file; without `followsLinks`, `system` for a
    ///   symbolic link.
    func file(named name: String, followsLinks: Bool = true) throws(LockfileError) -> File? {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
        let file = retryingInterrupted { openat(descriptor, name, flags) }
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(errno == ENXIO ? .notRegularFile : .system(.open, errnum: errno), name)
        }
        defer { close(file) }
        var attributes = stat()
        guard fstat(file, &attributes) == 0 else { throw failure(.system(.read, errnum: errno), name) }
        guard attributes.st_mode & S_IFMT == S_IFREG else { throw failure(.notRegularFile, name) }
        guard attributes.st_size <= LockDocument.maximumSize else {
            throw failure(.tooLarge(limit: LockDocument.maximumSize), name)
        }

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = retryingInterrupted { read(file, &chunk, chunk.count) }
            guard count >= 0 else { throw failure(.system(.read, errnum: errno), name) }
            if count == 0 { break }
            guard bytes.count + count <= LockDocument.maximumSize else {
                throw failure(.tooLarge(limit: LockDocument.maximumSize), name)
            }
            bytes += chunk[..<count]
        }
        return File(bytes: bytes, attributes: attributes)
    }

    /// The names of what is in the folder.
    /// - Throws: `LockfileError`
    func names() throws(LockfileError) -> [String] {
        // A descriptor of its own: `closedir` closes what `fdopendir` is given, and each has its own position.
        let own = retryingInterrupted { openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard own >= 0 else { throw failure(.list) }
        guard let listing = fdopendir(own) else {
            let error = failure(.list)
            close(own)
            throw error
        }
        defer { closedir(listing) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(listing) else {
                guard errno == 0 else { throw failure(.list) }
                return names
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            names.append(String(decoding: name, as: UTF8.self))
        }
    }

    // MARK: Errors

    func failure(_ call: LockfileError.SystemCall) -> LockfileError {
        LockfileError(.system(call, errnum: errno), file: path)
    }

    func failure(_ reason: LockfileError.Reason, _ name: String) -> LockfileError {
        LockfileError(reason, file: LockLocation.join(path, name))
    }
}

/// Repeats a system call that a signal interrupted.
func retryingInterrupted<Number: SignedInteger>(_ call: () -> Number) -> Number {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
