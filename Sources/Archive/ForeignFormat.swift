/// Archive formats that are told by their first bytes: those that Nix took before 2.24 and takes no more, and zip.
enum ForeignFormat {
    private static let signatures: [(name: String, bytes: [UInt8])] = [
        ("cpio", Array("070701".utf8)), ("cpio", Array("070702".utf8)), ("cpio", Array("070707".utf8)),
        ("cpio", [0xC7, 0x71]), ("cpio", [0x71, 0xC7]), ("ar", Array("!<arch>\n".utf8)),
        ("7-Zip", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), ("RAR", Array("Rar!\u{1A}\u{7}".utf8)),
        ("xar", Array("xar!".utf8)), ("mtree", Array("#mtree".utf8)), ("cabinet", Array("MSCF".utf8)),
        ("WARC", Array("WARC/".utf8)),
    ]

    /// How many bytes it takes to tell: the signature of ISO 9660 lies deepest.
    static let headSize = 0x8006

    /// Whether the stream is a zip archive from its first byte; such a one is read by the directory at its end.
    static func isZip(_ head: [UInt8]) -> Bool { head.starts(with: "PK".utf8) }

    /// Whether these are the first bytes of an ISO image, whose zeros would pass for a tar archive without entries.
    static func isISO9660(_ head: [UInt8]) -> Bool {
        head.dropFirst(0x8001).starts(with: "CD001".utf8) && head.prefix(512).allSatisfy { $0 == 0 }
    }

    /// The usual name of the format of what was not recognised as an archive, or nil.
    ///
    /// The first file of a tar archive may be called as these signatures read, so that only what is none is asked.
    static func name(of head: [UInt8]) -> String? {
        signatures.first { head.starts(with: $0.bytes) }?.name
    }
}
