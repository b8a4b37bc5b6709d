internal import CArchive

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Owns libarchive's handle of one archive that is read.
final class ArchiveHandle {
    /// What is looked for.
    enum Content {
        /// A tar or zip archive, the formats of Nix 2.24 and later, without any compression around it.
        case entries
        /// Any bytes under one compression: libarchive's `raw` format, an archive of one entry.
        case bytes(under: LibraryFilter)
        /// The same, but that libarchive recognises the compression, and takes it off as often as it is there.
        case bytesRecognising(LibraryFilter)
        /// Any bytes under compressions that are not of `LibraryFilter`.
        case bytesUnderOthers
    }

    let pointer: OpaquePointer

    /// - Throws: `ArchiveError.unavailable`
    init(_ content: Content) throws(ArchiveError) {
        guard let pointer = archive_read_new() else { throw .unavailable(detail: "out of memory") }
        self.pointer = pointer
        // No `_all`: that would also start programs for compressions which the library lacks.
        let results =
            switch content {
            case .entries:
                [archive_read_support_format_tar(pointer), archive_read_support_format_zip(pointer)]
            case .bytes(let filter):
                [archive_read_append_filter(pointer, filter.code), archive_read_support_format_raw(pointer)]
            case .bytesRecognising(let filter):
                [
                    archive_read_support_filter_by_code(pointer, filter.code),
                    archive_read_support_format_raw(pointer),
                ]
            case .bytesUnderOthers:
                [
                    archive_read_support_filter_lzma(pointer), archive_read_support_filter_uu(pointer),
                    archive_read_support_filter_compress(pointer), archive_read_support_format_raw(pointer),
                ]
            }
        guard (results + [archive_read_support_format_empty(pointer)]).allSatisfy({ $0 == ARCHIVE_OK }) else {
            throw .unavailable(detail: errorText ?? "a format is missing")
        }
    }

    /// Starts on a stream, which must outlive the reading; false when libarchive does not recognise it, or it failed.
    func open(_ feed: ArchiveFeed) -> Bool {
        let result = archive_read_open2(
            pointer, Unmanaged.passUnretained(feed).toOpaque(), nil,
            { _, client, block in
                guard let client else { return -1 }
                return Unmanaged<ArchiveFeed>.fromOpaque(client).takeUnretainedValue().read(block)
            }, nil, nil)
        return result == ARCHIVE_OK
    }

    /// Goes on to the next entry; the result is libarchive's.
    ///
    /// libarchive looks into `errno` for why a name could not be converted, though nothing has put a reason there, and takes
    /// a lack of memory that some call had on this thread long ago for one of now.
    func nextHeader(_ entry: inout OpaquePointer?) -> Int32 {
        errno = 0
        return archive_read_next_header(pointer, &entry)
    }

    deinit { archive_read_free(pointer) }

    /// What libarchive says of its last failure, which is not always anything.
    var errorText: String? { archive_error_string(pointer).map { String(cString: $0) } }
}
