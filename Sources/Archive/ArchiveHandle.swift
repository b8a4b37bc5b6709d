internal import CArchive

/// Owns libarchive's handle of one archive that is read, with the formats and compressions of Nix 2.24 and later.
final class ArchiveHandle {
    let pointer: OpaquePointer

    /// - Throws: `ArchiveError.unavailable`
    init() throws(ArchiveError) {
        guard let pointer = archive_read_new() else { throw .unavailable(detail: "out of memory") }
        self.pointer = pointer
        // No `_all`: that would also start programs for compressions which the library lacks.
        let results = [
            archive_read_support_filter_gzip(pointer), archive_read_support_filter_bzip2(pointer),
            archive_read_support_filter_xz(pointer), archive_read_support_filter_lzma(pointer),
            archive_read_support_filter_lzip(pointer), archive_read_support_filter_zstd(pointer),
            archive_read_support_filter_lz4(pointer), archive_read_support_filter_compress(pointer),
            archive_read_support_filter_uu(pointer), archive_read_support_format_tar(pointer),
            archive_read_support_format_zip(pointer), archive_read_support_format_empty(pointer),
        ]
        guard results.allSatisfy({ $0 == ARCHIVE_OK }) else { throw .unavailable(detail: errorText) }
    }

    deinit { archive_read_free(pointer) }

    /// What libarchive says of its last failure.
    var errorText: String {
        archive_error_string(pointer).map { String(cString: $0) } ?? "no reason given"
    }
}
