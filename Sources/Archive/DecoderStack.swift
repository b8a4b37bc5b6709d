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
    init(_ input: Window, _ inflation: Inflation, _ progress: Progress) throws {
        var window = input
        var count = 0
        // These have decoders here that do better than libarchive's. It looks for all, and one of its own would be no
        // more sure of such a stream.
        while inflation == .fast, count <= Self.limit, let coder = try Self.coder(on: window, progress) {
            window = Window(ChunkedDecoder(coder, progress))
            count += 1
        }
        // A stage that fails in its first chunk: nothing can be recognised.
        if let failure = window.failure { throw failure }
        let library = count > Self.limit ? nil : try LibraryDecoder(window, progress)
        count += library?.count ?? 0
        guard count <= Self.limit else {
            throw DecodeFailure(detail: "Input requires too many filters for decoding")
        }
        self.count = count
        content = library ?? window
    }

    private static func coder(on window: Window, _ progress: Progress) throws -> (any Coder)? {
        do {
            if try Inflater.isAvailable && GzipCoder.bids(on: window) { return GzipCoder(window, progress) }
            if try XzCoder.bids(on: window) { return try XzCoder(window) }
        } catch is DecodeFailure {
            // The window knows.
        }
        return nil
    }
}
