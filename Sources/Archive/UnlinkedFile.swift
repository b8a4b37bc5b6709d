#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A temporary file that has no name: it is gone when it is closed, however the program ends.
///
/// Its own position stays at the first byte, for a reader that keeps to that.
public final class UnlinkedFile {
    let descriptor: Int32
    /// How many bytes were appended.
    public private(set) var size: UInt64 = 0

    /// - Parameter directory: where the file lies, as long as it lives.
    /// - Throws: `ArchiveError.spoolFailed`
    public init(in directory: String) throws(ArchiveError) {
        // Not mkstemp: a program that another thread starts before the flag is set would inherit the file and keep it.
        var path: String
        var opened: Int32
        repeat {
            path = "\(directory)/pinr-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
            opened = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        } while opened < 0 && (errno == EEXIST || errno == EINTR)
        guard opened >= 0 else { throw .spoolFailed(errnum: errno) }
        descriptor = opened
        // What is thrown from here on is thrown with everything set, so that `deinit` closes the descriptor.
        guard unlink(path) == 0 else { throw .spoolFailed(errnum: errno) }
    }

    deinit { close(descriptor) }

    /// Writes the bytes at the end.
    /// - Throws: `ArchiveError.spoolFailed`
    public func append(_ bytes: RawSpan) throws(ArchiveError) {
        try write(bytes, at: size)
        size += UInt64(bytes.byteCount)
    }

    /// Writes the bytes from `offset` on, which `append` does not count.
    /// - Throws: `ArchiveError.spoolFailed`
    public func write(_ bytes: RawSpan, at offset: UInt64) throws(ArchiveError) {
        let errnum = bytes.withUnsafeBytes { buffer -> Int32 in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
                if count < 0 && errno == EINTR { continue }
                if count < 0 { return errno }
                done += count
            }
            return 0
        }
        guard errnum == 0 else { throw .spoolFailed(errnum: errnum) }
    }

    /// Fills the first `count` bytes of `buffer`, which grows where it has to, with the bytes from `offset` on.
    /// - Throws: `ArchiveError.spoolFailed` when they are not all there.
    public func read(into buffer: inout [UInt8], count: Int, at offset: UInt64) throws(ArchiveError) {
        if buffer.count < count { buffer = [UInt8](repeating: 0, count: count) }
        let errnum = buffer.withUnsafeMutableBytes { target -> Int32 in
            var done = 0
            while done < count {
                guard let base = target.baseAddress else { return EINVAL }
                let got = pread(descriptor, base + done, count - done, off_t(offset) + off_t(done))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { return errno }
                if got == 0 { return EIO }
                done += got
            }
            return 0
        }
        guard errnum == 0 else { throw .spoolFailed(errnum: errnum) }
    }

    /// Puts the bytes from `offset` on into the free room of `span`, some of them and at most `count`.
    /// - Throws: `ArchiveError.spoolFailed` when there is none.
    public func read(
        into span: inout OutputSpan<UInt8>, atMost count: Int, at offset: UInt64
    ) throws(ArchiveError) {
        let errnum = span.withUnsafeMutableBufferPointer { target, filled -> Int32 in
            let room = UnsafeMutableBufferPointer(rebasing: target[filled...])
            while true {
                let got = pread(descriptor, room.baseAddress, min(count, room.count), off_t(offset))
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { return got < 0 ? errno : EIO }
                filled += got
                return 0
            }
        }
        guard errnum == 0 else { throw .spoolFailed(errnum: errnum) }
    }
}
