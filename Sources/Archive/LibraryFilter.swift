internal import CArchive

/// A compression that libarchive takes off and that is told by its first bytes, as libarchive tells it.
///
/// Each is a stage of its own: libarchive would take off any number in one call, and what a stage inside of it expands
/// to, or for how long it gives nothing, could be neither limited nor interrupted. Left to libarchive are `lzma`, which
/// never gives much less than it reads, uuencode and base64, which never give more, and compress (`.Z`), whose filter
/// reads when it is made and so cannot be made before its stream is there.
enum LibraryFilter: CaseIterable {
    case gzip, bzip2, xz, lzip, zstd, lz4

    /// The compression that a stream has around it.
    /// - Throws: what the stage before does.
    static func recognise(_ window: Window) throws -> LibraryFilter? {
        try allCases.first { try $0.bids(on: window) }
    }

    /// libarchive's number for it.
    var code: Int32 {
        switch self {
        case .gzip: ARCHIVE_FILTER_GZIP
        case .bzip2: ARCHIVE_FILTER_BZIP2
        case .xz: ARCHIVE_FILTER_XZ
        case .lzip: ARCHIVE_FILTER_LZIP
        case .zstd: ARCHIVE_FILTER_ZSTD
        case .lz4: ARCHIVE_FILTER_LZ4
        }
    }

    private func bids(on window: Window) throws -> Bool {
        switch self {
        case .gzip: return try GzipHeader.length(in: window) != nil
        case .bzip2:
            // No shorter stream is looked at.
            guard try window.ahead(14), window.bytes.starts(with: "BZh".utf8) else { return false }
            let magic = window.bytes[4..<10]
            return (0x31...0x39).contains(window.bytes[3])
                && (magic.elementsEqual([0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
                    || magic.elementsEqual([0x17, 0x72, 0x45, 0x38, 0x50, 0x90]))
        case .xz: return try XzCoder.bids(on: window)
        case .lzip:
            guard try window.ahead(6), window.bytes.starts(with: "LZIP".utf8) else { return false }
            return window.bytes[4] <= 1 && (12...29).contains(window.bytes[5] & 0x1F)
        case .zstd:
            guard try window.ahead(4) else { return false }
            let magic = Self.magic(window)
            // A frame, or one that is skipped.
            return magic == 0xFD2F_B528 || magic & 0xFFFF_FFF0 == 0x184D_2A50
        case .lz4:
            guard try window.ahead(11) else { return false }
            let (magic, flags, sizes) = (Self.magic(window), window.bytes[4], window.bytes[5])
            let isLegacy = magic == 0x184C_2102
            return isLegacy || magic == 0x184D_2204 && flags & 0xC2 == 0x40 && sizes & 0x8F == 0 && sizes >= 0x40
        }
    }

    private static func magic(_ window: Window) -> UInt32 {
        window.bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
