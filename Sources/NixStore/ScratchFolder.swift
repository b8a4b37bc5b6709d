internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A folder for the files that a program of Nix is handed, and for those that it makes beside them; gone with the last
/// reference to it.
public final class ScratchFolder: Sendable {
    public let path: String
    private let isRemoved = Mutex(false)

    /// Makes `PARENT/pinr-nix-XXXXXX`. Blocks: call it on a thread of its own.
    /// - Throws: `NixStoreError.system`
    init(in parent: String) throws(NixStoreError) {
        let template = (parent.isEmpty ? "/tmp" : parent) + "/pinr-nix-XXXXXX"
        var name = Array(template.utf8CString)
        guard mkdtemp(&name) != nil else { throw .system(path: template, errnum: errno) }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard mkdir(temporaryDirectory, 0o700) == 0 else { throw .system(path: temporaryDirectory, errnum: errno) }
    }

    deinit { remove() }

    /// Where programs put their own temporary files.
    var temporaryDirectory: String { "\(path)/tmp" }

    /// The path of a file in it.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a file in it that is written piece by piece.
    ///
    /// - Parameter body: is handed what writes the next bytes.
    /// - Throws: `NixStoreError.system`, and what `body` throws.
    public func write<Value>(_ name: String, _ body: (([UInt8]) throws -> Void) throws -> Value) throws -> Value {
        let path = file(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NixStoreError.system(path: path, errnum: errno) }
        defer { close(descriptor) }
        return try body { bytes in
            var done = 0
            while done < bytes.count {
                let count = bytes[done...].withUnsafeBytes { systemWrite(descriptor, $0) }
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw NixStoreError.system(path: path, errnum: errno) }
                done += count
            }
        }
    }

    /// Removes the folder with everything in it; links are removed, not followed. What cannot be removed stays.
    ///
    /// Blocks. It would go with the last reference too, on whatever thread that is.
    public func remove() {
        isRemoved.withLock { isRemoved in
            guard !isRemoved else { return }
            isRemoved = true
            Self.removeTree(Array(path.utf8CString), in: AT_FDCWD)
        }
    }

    private static func removeTree(_ name: [CChar], in parent: Int32) {
        guard unlinkat(parent, name, 0) != 0, errno == EISDIR || errno == EPERM else { return }
        var directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if directory < 0 && errno == EACCES {
            // What Nix unpacks may have folders that their owner may not read.
            _ = fchmodat(parent, name, 0o700, 0)
            directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        guard directory >= 0 else { return }
        fchmod(directory, 0o700)
        guard let stream = fdopendir(directory) else {
            close(directory)
            return
        }
        while let entry = readdir(stream) {
            let inner = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
            }
            if inner != [0x2E, 0] && inner != [0x2E, 0x2E, 0] { removeTree(inner, in: dirfd(stream)) }
        }
        closedir(stream)
        unlinkat(parent, name, AT_REMOVEDIR)
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
