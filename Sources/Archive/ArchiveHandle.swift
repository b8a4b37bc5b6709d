internal import CArchive

/// Owns libarchive's handle of one archive that is read, with the formats and compressions of Nix 2.24 and later.
final class ArchiveHandle {
    /// What is looked for below the compressions.
    enum Content {
        /// A tar or zip archive.
        case entries
        /// Any bytes: libarchive's `raw` format, an archive of one entry.
        case bytes
    }

    let pointer: OpaquePointer

    /// - Throws: `ArchiveError.unavailable`
    init(_ content: Content = .entries) throws(ArchiveError) {
        guard let pointer = archive_read_new() else { throw .unavailable(detail: "out of memory") }
        self.pointer = pointer
        // No `_all`: that would also start programs for compressions which the library lacks.
        let results = [
            archive_read_support_filter_gzip(pointer), archive_read_support_filter_bzip2(pointer),
            archive_read_support_filter_xz(pointer), archive_read_support_filter_lzma(pointer),
            archive_read_support_filter_lzip(pointer), archive_read_support_filter_zstd(pointer),
            archive_read_support_filter_lz4(pointer), archive_read_support_filter_compress(pointer),
            archive_read_support_filter_uu(pointer), archive_read_support_format_empty(pointer),
        ]
        let formats =
            switch content {
            case .entries: [archive_read_support_format_tar(pointer), archive_read_support_format_zip(pointer)]
            case .bytes: [archive_read_support_format_raw(pointer)]
            }
        guard (results + formats).allSatisfy({ $0 == ARCHIVE_OK }) else { throw .unavailable(detail: errorText) }
    }

    /// Starts on a stream, which must outlive the reading; false when libarchive does not recognise it, or it failed.
    func open(_ feed: ArchiveFeed) -> Bool {
        let client = Unmanaged.passUnretained(feed).toOpaque()
        let result = archive_read_open2(
            pointer, client, nil,
            { _, client, block in
                guard let client else { return -1 }
                return Unmanaged<ArchiveFeed>.fromOpaque(client).takeUnretainedValue().read(block)
            }, nil, nil)
        return result == ARCHIVE_OK
    }

    deinit { archive_read_free(pointer) }

    /// What libarchive says of its last failure.
    var errorText: String {
        archive_error_string(pointer).map { String(cString: $0) } ?? "no reason given"
    }
}
