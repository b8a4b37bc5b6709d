internal import CArchive
public import Threads

/// A stream without the compressions around it, as Nix decodes the body of a response that says it has a
/// `Content-Encoding`.
///
/// Any compression that Nix reads is taken off, however many there are; what has none is refused, as by Nix. A zip archive
/// inside is no stream then, but the file that it was, to be read by its directory.
public final class DecodedSource: ByteSource {
    private let source: any ByteSource
    private var reading: (feed: ArchiveFeed, library: ArchiveHandle)?
    private var isAtEnd = false

    /// Nothing is read from `source` before the first `next`.
    public init(_ source: any ByteSource) { self.source = source }

    /// - Throws: `ArchiveError`, and what the source throws.
    public func next(_ chunk: inout [UInt8]) throws -> Bool {
        if isAtEnd { return false }
        let (feed, library) = try reading ?? open()
        while true {
            var block: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let result = archive_read_data_block(library.pointer, &block, &count, &offset)
            if let error = feed.failure { throw error }
            if result == ARCHIVE_EOF {
                isAtEnd = true
                // What stands behind the end of the compressed data is not decoded, but it has to arrive all the same.
                while try source.next(&chunk) {}
                return false
            }
            guard result == ARCHIVE_OK else { throw failure(library) }
            if count == 0 { continue }
            chunk.removeAll(keepingCapacity: true)
            chunk.append(contentsOf: UnsafeRawBufferPointer(start: block, count: count))
            return true
        }
    }

    /// Recognises the compressions, and goes to the one entry that libarchive makes of the rest.
    private func open() throws -> (feed: ArchiveFeed, library: ArchiveHandle) {
        let feed = try ArchiveFeed(source)
        feed.keepsNothing()
        let library = try ArchiveHandle(.bytes)
        reading = (feed, library)
        var entry: OpaquePointer?
        let isOpen = library.open(feed)
        let result = isOpen ? archive_read_next_header(library.pointer, &entry) : ARCHIVE_FATAL
        if let error = feed.failure { throw error }
        // Nothing at all is an archive without an entry, whose data ends at once.
        guard result == ARCHIVE_OK || result == ARCHIVE_EOF else { throw failure(library) }
        // One is there always: that which only hands the bytes on.
        guard result == ARCHIVE_EOF || archive_filter_count(library.pointer) > 1 else {
            throw ArchiveError.malformed(entry: nil, detail: "its server says that it is encoded, and it is not")
        }
        return (feed, library)
    }

    private func failure(_ library: ArchiveHandle) -> ArchiveError {
        .malformed(entry: nil, detail: library.errorText)
    }
}
