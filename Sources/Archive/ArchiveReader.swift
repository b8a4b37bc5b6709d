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
public final class ArchiveReader {
    private var library: ArchiveHandle
    private let feed: ArchiveFeed
    /// Whether it is a zip archive that is read by the directory at its end, as Nix reads one under a `.zip` URL.
    public private(set) var isZip = false
    private var current: (path: [UInt8], size: UInt64?)?

    /// Recognises the archive and gets ready for its first entry.
    /// - Parameters:
    ///   - source: the archive as it was downloaded, compressed or not.
    ///   - spoolDirectory: where the unlinked copy of a zip archive lies; no other archive is copied.
    /// - Throws: `ArchiveError`, and what `source` throws.
    public init(_ source: any ByteSource, spoolDirectory: String) throws {
        feed = try ArchiveFeed(source)
        if ForeignFormat.isISO9660(feed.head) { throw ArchiveError.unsupportedFormat("ISO 9660") }
        library = try ArchiveHandle()
        if !feed.startsAsZip {
            if library.open(feed) {
                feed.keepsNothing()
                return
            }
            if let error = feed.failure { throw error }
            // Nothing more of what no Nix unpacks is downloaded.
            if let format = ForeignFormat.name(of: feed.head) { throw ArchiveError.unsupportedFormat(format) }
            // What is left is a zip archive behind something else: a program that unpacks itself.
            library = try ArchiveHandle()
        }
        let copy = try feed.spool(in: spoolDirectory)
        guard archive_read_open_fd(handle, copy.descriptor, 64 << 10) == ARCHIVE_OK else { throw openFailure() }
        isZip = true
    }

    private var handle: OpaquePointer { library.pointer }

    /// The next entry, or nil at the end of the archive.
    /// - Throws: `ArchiveError`, and what the source throws.
    public func next() throws -> ArchiveEntry? {
        current = nil
        var entry: OpaquePointer?
        let result = archive_read_next_header(handle, &entry)
        // A stream that breaks between two entries, or in one, is no end of the archive, whatever libarchive makes of it.
        if let error = feed.failure { throw error }
        if result == ARCHIVE_EOF { return nil }
        // As in Nix, a warning is no reason to stop, but an entry without a name is.
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN, let entry else { throw failure() }
        guard let name = archive_entry_pathname(entry) else { throw failure() }
        let path = bytes(of: name)
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
        var position: Int64 = 0
        while true {
            var block: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let result = archive_read_data_block(handle, &block, &count, &offset)
            if let error = feed.failure { throw error }
            if result == ARCHIVE_EOF { break }
            // A warning here is a wrong checksum, on which Nix stops too.
            guard result == ARCHIVE_OK else { throw failure() }
            guard offset >= position else {
                throw ArchiveError.malformed(entry: current?.path, detail: "overlapping sparse blocks")
            }
            let (end, overflows) = offset.addingReportingOverflow(Int64(count))
            guard !overflows else {
                throw ArchiveError.malformed(entry: current?.path, detail: "sparse blocks beyond any size")
            }
            try zeros(Int(offset - position), body)
            try body(UnsafeRawBufferPointer(start: block, count: count).bytes)
            position = end
        }
        if let size = current?.size, let end = Int64(exactly: size), end > position {
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

    private func openFailure() -> any Error {
        if let error = feed.failure { return error }
        let detail = library.errorText
        // Any other complaint than this one is about an archive that was recognised.
        return detail == "Unrecognized archive format"
            ? ArchiveError.notAnArchive(detail: detail) : ArchiveError.malformed(entry: nil, detail: detail)
    }

    private func failure() -> ArchiveError {
        .malformed(entry: current?.path, detail: library.errorText)
    }

    private func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}
