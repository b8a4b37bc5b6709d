#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A small file that is read at once, such as a configuration.
public enum WholeFile {
    /// Reads a regular file. Blocks: call it on a thread of its own.
    ///
    /// - Parameter limit: how many bytes it may have.
    /// - Throws: `WholeFileError`
    public static func read(_ path: String, limit: Int) throws(WholeFileError) -> [UInt8] {
        // Of a pipe nobody may ever write the end.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(errnum: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errnum: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        guard status.st_size <= limit else { throw .tooLarge(limit: limit) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= limit {
            let count = systemRead(descriptor, &buffer)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(errnum: errno)
            }
            bytes += buffer[..<count]
        }
        throw .tooLarge(limit: limit)
    }
}

/// Why a file cannot be read at once.
public enum WholeFileError: Error, Equatable, Sendable {
    /// A folder, a pipe, a device.
    case notRegular
    case tooLarge(limit: Int)
    case system(errnum: Int32)
}

private func systemRead(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
    read(descriptor, &buffer, buffer.count)
}
