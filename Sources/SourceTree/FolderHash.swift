public import NixHash
public import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The NAR hash of what lies on disk, as `nix hash path` gives it.
public struct FolderHash: ~Copyable {
    private var nar: NARWriter
    private let depthLimit: Int
    private let cancellation: Cancellation

    private init(depthLimit: Int, cancellation: Cancellation) {
        // Files are opened and read beside the hashing: each takes about half of the time.
        nar = NARWriter(depthLimit: depthLimit, hashesOnThread: true)
        self.depthLimit = depthLimit
        self.cancellation = cancellation
    }

    /// Hashes the file, symbolic link or folder at `path`.
    ///
    /// Blocks: call it on a thread of its own.
    /// - Parameter limits: of these the depth counts.
    /// - Throws: `TreeError`, `CancellationError` when cancelled, and `NARError` for a folder that no file system should
    ///   give, such as one with a name twice.
    public static func hash(
        path: String, limits: TreeLimits = TreeLimits(), cancellation: Cancellation
    ) throws -> NARWriter.Summary {
        var walk = FolderHash(depthLimit: limits.depth, cancellation: cancellation)
        let name = Array(path.utf8)
        try walk.node(named: name, kind: UInt8(DT_UNKNOWN), in: AT_FDCWD, path: name, depth: 0)
        return try walk.nar.finish()
    }

    /// Hashes what has this name in an open folder.
    /// - Parameter kind: what the folder says that it is, one of `DT_…`; that spares a call for each.
    private mutating func node(
        named name: [UInt8], kind: UInt8, in directory: Int32, path: [UInt8], depth: Int
    ) throws {
        try cancellation.throwIfCancelled()
        var terminated = name.map { CChar(bitPattern: $0) }
        terminated.append(0)
        switch Int(kind) {
        case Int(DT_LNK): try nar.symlink(to: try target(of: terminated, in: directory, path: path))
        case Int(DT_REG): try file(named: terminated, in: directory, path: path)
        case Int(DT_DIR): try folder(named: terminated, in: directory, path: path, depth: depth)
        default: try unknown(named: terminated, in: directory, path: path, depth: depth)
        }
    }

    private mutating func unknown(named name: [CChar], in directory: Int32, path: [UInt8], depth: Int) throws {
        var status = stat()
        guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw TreeError.unreadable(path: path, errnum: errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFLNK: try nar.symlink(to: try target(of: name, in: directory, path: path))
        case S_IFREG: try file(named: name, in: directory, path: path)
        case S_IFDIR: try folder(named: name, in: directory, path: path, depth: depth)
        case S_IFIFO: throw TreeError.unsupportedType("FIFO", path: path)
        case S_IFCHR: throw TreeError.unsupportedType("character device", path: path)
        case S_IFBLK: throw TreeError.unsupportedType("block device", path: path)
        default: throw TreeError.unsupportedType("socket", path: path)
        }
    }

    private func target(of name: [CChar], in directory: Int32, path: [UInt8]) throws(TreeError) -> [UInt8] {
        // One byte more than is allowed, to tell what is cut off.
        var target = [CChar](repeating: 0, count: NARLimits.targetLength + 1)
        let count = readlinkat(directory, name, &target, target.count)
        guard count >= 0 else { throw .unreadable(path: path, errnum: errno) }
        guard (1...NARLimits.targetLength).contains(count) else { throw .illegalTarget(path: path) }
        return target.prefix(count).map { UInt8(bitPattern: $0) }
    }

    private mutating func file(named name: [CChar], in directory: Int32, path: [UInt8]) throws {
        // What has become a FIFO since it was looked at is not waited for.
        let descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw TreeError.unreadable(path: path, errnum: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw TreeError.unreadable(path: path, errnum: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw TreeError.changedWhileRead(path: path) }
        // Not every file system gives a size that is one; what is read then is not what was said.
        let size = UInt64(clamping: status.st_size)
        try nar.beginFile(size: size, isExecutable: status.st_mode & S_IXUSR != 0)
        var done: UInt64 = 0
        do {
            repeat {
                try cancellation.throwIfCancelled()
                let count = try nar.contents { try Self.readSome(from: descriptor, into: &$0, path: path) }
                if count == 0 { break }
                done += UInt64(count)
            } while done < size
            try nar.endFile()
        } catch NARError.wrongFileSize {
            throw TreeError.changedWhileRead(path: path)
        }
    }

    /// Reads as much as there is room for, at most; nothing at the file's end.
    private static func readSome(
        from descriptor: Int32, into span: inout OutputSpan<UInt8>, path: [UInt8]
    ) throws(TreeError) {
        let errnum = span.withUnsafeMutableBufferPointer { target, filled -> Int32 in
            while true {
                let count = read(descriptor, target.baseAddress, target.count)
                if count < 0 && errno == EINTR { continue }
                filled = max(count, 0)
                return count < 0 ? errno : 0
            }
        }
        guard errnum == 0 else { throw .unreadable(path: path, errnum: errnum) }
    }

    private mutating func folder(named name: [CChar], in directory: Int32, path: [UInt8], depth: Int) throws {
        guard depth <= depthLimit else { throw TreeError.tooDeep(path: path, limit: depthLimit) }
        let descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw TreeError.unreadable(path: path, errnum: errno) }
        guard let stream = fdopendir(descriptor) else {
            let errnum = errno
            close(descriptor)
            throw TreeError.unreadable(path: path, errnum: errnum)
        }
        defer { closedir(stream) }
        let names = try Self.names(in: stream, path: path)
        try nar.beginDirectory()
        var inner = path + [UInt8(ascii: "/")]
        let length = inner.count
        for (name, kind) in names {
            inner.removeSubrange(length...)
            inner += name
            guard name.count <= NARLimits.nameLength else { throw TreeError.nameTooLong(path: inner) }
            try nar.entry(named: name)
            try node(named: name, kind: kind, in: dirfd(stream), path: inner, depth: depth + 1)
        }
        try nar.endDirectory()
    }

    /// The names in a folder, in NAR order, and what the folder says that they are.
    private static func names(
        in stream: OpaquePointer, path: [UInt8]
    ) throws(TreeError) -> [(name: [UInt8], kind: UInt8)] {
        var names: [(name: [UInt8], kind: UInt8)] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [0x2E] && name != [0x2E, 0x2E] { names.append((name, entry.pointee.d_type)) }
        }
        guard errno == 0 else { throw .unreadable(path: path, errnum: errno) }
        return names.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
}
