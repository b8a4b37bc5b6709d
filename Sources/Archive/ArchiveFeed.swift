#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// What libarchive pulls its bytes from.
///
/// Its callback can only say that there was a failure, so that the failure itself is kept here.
final class ArchiveFeed {
    /// Why there were no more bytes: a `DecodeFailure`, which libarchive may pass over, or another error, which counts
    /// whatever libarchive makes of it.
    private(set) var failure: (any Error)?
    /// What libarchive was given lately.
    var fed = FedBlocks()
    private let next: () throws -> UnsafeRawBufferPointer?

    /// - Parameter next: gives the next bytes, which stay where they are until the next call; nil at the end.
    init(_ next: @escaping () throws -> UnsafeRawBufferPointer?) { self.next = next }

    /// The next bytes for libarchive: their count, 0 at the end, -1 after a failure.
    func read(_ result: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
        // What happens on the way to the bytes is none of libarchive's business (`ArchiveHandle.nextHeader`).
        defer { errno = 0 }
        fed.willGive()
        do {
            guard let bytes = try next() else { return 0 }
            fed.give(bytes)
            result?.pointee = bytes.baseAddress
            return bytes.count
        } catch {
            failure = error
            return -1
        }
    }

    /// - Throws: a failure of the stream itself, and not of what decodes it.
    func check() throws {
        if let failure, !(failure is DecodeFailure) { throw failure }
    }
}
