internal import CLzma

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Decodes xz on as many threads as there are processors, where the stream has several blocks that say how long they are.
///
/// liblzma with the settings of libarchive's filter but for the threads: concatenated streams and padding are fine, and
/// anything else behind them is not, nor is a wrong checksum.
final class XzCoder: Coder {
    /// What the threads may take together before there are fewer; a block that does not fit is decoded by one alone.
    private static let threadingMemory: UInt64 = 256 << 20

    private let input: Window
    private let stream: UnsafeMutablePointer<lzma_stream>
    private var total = 0

    /// Whether there is an xz stream, told as libarchive tells it.
    static func bids(on window: Window) throws -> Bool {
        try window.ahead(6) && window.bytes.prefix(6).elementsEqual([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00])
    }

    /// - Throws: `ArchiveError.unavailable`
    init(_ input: Window) throws(ArchiveError) {
        self.input = input
        stream = .allocate(capacity: 1)
        // All zeros, as LZMA_STREAM_INIT is.
        stream.initialize(to: lzma_stream())
        var options = lzma_mt()
        options.flags = lzma_concatenated
        options.threads = UInt32(clamping: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        options.memlimit_threading = Self.threadingMemory
        options.memlimit_stop = .max
        let result = lzma_stream_decoder_mt(stream, &options)
        guard result == LZMA_OK else { throw .unavailable(detail: "liblzma: \(Self.text(result))") }
    }

    deinit {
        // Waits for its threads.
        lzma_end(stream)
        stream.deallocate()
    }

    func decode(into buffer: UnsafeMutableRawBufferPointer) throws -> Decoded {
        let isThere: Bool
        do {
            isThere = try input.ahead(1)
        } catch is DecodeFailure {
            return Decoded(count: 0, outcome: .failed(DecodeFailure(detail: "truncated input"), reachesBack: false))
        }
        let bytes = input.bytes
        stream.pointee.next_in = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = bytes.count
        stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        // One chunk at a time: some damage liblzma notices only when it has filled what it was given.
        let room = min(buffer.count, Chunk.size - total % Chunk.size)
        stream.pointee.avail_out = room
        let result = lzma_code(stream, isThere ? LZMA_RUN : LZMA_FINISH)
        input.consume(bytes.count - stream.pointee.avail_in)
        let count = room - stream.pointee.avail_out
        total += count
        switch result {
        case LZMA_OK: return Decoded(count: count, outcome: .more)
        case LZMA_STREAM_END: return Decoded(count: count, outcome: .ended)
        case LZMA_MEM_ERROR: throw ArchiveError.unavailable(detail: "liblzma: \(Self.text(result))")
        default:
            let failure = DecodeFailure(detail: "Lzma library error: \(Self.text(result))")
            // What comes out only at the end of the input is not met before a full chunk was handed on.
            return Decoded(count: count, outcome: .failed(failure, reachesBack: isThere))
        }
    }

    /// The words of libarchive.
    private static func text(_ result: lzma_ret) -> String {
        switch result {
        case LZMA_MEM_ERROR: "Cannot allocate memory"
        case LZMA_MEMLIMIT_ERROR: "Out of memory"
        case LZMA_FORMAT_ERROR: "format not recognized"
        case LZMA_OPTIONS_ERROR: "Invalid options"
        case LZMA_DATA_ERROR: "Corrupted input data"
        case LZMA_BUF_ERROR: "the data is cut short"
        default: "error \(result.rawValue)"
        }
    }
}
