/// Decodes gzip with ISA-L, member after member, as libarchive's filter does with zlib.
///
/// Members may be empty; what stands behind the last one and is none is not looked at; a missing trailer is an error.
/// Unlike libarchive it compares the checksum and the size in the trailer, and notes where they are wrong.
final class GzipCoder: Coder {
    /// So near to the end of a chunk the last symbols count, of which ISA-L may leave more undecoded than zlib when the
    /// stream is cut short.
    private static let margin: UInt64 = 1024

    private let input: Window
    private let progress: Progress
    private let inflater = Inflater()
    private var isInMember = false
    /// Of the member.
    private var isEmpty = true
    private var total: UInt64 = 0

    /// Whether there is a gzip stream, told as libarchive tells it.
    static func bids(on window: Window) throws -> Bool { try GzipHeader.length(in: window) != nil }

    init(_ input: Window, _ progress: Progress) {
        self.input = input
        self.progress = progress
    }

    func decode(into buffer: UnsafeMutableRawBufferPointer) throws -> Decoded {
        do {
            if try !isInMember && !begin() { return Decoded(count: 0, outcome: .ended) }
            return try inflate(into: buffer)
        } catch is DecodeFailure {
            return cutShort(0)
        }
    }

    /// Goes behind the header of the next member; false when there is none, or the stage before fails there.
    private func begin() throws -> Bool {
        let length: Int?
        do {
            length = try GzipHeader.length(in: input)
        } catch is DecodeFailure {
            return false
        }
        guard var rest = length else { return false }
        while rest > 0 {
            guard try input.ahead(1) else { break }
            let some = min(rest, input.bytes.count)
            input.consume(some)
            rest -= some
        }
        inflater.begin()
        isInMember = true
        isEmpty = true
        progress.unverified.add(1)
        return true
    }

    private func inflate(into buffer: UnsafeMutableRawBufferPointer) throws -> Decoded {
        var bytes = input.bytes
        if bytes.isEmpty, try input.ahead(1) { bytes = input.bytes }
        let (taken, count, outcome) = inflater.inflate(bytes, into: buffer)
        input.consume(taken)
        total += UInt64(count)
        if count > 0 { isEmpty = false }
        switch outcome {
        case .more:
            return taken > 0 || count > 0 ? Decoded(count: count, outcome: .more) : cutShort(count)
        case .ended:
            isInMember = false
            if try endsRight() { return Decoded(count: count, outcome: .memberEnded) }
            return Decoded(count: count, outcome: .failed(Self.truncated, reachesBack: !isEmpty))
        case .invalid:
            progress.doubts.add(1)
            let failure = DecodeFailure(detail: "gzip decompression failed")
            return Decoded(count: count, outcome: .failed(failure, reachesBack: true))
        }
    }

    private static let truncated = DecodeFailure(detail: "truncated gzip input")

    private func cutShort(_ count: Int) -> Decoded {
        let size = UInt64(Chunk.size)
        if size - total % size <= Self.margin { progress.doubts.add(1) }
        return Decoded(count: count, outcome: .failed(Self.truncated, reachesBack: false))
    }

    /// Reads the trailer (RFC 1952, 2.3.1); false when it is not there.
    private func endsRight() throws -> Bool {
        var trailer = inflater.leftover
        let rest = 8 - trailer.count
        do {
            guard try input.ahead(rest) else { return false }
        } catch is DecodeFailure {
            return false
        }
        trailer += input.bytes.prefix(rest)
        input.consume(rest)
        func number(at index: Int) -> UInt32 {
            trailer[index..<index + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        if number(at: 0) == inflater.checksum && number(at: 4) == inflater.size {
            progress.unverified.subtract(1)
        } else {
            progress.wrongChecksums.add(1)
            progress.doubts.add(1)
        }
        return true
    }
}
