/// Archive formats that Nix took before 2.24 and takes no more, told by their first bytes.
enum ForeignFormat {
    private static let signatures: [(name: String, offset: Int, bytes: [UInt8])] = [
        ("cpio", 0, Array("070701".utf8)), ("cpio", 0, Array("070702".utf8)), ("cpio", 0, Array("070707".utf8)),
        ("cpio", 0, [0xC7, 0x71]), ("cpio", 0, [0x71, 0xC7]), ("ar", 0, Array("!<arch>\n".utf8)),
        ("7-Zip", 0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), ("RAR", 0, Array("Rar!\u{1A}\u{7}".utf8)),
        ("xar", 0, Array("xar!".utf8)), ("mtree", 0, Array("#mtree".utf8)), ("cabinet", 0, Array("MSCF".utf8)),
        ("WARC", 0, Array("WARC/".utf8)), ("ISO 9660", 0x8001, Array("CD001".utf8)),
    ]

    /// The format's usual name, or nil.
    static func name(of head: [UInt8]) -> String? {
        signatures.first { head.dropFirst($0.offset).starts(with: $0.bytes) }?.name
    }
}
