internal import CArchive

extension ArchiveReader {
    /// Looks at the headers that libarchive has just read, for what 3.8 makes other things of than an older one.
    func checkHeaders(of entry: [UInt8]?) throws(ArchiveError) {
        // Positions are those of what was given only where libarchive has taken off no compression.
        guard !isZip, archive_filter_count(handle) == 1,
            archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_TAR
        else { return }
        var position = UInt64(clamping: archive_read_header_position(handle))
        guard TarExtensionCheck.mayBegin(at: position, in: feed.fed) else { return }
        var check = TarExtensionCheck()
        while true {
            guard let header = feed.fed.bytes(at: position, count: TarExtensionCheck.blockSize) else {
                throw .refusedHeaders(entry: entry, .tooLong)
            }
            // Where the archive ends without zeros, nothing is there.
            guard header.count == TarExtensionCheck.blockSize else { return }
            guard let length = TarExtensionCheck.length(of: header.span),
                let size = TarExtensionCheck.size(in: header.span)
            else { throw .refusedHeaders(entry: entry, .tooLong) }
            guard length > 0 else {
                if let fault = check.end(header: header.span) { throw .refusedHeaders(entry: entry, fault) }
                return
            }
            guard let body = feed.fed.bytes(at: position + UInt64(TarExtensionCheck.blockSize), count: size) else {
                throw .refusedHeaders(entry: entry, .tooLong)
            }
            if let fault = check.add(header: header.span, body: body.span) {
                throw .refusedHeaders(entry: entry, fault)
            }
            position += UInt64(length)
        }
    }
}
