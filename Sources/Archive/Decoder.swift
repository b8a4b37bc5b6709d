internal import Threads

/// A stage that bytes are pulled out of, at the end of a chain that begins with the archive as it was downloaded.
///
/// Nix reads through libarchive's filters, which hand on chunks of 64 KiB and drop the one in which an error lies. What
/// is read here comes in the same chunks, so that a damaged archive is one from the same byte on.
protocol Decoder: AnyObject {
    /// Fills `buffer` from its start.
    /// - Parameter buffer: a multiple of `Chunk.size`, and not empty.
    /// - Returns: how many bytes; less than there is room for only at the end or before an error, 0 only at the end.
    /// - Throws: `DecodeFailure`; `ArchiveError` for what is refused whatever Nix does; what the source throws.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

enum Chunk {
    /// The unit in which decoded bytes are handed on, or dropped because of an error in them.
    static let size = 64 << 10

    /// The largest multiple of the size that is not above `count`.
    static func whole(_ count: Int) -> Int { count - count % size }
}

/// The compressed data is damaged or cut short: what libarchive would say of it.
struct DecodeFailure: Error {
    let detail: String
}

/// What is known of a decompression while it runs, for every thread to read.
final class Progress: Sendable {
    let limits: DecompressionLimits
    /// Set when nobody wants the bytes any more; every stage looks at it before it hands some on.
    let cancellation = Cancellation()
    /// How many bytes of the archive as it was downloaded were read.
    let compressed = Counter()
    /// How many members of gzip streams were begun and not yet found right.
    let unverified = Counter()
    /// How many members had another checksum or size than their trailer says.
    let wrongChecksums = Counter()
    /// How many times ISA-L found invalid data, or a checksum was wrong.
    let doubts = Counter()

    init(_ limits: DecompressionLimits) { self.limits = limits }

    /// - Parameter total: how many bytes one stage gave so far.
    /// - Throws: `ArchiveError.expandsTooMuch`, `CancellationError`
    func check(_ total: UInt64) throws {
        try cancellation.throwIfCancelled()
        guard total > 1 << 30 else { return }
        let (most, overflows) = compressed.value.multipliedReportingOverflow(by: limits.ratio)
        if !overflows && total > most { throw ArchiveError.expandsTooMuch(ratio: limits.ratio) }
    }
}

/// The first stage: the archive as it comes from its source.
final class RawInput: Decoder {
    private let source: any ByteSource
    private let progress: Progress
    private var chunk: [UInt8] = []
    private var position = 0

    init(_ source: any ByteSource, _ progress: Progress) {
        self.source = source
        self.progress = progress
    }

    /// Gives what one chunk of the source holds, or the rest of it, and waits for no second one.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard try position < chunk.count || advance() else { return 0 }
        let count = min(buffer.count, chunk.count - position)
        chunk.withUnsafeBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
        }
        position += count
        return count
    }

    /// Reads on to the end, for nothing but to see that it comes.
    func drain() throws {
        while try advance() {}
    }

    private func advance() throws -> Bool {
        position = 0
        try progress.cancellation.throwIfCancelled()
        guard try source.next(&chunk) else {
            chunk = []
            return false
        }
        progress.compressed.add(UInt64(chunk.count))
        return true
    }
}
