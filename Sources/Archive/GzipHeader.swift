/// The header of a gzip member (RFC 1952, 2.3), read as libarchive reads it.
enum GzipHeader {
    private static let hasChecksum: UInt8 = 2
    private static let hasExtra: UInt8 = 4
    private static let hasName: UInt8 = 8
    private static let hasComment: UInt8 = 16
    private static let reserved: UInt8 = 0xE0
    /// libarchive 3.8 reads about so much, and 3.6 any number of bytes; nobody writes such.
    private static let limit = 1 << 20

    /// How long the header is that comes next, or nil when none does.
    ///
    /// No reserved flag may be set, and a checksum of the header is not looked at. An extra field may be cut short, which
    /// comes out with what follows it.
    /// - Throws: `ArchiveError.malformed` when it is longer than any is read, and what the stage before does.
    static func length(in window: Window) throws -> Int? {
        guard try window.ahead(10), window.bytes.prefix(3).elementsEqual([0x1F, 0x8B, 8]) else { return nil }
        let flags = window.bytes[3]
        guard flags & reserved == 0 else { return nil }
        var length = 10
        if flags & hasExtra != 0 {
            guard try window.ahead(length + 2) else { return nil }
            length += 2 + Int(window.bytes[length]) + Int(window.bytes[length + 1]) << 8
        }
        for text in [hasName, hasComment] where flags & text != 0 {
            repeat {
                length += 1
                if length > limit {
                    throw ArchiveError.malformed(entry: nil, detail: "a gzip header of more than 1 MiB")
                }
                guard try window.ahead(length) else { return nil }
            } while window.bytes[length - 1] != 0
        }
        if flags & hasChecksum != 0 {
            length += 2
            guard try window.ahead(length) else { return nil }
        }
        return length
    }
}
