internal import Archive
internal import NixHash
internal import SourceTree
internal import Threads

/// A layer as the registry has it, in a file without a name, with what is known of it once it was read: every byte counted
/// and every digest compared.
///
/// An archive says how long a layer is before its first byte, and nobody says how long it is unpacked. So it is unpacked
/// twice: once while it arrives, for its length and digest, and once from the file. The file holds it compressed, which is
/// less to write than it is unpacked; and unpacking is faster than most disks are.
final class SpooledLayer: @unchecked Sendable {
    // @unchecked: nothing of it changes once it is there, and the file is only read from then on, at offsets that each
    // read says, which any number of threads may do.

    /// Its bytes as they came.
    private let file: UnlinkedFile
    private let blobSize: UInt64
    private let isCompressed: Bool
    private let ratio: UInt64
    /// How many bytes it has unpacked.
    let size: UInt64
    /// Their digest.
    let contents: SHA256Digest

    /// Takes a layer in from a stream.
    /// - Parameter room: how many bytes it may have unpacked.
    /// - Throws: `BlobFault`, `OversizedLayer`, `ArchiveError`, what the source throws
    init(
        _ source: any ByteSource, _ descriptor: Descriptor, room: UInt64, ratio: UInt64, directory: String,
        cancellation: Cancellation
    ) throws {
        file = try UnlinkedFile(in: directory)
        let intake = BlobIntake(source, descriptor, spool: file)
        var hash = SHA256()
        var size: UInt64 = 0
        let layer = LayerContents(intake, ratio: ratio)
        do {
            var chunk: [UInt8] = []
            while try layer.next(&chunk) {
                try cancellation.throwIfCancelled()
                size += UInt64(chunk.count)
                if size > room { throw OversizedLayer() }
                hash.update(chunk)
            }
        } catch ArchiveError.malformed(_, _, let detail) {
            // What is damaged need not decompress: then that is said of it.
            try intake.drain()
            try intake.check()
            throw BlobFault.undecodable(detail: detail)
        }
        try intake.check()
        (isCompressed, contents, self.size, self.ratio) = (layer.isCompressed, hash.finish(), size, ratio)
        blobSize = descriptor.size
    }

    /// Hands over what it unpacks to, chunk after chunk, and says how many bytes that are.
    /// - Throws: `ArchiveError`, what `body` throws
    func read(cancellation: Cancellation, _ body: (inout [UInt8]) throws -> Void) throws -> UInt64 {
        let layer = LayerContents(SpoolSource(file, size: blobSize), ratio: ratio)
        var count: UInt64 = 0
        var chunk: [UInt8] = []
        while try layer.next(&chunk) {
            try cancellation.throwIfCancelled()
            count += UInt64(chunk.count)
            try body(&chunk)
        }
        return count
    }
}

/// More bytes than there is room for.
struct OversizedLayer: Error {}

/// What a layer unpacks to: its bytes without their compression, if they have one of those that skopeo knows.
///
/// It is told by the first bytes and not by the type in the manifest, which skopeo does not ask either. Of two
/// compressions around each other the outer one is taken off.
final class LayerContents: ByteSource {
    private let raw: any ByteSource
    private let ratio: UInt64
    private var source: (any ByteSource)?
    private(set) var isCompressed = false

    let interruption: @Sendable () -> Void

    /// gzip, bzip2, xz and zstd.
    private static let magics: [[UInt8]] = [
        [0x1F, 0x8B, 0x08], [0x42, 0x5A, 0x68], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], [0x28, 0xB5, 0x2F, 0xFD],
    ]

    init(_ raw: any ByteSource, ratio: UInt64) {
        (self.raw, self.ratio) = (raw, ratio)
        interruption = raw.interruption
    }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        if let source { return try source.next(&chunk) }
        var head: [UInt8] = []
        while head.count < 6, try raw.next(&chunk) { head += chunk }
        let begun = BegunSource(head, raw)
        isCompressed = Self.magics.contains { head.starts(with: $0) }
        // The digest of what comes out is compared: a fast decoder may read it.
        let opened: any ByteSource =
            isCompressed
            ? DecodedSource(begun, coats: .outermost, inflation: .fast, limits: DecompressionLimits(ratio: ratio))
            : begun
        source = opened
        return try opened.next(&chunk)
    }
}

/// A stream of which the first bytes have been read already.
private final class BegunSource: ByteSource {
    private var head: [UInt8]
    private let rest: any ByteSource

    init(_ head: [UInt8], _ rest: any ByteSource) { (self.head, self.rest) = (head, rest) }

    var interruption: @Sendable () -> Void { rest.interruption }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        guard !head.isEmpty else { return try rest.next(&chunk) }
        chunk = head
        head = []
        return true
    }
}

/// The bytes of a blob that lies in a file.
private final class SpoolSource: ByteSource {
    private static let chunkSize = 256 << 10

    private let file: UnlinkedFile
    private let size: UInt64
    private var position: UInt64 = 0

    init(_ file: UnlinkedFile, size: UInt64) { (self.file, self.size) = (file, size) }

    var interruption: @Sendable () -> Void { {} }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        guard position < size else { return false }
        let count = Int(min(UInt64(Self.chunkSize), size - position))
        if chunk.count > count { chunk.removeLast(chunk.count - count) }
        try file.read(into: &chunk, count: count, at: position)
        position += UInt64(count)
        return true
    }
}
