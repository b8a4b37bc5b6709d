internal import NixHash
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The objects that a repository of this machine has, in its `lfs/objects` (git-lfs' docs/spec.md).
struct LFSStore: Sendable {
    /// `…/.git/lfs/objects`
    let path: String

    /// - Parameter objectsFolder: that of git's own objects, which all work trees share.
    init(besides objectsFolder: String) {
        path =
            objectsFolder.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/lfs/objects"
    }

    /// Copies an object: what is hashed later must be what was checked, whoever writes to the store meanwhile.
    ///
    /// - Returns: whether it is there.
    /// - Throws: what storing throws.
    func copy(_ pointer: LFSPointer, into objects: LFSObjects, cancellation: Cancellation) throws -> Bool {
        let name = pointer.oid.hex
        let path = "\(path)/\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/\(name)"
        guard let file = OpenFile(path: path) else { return false }
        try objects.store(pointer, from: file, cancellation: cancellation)
        return true
    }
}

/// The bytes of a file.
private final class OpenFile: ByteSource {
    private let file: Int32
    private let path: String

    /// Nil when there is no such file that can be read.
    init?(path: String) {
        file = open(path, O_RDONLY | O_CLOEXEC)
        self.path = path
        guard file >= 0 else { return nil }
    }

    deinit {
        if file >= 0 { systemClose(file) }
    }

    var interruption: @Sendable () -> Void { {} }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        var errnum: Int32 = 0
        chunk = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
            repeat {
                count = systemRead(file, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            errnum = count < 0 ? errno : 0
            count = max(0, count)
        }
        guard errnum == 0 else { throw GitError.system(call: "read", path: path, errnum: errnum) }
        return !chunk.isEmpty
    }
}

private func systemRead(_ file: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
    read(file, buffer, count)
}

private func systemClose(_ descriptor: Int32) {
    close(descriptor)
}
