internal import CArchive

/// Takes off a compression with libarchive's own filter.
final class LibraryDecoder: Decoder {
    /// How many compressions there are; more than one only of those that are not of `LibraryFilter`.
    let count: Int

    private let library: ArchiveHandle
    private let feed: ArchiveFeed
    private let progress: Progress
    private var total: UInt64 = 0
    /// What libarchive gave and was not yet handed on.
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)
    private var isAtEnd = false
    private var failure: DecodeFailure?

    /// What libarchive reads, as long as it does.
    private final class Input {
        private let window: Window
        /// How far it was given, from its first byte on; nil once it is not to be read again.
        private var given: Int? = 0

        init(_ window: Window) { self.window = window }

        func next() throws -> UnsafeRawBufferPointer? {
            if let given {
                guard try given < window.bytes.count || window.more() else { return nil }
                self.given = window.bytes.count
                return UnsafeRawBufferPointer(rebasing: window.bytes[given...])
            }
            window.consume(window.bytes.count)
            return try window.more() ? window.bytes : nil
        }

        /// Takes what was given for read.
        func goOn() { given = nil }
    }

    /// - Parameter filter: the compression, or nil to look for those that are not of `LibraryFilter`: then there is no
    ///   decoder when there are none, and the window is as it was but for having looked ahead.
    /// - Throws: `DecodeFailure`, `ArchiveError`, and what the source throws.
    init?(_ window: Window, _ filter: LibraryFilter?, _ progress: Progress) throws {
        var opened = try Self.open(window, filter.map { .bytes(under: $0) } ?? .bytesUnderOthers)
        if let filter, opened.result == ARCHIVE_EOF {
            // Nothing at all, or an error in the first chunk: what it is, is told only by who recognises.
            opened = try Self.open(window, .bytesRecognising(filter))
        }
        (library, feed, self.progress) = (opened.library, opened.feed, progress)
        // One is there always: that which only hands the bytes on.
        count = Int(archive_filter_count(library.pointer)) - 1
        guard count > 0 else { return nil }
        opened.input.goOn()
        switch opened.result {
        case ARCHIVE_OK: break
        // Nothing at all is an archive without an entry.
        case ARCHIVE_EOF: isAtEnd = true
        default: failure = DecodeFailure(detail: library.errorText ?? "the compressed data are damaged")
        }
    }

    private struct Opened {
        let library: ArchiveHandle
        let feed: ArchiveFeed
        let input: Input
        /// What came of looking for the entry that the bytes are.
        let result: Int32
    }

    /// Opens what begins where the window does, and leaves that as it was but for having looked ahead.
    private static func open(_ window: Window, _ content: ArchiveHandle.Content) throws -> Opened {
        let input = Input(window)
        let feed = ArchiveFeed(input.next)
        let library = try ArchiveHandle(content)
        let isOpen = library.open(feed)
        try feed.check()
        guard isOpen else {
            throw feed.failure as? DecodeFailure
                ?? DecodeFailure(detail: library.errorText ?? "the compressed data are damaged")
        }
        var entry: OpaquePointer?
        let result = library.nextHeader(&entry)
        try feed.check()
        return Opened(library: library, feed: feed, input: input, result: result)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            if block.isEmpty {
                guard try advance() else { break }
            }
            let count = min(buffer.count - filled, block.count)
            let some = UnsafeRawBufferPointer(rebasing: block[..<count])
            UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyMemory(from: some)
            block = UnsafeRawBufferPointer(rebasing: block[count...])
            filled += count
        }
        if filled == 0, let failure { throw failure }
        total += UInt64(filled)
        try progress.check(total)
        return filled
    }

    /// Gets the next block; false at the end, and at a failure.
    private func advance() throws -> Bool {
        while !isAtEnd && failure == nil {
            var base: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let result = archive_read_data_block(library.pointer, &base, &count, &offset)
            try feed.check()
            switch result {
            case ARCHIVE_OK: block = UnsafeRawBufferPointer(start: base, count: count)
            case ARCHIVE_EOF: isAtEnd = true
            default: failure = DecodeFailure(detail: library.errorText ?? "the compressed data are damaged")
            }
            if !block.isEmpty { return true }
        }
        return false
    }
}
