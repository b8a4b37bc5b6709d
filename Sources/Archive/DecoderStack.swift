/// The decoders for the compressions that a stream has around it, as many as there are.
struct DecoderStack {
    /// libarchive gives up on a stream that has more.
    private static let limit = 24

    /// What is inside all of them.
    let content: any Decoder
    /// How many there are.
    let count: Int

    /// Recognises the compressions by their content.
    /// - Throws: `DecodeFailure`, `ArchiveError`, and what the source throws.
    init(
        _ input: Window, _ inflation: Inflation, _ progress: Progress, _ coats: DecodedSource.Coats = .all
    ) throws {
        var window = input
        var count = 0
        let wanted = coats == .outermost ? 1 : Self.limit + 1
        while count < wanted, let stage = try Self.stage(on: window, inflation, progress) {
            window = Window(stage.decoder)
            count += stage.count
        }
        // A stage that fails in its first chunk: nothing can be recognised.
        if let failure = window.failure { throw failure }
        guard count <= Self.limit else {
            throw DecodeFailure(detail: "Input requires too many filters for decoding")
        }
        self.count = count
        content = window
    }

    /// What decodes the outermost compression of a stream, or nil when there is none, or the stage before fails.
    private static func stage(
        on window: Window, _ inflation: Inflation, _ progress: Progress
    ) throws -> (decoder: any Decoder, count: Int)? {
        let filter: LibraryFilter?
        do {
            filter = try LibraryFilter.recognise(window)
        } catch is DecodeFailure {
            // The window knows.
            return nil
        }
        // Two have decoders here that do better than libarchive's.
        switch (filter, inflation) {
        case (.gzip, .fast) where Inflater.isAvailable:
            return (ChunkedDecoder(GzipCoder(window, progress), progress), 1)
        case (.xz, .fast): return (ChunkedDecoder(try XzCoder(window), progress), 1)
        default: return try LibraryDecoder(window, filter, progress).map { ($0, $0.count) }
        }
    }
}
