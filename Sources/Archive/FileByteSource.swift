public import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The bytes of a file on disk, as a stream.
public final class FileByteSource: ByteSource {
    private static let chunkSize = 256 << 10
    private let descriptor: Int32
    private let path: String

    /// Opens a regular file for reading.
    ///
    /// Nothing else is opened, or only for the moment that it takes to find out: a FIFO, say, would be waited for until
    /// somebody writes, and nothing could end that.
    /// - Throws: `ArchiveError.unreadable`, `.notRegularFile`
    public init(path: String) throws(ArchiveError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, errnum: errno) }
        var status = stat()
        // What is thrown from here on is thrown with everything set, so that `deinit` closes the descriptor.
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, errnum: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile(path: path) }
    }

    deinit { close(descriptor) }

    /// Nothing: a file does not keep anybody waiting.
    public var interruption: @Sendable () -> Void { {} }

    public func next(_ chunk: inout [UInt8]) throws -> Bool {
        if chunk.count != Self.chunkSize { chunk = [UInt8](repeating: 0, count: Self.chunkSize) }
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
