/// What decodes one compression, as far as it gets in a call.
protocol Coder: AnyObject {
    /// Decodes some more into `buffer`, which is not empty.
    /// - Throws: what is not the compression's fault: what the source throws, `ArchiveError`.
    func decode(into buffer: UnsafeMutableRawBufferPointer) throws -> Decoded
}

/// What a call of a coder gave.
struct Decoded {
    enum Outcome {
        case more
        /// A member of the stream is at its end and there may be another one.
        case memberEnded
        case ended
        /// - Parameter reachesBack: whether a full chunk right before it, which was in the making when the failure was met,
        ///   is dropped: libarchive's filters return neither what they decoded nor a chunk that is full by then.
        case failed(DecodeFailure, reachesBack: Bool)
    }

    var count: Int
    var outcome: Outcome
}

/// Hands on what a coder decodes in whole chunks, of which the one with an error in it is dropped.
///
/// When their output is full, zlib and liblzma still read on to the next byte that they cannot put anywhere, and so come
/// upon an end, or an error, that lies right behind a full chunk. So does this one, to drop the same chunks.
final class ChunkedDecoder: Decoder {
    private let coder: any Coder
    private let progress: Progress
    private var total: UInt64 = 0
    /// The byte that was decoded ahead.
    private var carry: UInt8?
    private var isAtEnd = false
    private var failure: DecodeFailure?

    init(_ coder: any Coder, _ progress: Progress) {
        self.coder = coder
        self.progress = progress
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let failure { throw failure }
        var count = 0
        if let carry {
            buffer[0] = carry
            count = 1
            self.carry = nil
        }
        var isMidMember = false
        while count < buffer.count && !isAtEnd {
            let decoded = try coder.decode(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            count += decoded.count
            switch decoded.outcome {
            case .more: isMidMember = true
            case .memberEnded: isMidMember = false
            case .ended: isAtEnd = true
            case .failed(let error, let reachesBack): return try kept(of: count, error, reachesBack)
            }
        }
        while isMidMember && carry == nil && !isAtEnd {
            var next: UInt8 = 0
            let decoded = try withUnsafeMutableBytes(of: &next) { try coder.decode(into: $0) }
            if decoded.count == 1 { carry = next }
            switch decoded.outcome {
            case .more: break
            case .memberEnded: isMidMember = false
            case .ended: isAtEnd = true
            case .failed(let error, let reachesBack):
                carry = nil
                return try kept(of: count, error, reachesBack && decoded.count == 0)
            }
        }
        total += UInt64(count)
        try progress.check(total)
        return count
    }

    /// How much of what was decoded before an error is handed on; the error comes the next time, or now.
    private func kept(of count: Int, _ error: DecodeFailure, _ reachesBack: Bool) throws -> Int {
        failure = error
        let kept = Chunk.whole(reachesBack ? max(count - 1, 0) : count)
        if kept == 0 { throw error }
        return kept
    }
}
