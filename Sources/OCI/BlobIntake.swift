internal import Archive
internal import NixHash
internal import Threads

/// The bytes of a blob as they arrive: counted, hashed, and kept where they are to be read again.
final class BlobIntake: ByteSource {
    private let source: any ByteSource
    private let descriptor: Descriptor
    private let spool: UnlinkedFile
    private var hash: SHA256? = SHA256()
    private var received: UInt64 = 0

    init(_ source: any ByteSource, _ descriptor: Descriptor, spool: UnlinkedFile) {
        (self.source, self.descriptor, self.spool) = (source, descriptor, spool)
    }

    var interruption: @Sendable () -> Void { source.interruption }

    /// - Throws: `BlobFault.wrongSize` as soon as there are more bytes than there should be, `ArchiveError.spoolFailed`,
    ///   what the source throws
    func next(_ chunk: inout [UInt8]) throws -> Bool {
        guard try source.next(&chunk) else { return false }
        received += UInt64(chunk.count)
        guard received <= descriptor.size else {
            throw BlobFault.wrongSize(expected: descriptor.size, actual: received, isWhole: false)
        }
        hash?.update(chunk)
        try spool.append(chunk.span.bytes)
        return true
    }

    /// Takes the rest of the bytes in.
    func drain() throws {
        var chunk: [UInt8] = []
        while try next(&chunk) {}
    }

    /// Sees to it that what came is what was announced.
    /// - Throws: `BlobFault`
    func check() throws {
        guard received == descriptor.size else {
            throw BlobFault.wrongSize(expected: descriptor.size, actual: received, isWhole: true)
        }
        guard let actual = hash.take()?.finish() else { return }
        guard actual == descriptor.digest else { throw BlobFault.wrongDigest(actual: actual) }
    }
}
