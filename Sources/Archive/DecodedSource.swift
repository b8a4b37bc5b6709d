public import Threads

/// A stream without the compressions around it, as Nix decodes the body of a response that says it has a
/// `Content-Encoding`.
///
/// Any compression that Nix reads is taken off; what has none is refused, as by Nix. A zip archive inside is no stream
/// then, but the file that it was, to be read by its directory.
public final class DecodedSource: ByteSource {
    /// Which of several compressions around each other are taken off.
    public enum Coats: Sendable {
        /// Every one, however many there are, as by Nix.
        case all
        /// One; what is inside may be compressed in its turn. With `Inflation.fast`, where there is that, nothing may stand
        /// behind the end of gzip: other programs than Nix take it for damage.
        case outermost
    }

    private let input: RawInput
    private let progress: Progress
    private let coats: Coats
    private let inflation: Inflation
    private var content: (any Decoder)?
    /// What is decoded, where it has to end with the compressed data.
    private var whole: Window?
    private var isAtEnd = false

    public let interruption: @Sendable () -> Void

    /// Nothing is read from `source` before the first `next`.
    /// - Parameter inflation: `fast` only where what comes out is compared with a digest: nobody asks here whether a
    ///   checksum was wrong.
    public init(
        _ source: any ByteSource, coats: Coats = .all, inflation: Inflation = .exact,
        limits: DecompressionLimits = DecompressionLimits()
    ) {
        self.coats = coats
        self.inflation = inflation
        progress = Progress(limits)
        input = RawInput(source, progress)
        interruption = { [cancellation = progress.cancellation, interruption = source.interruption] in
            cancellation.cancel()
            interruption()
        }
    }

    /// - Throws: `ArchiveError`, and what the source throws.
    public func next(_ chunk: inout [UInt8]) throws -> Bool {
        if isAtEnd { return false }
        do {
            let content = try content ?? open()
            if chunk.count != BlockRing.blockSize { chunk = [UInt8](repeating: 0, count: BlockRing.blockSize) }
            let count = try chunk.withUnsafeMutableBytes { try content.read(into: $0) }
            chunk.removeLast(chunk.count - count)
            if count > 0 { return true }
        } catch let failure as DecodeFailure {
            throw ArchiveError.malformed(entry: nil, detail: failure.detail)
        }
        isAtEnd = true
        if let whole, try whole.ahead(1) {
            throw ArchiveError.malformed(entry: nil, detail: "something stands behind the end of the gzip stream")
        }
        // What stands behind the end of the compressed data is not decoded, but it has to arrive all the same.
        try input.drain()
        return false
    }

    /// Recognises the compressions.
    private func open() throws -> any Decoder {
        let window = Window(input)
        let isEmpty = try !window.ahead(1)
        let isExact = inflation == .fast && Inflater.isAvailable
        if try coats == .outermost && isExact && GzipCoder.bids(on: window) { whole = window }
        let stack = try DecoderStack(window, inflation, progress, coats)
        guard isEmpty || stack.count > 0 else {
            throw ArchiveError.malformed(entry: nil, detail: "its server says that it is encoded, and it is not")
        }
        content = stack.content
        return stack.content
    }
}
