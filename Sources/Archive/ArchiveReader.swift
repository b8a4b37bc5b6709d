internal import CArchive
public import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Reads the entries of a tar or zip archive, under any compression that Nix reads, one after the other.
///
/// The reader is libarchive, which Nix itself unpacks with, set up as Nix 2.24 and later set it up: its idea of odd
/// archives is the specification. Format and compression are told by the content, never by a name. No locale is set,
/// so names come as raw bytes.
///
/// The source is read, and the compressions are taken off, on a thread of its own, a few blocks ahead of the reader. It
/// ends with `finish`, with `close`, or with the reader; all three wait until it is gone.
public final class ArchiveReader {
    private var library: ArchiveHandle
    private let blocks: Blocks
    let feed: ArchiveFeed
    private let decompression: Decompression
    private let worker: Worker
    /// What a zip archive was copied to, as long as it is read.
    private var copy: UnlinkedFile?
    private let spoolDirectory: String
    private var isOpen = false
    private var isFinished = false
    /// Whether it is a zip archive that is read by the directory at its end, as Nix reads one under a `.zip` URL; known
    /// after `recognise`.
    public private(set) var isZip = false
    /// Where the hole begins that the contents end in, after they were handed over; nil when they end in data.
    public private(set) var holeAtEnd: UInt64?
    private var current: (path: [UInt8], size: UInt64?)?
    /// The name of the last entry that was read, with all that belongs to it.
    private var last: [UInt8]?

    /// Starts the thread, and waits for nothing.
    /// - Parameters:
    ///   - source: the archive as it was downloaded, compressed or not; from now on another thread reads it.
    ///   - spoolDirectory: where the unlinked copy of a zip archive lies; no other archive is copied.
    ///   - inflation: what inflates gzip; what was read with `.fast` counts only if `finish` says so.
    ///   - limits: how far it may expand.
    /// - Throws: `ArchiveError.unavailable`, `ThreadError`.
    public init(
        _ source: sending any ByteSource, spoolDirectory: String, inflation: Inflation = .fast,
        limits: DecompressionLimits = DecompressionLimits()
    ) throws {
        let decompression = Decompression(source, inflation, limits)
        self.decompression = decompression
        self.spoolDirectory = spoolDirectory
        blocks = Blocks(decompression.ring)
        feed = ArchiveFeed(blocks.next)
        library = try ArchiveHandle(.entries)
        worker = try Worker(decompression.run)
    }

    deinit { close() }

    /// Stops reading the source, wherever that is, and waits until its thread is gone; what was not read is lost.
    public func close() {
        isFinished = true
        decompression.cancel()
        worker.join()
    }

    /// What another thread calls to end whatever the reader is at: that and all that comes later throws
    /// `CancellationError`, and its thread ends soon.
    public var interruption: @Sendable () -> Void {
        // Who may want to call it often lives longer than the reader, and is not to keep its blocks.
        { [weak decompression] in decompression?.cancel() }
    }

    /// Reads the source to its end, which the archive may be before, and with it what was downloaded is whole.
    ///
    /// What stands behind the archive's end is decoded for its checksums, and what is wrong with it does not matter.
    /// - Returns: whether what was read is what Nix would read.
    /// - Throws: `CancellationError` after `close` or an interruption, and what the source throws.
    public func finish() throws -> InflationVerdict {
        if isFinished { throw CancellationError() }
        isFinished = true
        decompression.ring.wish(for: .end)
        worker.join()
        try decompression.ring.conclusion()
        return decompression.verdict(isWhole: true)
    }

    /// After an error: whether it may have come of inflating fast, so that only reading with `Inflation.exact` tells.
    public var isDoubtful: Bool { decompression.verdict(isWhole: false) == .doubtful }

    /// Whether a gzip member was met whose checksum or size is not that of its data; known of what was inflated fast.
    public var hasWrongChecksum: Bool { decompression.progress.wrongChecksums.value > 0 }

    /// How many bytes were read from the source so far.
    public var compressedBytes: UInt64 { decompression.progress.compressed.value }

    /// Recognises the archive and gets ready for its first entry.
    private func open() throws {
        let opening = try decompression.ring.waitForOpening()
        if !ForeignFormat.isZip(opening.head) {
            // What has compressions around it is read as the stream that it is, and nothing else is tried.
            blocks.keeps = opening.compressions == 0
            if library.open(feed) {
                if ForeignFormat.isISO9660(blocks.start) { throw ArchiveError.unsupportedFormat("ISO 9660") }
                blocks.keeps = false
                return
            }
            try feed.check()
            // Nothing more of what no Nix unpacks is downloaded.
            if let format = ForeignFormat.name(of: blocks.start) { throw ArchiveError.unsupportedFormat(format) }
            guard opening.compressions == 0 else { throw openFailure() }
            // What is left is a zip archive behind something else: a program that unpacks itself.
            library = try ArchiveHandle(.entries)
        }
        let copy = try blocks.spool(in: spoolDirectory)
        self.copy = copy
        guard archive_read_open_fd(handle, copy.descriptor, 64 << 10) == ARCHIVE_OK else { throw openFailure() }
        isZip = true
    }

    /// The blocks of the ring, and those that were read so far until the format is known.
    private final class Blocks {
        var keeps = false {
            didSet { if !keeps { kept = [] } }
        }
        /// The first bytes without the compressions, by which formats are told.
        private(set) var start: [UInt8] = []
        private let ring: BlockRing
        private var kept: [UInt8] = []

        init(_ ring: BlockRing) { self.ring = ring }

        func next() throws -> UnsafeRawBufferPointer? {
            let block = try ring.next()
            if let block {
                if start.isEmpty { start = Array(block.prefix(ForeignFormat.headSize)) }
                if keeps { kept.append(contentsOf: block) }
            }
            return block
        }

        /// Copies the whole stream, from its first byte, to an unlinked file.
        /// - Throws: `ArchiveError.spoolFailed` and what the source throws.
        func spool(in directory: String) throws -> UnlinkedFile {
            let file = try UnlinkedFile(in: directory)
            let begun = kept
            kept = []
            try file.append(begun.span.bytes)
            while let block = try ring.next() { try file.append(block.bytes) }
            return file
        }
    }

    var handle: OpaquePointer { library.pointer }

    /// Waits until it is known what kind of archive it is; `next` does so too.
    /// - Throws: `ArchiveError`, and what the source throws.
    public func recognise() throws {
        if isOpen { return }
        isOpen = true
        do {
            try open()
        } catch {
            // There is nothing that could be read.
            decompression.cancel()
            throw error
        }
    }

    /// The next entry, or nil at the end of the archive; the first time, it recognises the archive.
    /// - Throws: `ArchiveError`, and what the source throws.
    public func next() throws -> ArchiveEntry? {
        if isFinished { return nil }
        try recognise()
        if let path = current?.path { last = path }
        current = nil
        holeAtEnd = nil
        var entry: OpaquePointer?
        // What comes with the first entry has been kept since the archive was opened.
        if !feed.fed.isKeeping { feed.fed.keep(true) }
        let result = library.nextHeader(&entry)
        defer { feed.fed.keep(false) }
        // A stream that breaks between two entries, or in one, is no end of the archive, whatever libarchive makes of it.
        try feed.check()
        if result == ARCHIVE_EOF {
            // libarchive takes a stream that breaks in its first bytes for one without any.
            if archive_format(handle) == ARCHIVE_FORMAT_EMPTY, feed.failure != nil { throw failure() }
            try checkHeaders(of: nil)
            return nil
        }
        // As in Nix, a warning is no reason to stop, but an entry without a name is.
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN, let entry else { throw failure() }
        // It has one that is flagged as UTF-8 and cannot be converted, as Nix could not.
        guard let name = archive_entry_pathname(entry) else {
            throw malformed(library.errorText ?? "an entry's name cannot be read")
        }
        let path = bytes(of: name)
        try checkHeaders(of: path)
        let size = archive_entry_size_is_set(entry) != 0 ? UInt64(clamping: archive_entry_size(entry)) : nil
        current = (path, size)
        return ArchiveEntry(path: path, kind: kind(of: entry, size: size), modified: Int64(archive_entry_mtime(entry)))
    }

    private func kind(of entry: OpaquePointer, size: UInt64?) -> ArchiveEntry.Kind {
        if let target = archive_entry_hardlink(entry) { return .hardLink(target: bytes(of: target)) }
        switch UInt32(archive_entry_filetype(entry)) {
        case 0o040000: return .directory
        case 0o100000: return .file(size: size, isExecutable: archive_entry_mode(entry) & 0o100 != 0)
        case 0o120000: return .symlink(target: archive_entry_symlink(entry).map { bytes(of: $0) } ?? [])
        case 0o010000: return .special("FIFO")
        case 0o020000: return .special("character device")
        case 0o060000: return .special("block device")
        case 0o140000: return .special("socket")
        default: return .special("entry of unknown type")
        }
    }

    /// Hands over the contents of the entry that `next` returned, in order and without gaps: holes become zeros.
    /// - Throws: `ArchiveError`, what the source throws and what `body` throws.
    public func contents(_ body: (RawSpan) throws -> Void) throws {
        // Nix does not ask for what is not there, about which libarchive may complain.
        if current?.size == 0 { return }
        var position: Int64 = 0
        while true {
            var block: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let result = archive_read_data_block(handle, &block, &count, &offset)
            try feed.check()
            if result == ARCHIVE_EOF { break }
            // A warning here is a wrong checksum, on which Nix stops too.
            guard result == ARCHIVE_OK else { throw failure() }
            guard offset >= position else {
                throw malformed("overlapping sparse blocks")
            }
            let (end, overflows) = offset.addingReportingOverflow(Int64(count))
            guard !overflows else {
                throw malformed("sparse blocks beyond any size")
            }
            try zeros(Int(offset - position), body)
            try body(UnsafeRawBufferPointer(start: block, count: count).bytes)
            position = end
        }
        if let size = current?.size, let end = Int64(exactly: size), end > position {
            holeAtEnd = UInt64(position)
            try zeros(Int(end - position), body)
        }
    }

    private static let zeroBlock = [UInt8](repeating: 0, count: 64 << 10)

    private func zeros(_ count: Int, _ body: (RawSpan) throws -> Void) throws {
        var rest = count
        while rest > 0 {
            let some = min(rest, Self.zeroBlock.count)
            try body(Self.zeroBlock.span.bytes.extracting(first: some))
            rest -= some
        }
    }

    // MARK: libarchive

    private func openFailure() -> ArchiveError {
        let detail = library.errorText ?? ""
        // Any other complaint than this one is about an archive that was recognised.
        return feed.failure == nil && detail == "Unrecognized archive format"
            ? .notAnArchive(detail: detail) : failure()
    }

    /// What libarchive says, or where that follows from it, what is wrong with the compressed data.
    private func failure() -> ArchiveError {
        malformed(
            (feed.failure as? DecodeFailure)?.detail ?? library.errorText ?? "a header is damaged or not all there")
    }

    private func malformed(_ detail: String) -> ArchiveError {
        .malformed(entry: current?.path, after: current == nil ? last : nil, detail: detail)
    }

    private func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}
