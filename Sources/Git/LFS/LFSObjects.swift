internal import NixHash
internal import Synchronization
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Objects of Git LFS that were fetched, in a temporary folder of their own.
///
/// Its methods block.
public final class LFSObjects: Sendable {
    private let folder: TemporaryFolder
    private let stored = Mutex<Set<LFSPointer>>([])

    /// - Throws: `GitError.system`
    init(temporaryDirectory: String) throws(GitError) {
        folder = try TemporaryFolder(in: temporaryDirectory)
    }

    deinit {
        close()
    }

    /// Removes the folder now; the objects cannot be read any more.
    public func close() {
        folder.remove()
    }

    /// Says that there will not be room enough before anything is fetched.
    ///
    /// - Throws: `LFSError.noRoom`
    func makeSureOfRoom(for pointers: some Sequence<LFSPointer>) throws(LFSError) {
        var needed = 0
        for pointer in Set(pointers) where !contains(pointer) {
            needed = needed.addingReportingOverflow(pointer.size).overflow ? .max : needed + pointer.size
        }
        var status = statvfs()
        guard statvfs(folder.path, &status) == 0 else { return }
        let available = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        guard UInt64(needed) <= available else {
            throw .noRoom(folder: folder.path, needed: needed, available: Int(clamping: available))
        }
    }

    func contains(_ pointer: LFSPointer) -> Bool {
        stored.withLock { $0.contains(pointer) }
    }

    /// Where a stored object is.
    func path(of pointer: LFSPointer) -> String {
        folder.path + "/" + pointer.oid.hex
    }

    // MARK: Storing

    /// Keeps what comes, if it is the object: contents are hashed on their way to the disk, and more than there should be
    /// are not even read.
    ///
    /// - Throws: `LFSObjectFault.wrongSize`, `.wrongContents`; `GitError.system`; what reading throws.
    func store(_ pointer: LFSPointer, from source: any ByteSource, cancellation: Cancellation) throws {
        let path = path(of: pointer)
        // One that broke off may be there.
        unlink(path)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw GitError.system(call: "open", path: path, errnum: errno) }
        defer { systemClose(file) }
        var hash = SHA256()
        var count = 0
        var chunk: [UInt8] = []
        while try source.next(&chunk) {
            try cancellation.throwIfCancelled()
            count += chunk.count
            guard count <= pointer.size else {
                throw LFSObjectFault.wrongSize(expected: pointer.size, actual: count, isWhole: false)
            }
            hash.update(chunk)
            try Self.write(chunk, to: file, path)
        }
        guard count == pointer.size else {
            throw LFSObjectFault.wrongSize(expected: pointer.size, actual: count, isWhole: true)
        }
        let digest = hash.finish()
        guard digest == pointer.oid else { throw LFSObjectFault.wrongContents(digest) }
        _ = stored.withLock { $0.insert(pointer) }
    }

    private static func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws(GitError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                systemWrite(file, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(call: "write", path: path, errnum: errno) }
            written += count
        }
    }
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, bytes, count)
}

private func systemClose(_ descriptor: Int32) {
    close(descriptor)
}
