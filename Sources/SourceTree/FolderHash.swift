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
        try walk.node(named: Array(path.utf8), in: AT_FDCWD, path: Array(path.utf8), depth: 0)
        return try walk.nar.finish()
    }

    private mutating func node(
        named name: [UInt8], in directory: Int32, path: [UInt8], depth: Int
    ) throws {
        try cancellation.throwIfCancelled()
        let name = name.map { CChar(bitPattern: $0) } + [0]
        var status = stat()
        guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw TreeError.unreadable(path: path, errnum: errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            try nar.symlink(to: try target(of: name, in: directory, path: path))
        case S_IFREG:
            try file(named: name, in: directory, path: path, status)
        case S_IFDIR:
            guard depth <= depthLimit else { throw TreeError.tooDeep(path: path, limit: depthLimit) }
            try folder(named: name, in: directory, path: path, depth: depth)
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

    private mutating func file(
        named name: [CChar], in directory: Int32, path: [UInt8], _ status: stat
    ) throws {
        // What has become a FIFO since it was looked at is not waited for.
        let descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw TreeError.unreadable(path: path, errnum: errno) }
        defer { close(descriptor) }
        // Not every file system gives a size that is one; what is read then is not what was said.
        let size = UInt64(clamping: status.st_size)
        try nar.beginFile(size: size, isExecutable: status.st_mode & S_IXUSR != 0)
        var done: UInt64 = 0
        do {
            while done < size {
                try cancellation.throwIfCancelled()
                done += UInt64(try nar.contents { try Self.readSome(from: descriptor, into: &$0, path: path) })
            }
            try nar.endFile()
        } catch NARError.wrongFileSize {
            throw TreeError.changedWhileRead(path: path)
        }
    }

    /// Reads as much as there is room for, at most; never nothing.
    private static func readSome(from descriptor: Int32, into span: inout OutputSpan<UInt8>, path: [UInt8]) throws {
        try span.withUnsafeMutableBufferPointer { target, filled in
            var count = -1
            repeat {
                count = read(descriptor, target.baseAddress, target.count)
            } while count < 0 && errno == EINTR
            guard count >= 0 else { throw TreeError.unreadable(path: path, errnum: errno) }
            guard count > 0 else { throw TreeError.changedWhileRead(path: path) }
            filled = count
        }
    }

    private mutating func folder(
        named name: [CChar], in directory: Int32, path: [UInt8], depth: Int
    ) throws {
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
        for name in names {
            let inner = path + [UInt8(ascii: "/")] + name
            guard name.count <= NARLimits.nameLength else { throw TreeError.nameTooLong(path: inner) }
            try nar.entry(named: name)
            try node(named: name, in: dirfd(stream), path: inner, depth: depth + 1)
        }
        try nar.endDirectory()
    }

    /// The names in a folder, in NAR order.
    private static func names(in stream: OpaquePointer, path: [UInt8]) throws(TreeError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
        }
        guard errno == 0 else { throw .unreadable(path: path, errnum: errno) }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
