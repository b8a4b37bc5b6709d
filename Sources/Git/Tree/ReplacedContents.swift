internal import NixHash
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A file on disk that is hashed in the place of an object's contents.
struct ReplacedContents: Sendable, Equatable {
    private static let chunkSize = 256 << 10

    let path: String
    /// In bytes; the NAR has it before the contents, so that it must be that of the file.
    let size: UInt64

    /// - Throws: `GitError.system`, with `EIO` for a file of another size; `CancellationError`
    func write(isExecutable: Bool, into nar: inout NARWriter, cancellation: Cancellation) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw GitError.system(call: "open", path: path, errnum: errno) }
        defer { close(file) }
        try nar.beginFile(size: size, isExecutable: isExecutable)
        var chunk = [UInt8](repeating: 0, count: Self.chunkSize)
        var left = size
        while true {
            try cancellation.throwIfCancelled()
            let count = read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw GitError.system(call: "read", path: path, errnum: errno) }
            guard UInt64(count) <= left else { throw GitError.system(call: "read", path: path, errnum: EIO) }
            if count == 0 { break }
            left -= UInt64(count)
            try chunk.withUnsafeBytes { try nar.contents(UnsafeRawBufferPointer(rebasing: $0[..<count]).bytes) }
        }
        guard left == 0 else { throw GitError.system(call: "read", path: path, errnum: EIO) }
        try nar.endFile()
    }
}
