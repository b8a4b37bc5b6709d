/// An entry of the archive, framed as Go's `archive/tar` frames it, which skopeo writes with.
///
/// The format is POSIX's `ustar`; a size that its twelve bytes cannot hold is in a `pax` header before it. Owner, group and
/// time are zero everywhere.
struct TarEntry {
    private static let blockSize = 512
    /// The first size that eleven octal digits cannot say.
    private static let firstLargeSize: UInt64 = 1 << 33

    let name: String
    let size: UInt64
    /// Where a symbolic link leads; nil for a file.
    var target: String?

    /// What stands before the contents.
    var header: [UInt8] {
        guard size >= Self.firstLargeSize else { return block(name, size, mode: target == nil ? 0o444 : 0, kind) }
        let record = Self.record("size", "\(size)")
        return block(Self.extensionName(name), UInt64(record.count), mode: 0, UInt8(ascii: "x"))
            + record + Self.padding(after: UInt64(record.count))
            // The pax header has it.
            + block(name, 0, mode: 0o444, kind)
    }

    /// The zeros that fill the last block of contents of that size.
    static func padding(after size: UInt64) -> [UInt8] {
        let rest = Int(size % UInt64(blockSize))
        return [UInt8](repeating: 0, count: rest == 0 ? 0 : blockSize - rest)
    }

    /// What stands at the end of an archive.
    static var end: [UInt8] { [UInt8](repeating: 0, count: 2 * blockSize) }

    private var kind: UInt8 { UInt8(ascii: target == nil ? "0" : "2") }

    private func block(_ name: String, _ size: UInt64, mode: UInt64, _ kind: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        func put(octal value: UInt64, at offset: Int, width: Int) {
            let digits = String(value, radix: 8)
            put(String(repeating: "0", count: width - 1 - digits.utf8.count).utf8, at: offset)
            put(digits.utf8, at: offset + width - 1 - digits.utf8.count)
        }
        // Every name here is made of a digest, or is a word: none is longer than the field.
        put(name.utf8.prefix(100), at: 0)
        for (offset, value) in [(100, mode), (108, 0), (116, 0)] { put(octal: value, at: offset, width: 8) }
        put(octal: size, at: 124, width: 12)
        put(octal: 0, at: 136, width: 12)
        block[156] = kind
        if let target { put(target.utf8.prefix(100), at: 157) }
        put("ustar\u{0}00".utf8, at: 257)
        if kind != UInt8(ascii: "x") {
            put(octal: 0, at: 329, width: 8)
            put(octal: 0, at: 337, width: 8)
        }
        // The checksum counts its own field as blanks, and ends with a NUL and a blank.
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        put(octal: block.reduce(0) { $0 + UInt64($1) }, at: 148, width: 7)
        block[154] = 0
        return block
    }

    /// `LENGTH KEY=VALUE\n`, the length being the whole record's, its own digits among it.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n".utf8.count
        var length = rest + 1
        while String(length).utf8.count + rest != length { length += 1 }
        return Array("\(length) \(key)=\(value)\n".utf8)
    }

    private static func extensionName(_ name: String) -> String {
        let parts = name.split(separator: "/")
        return (parts.dropLast() + ["PaxHeaders.0"] + parts.suffix(1)).joined(separator: "/")
    }
}
