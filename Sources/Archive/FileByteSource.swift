public import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The bytes of a file on disk, as a stream.
public final class FileByteSource: ByteSource {
    private let descriptor: Int32
    private let path: String
    private let chunkSize: Int

    /// Opens the file for reading.
    /// - Throws: `ArchiveError.unreadable`
    public init(path: String, chunkSize: Int = 256 << 10) throws(ArchiveError) {
        self.path = path
        self.chunkSize = chunkSize
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, errnum: errno) }
    }

    deinit { close(descriptor) }

    public func next(_ chunk: inout [UInt8]) throws -> Bool {
        if chunk.count != chunkSize { chunk = [UInt8](repeating: 0, count: chunkSize) }
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ArchiveError.unreadable(path: path, errnum: errno) }
            guard count > 0 else { return false }
            if count < chunk.count { chunk.removeLast(chunk.count - count) }
            return true
        }
    }
}
