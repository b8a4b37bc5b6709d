/// What libarchive 3.8, with which current versions of Nix are built, makes of the headers that stand before an entry of
/// a tar archive, where libarchive 3.6 and 3.7 make something else of them.
///
/// An entry's own header may have others in front, each with a body: `x` and `X` with pax records for the entry, `g`
/// with some for all that follow, `L` and `K` with a long name and link target, `A` with an access list, `V` with a
/// volume's name. Together they are a run. What this refuses was found by giving thousands of runs to libarchive 3.6.2
/// and 3.8.10: it is all that the one reads and the other refuses, and all that they read differently.
struct TarExtensionCheck {
    /// The size of a header, and what bodies are padded to.
    static let blockSize = 512

    /// The types of headers that are followed by others, or by an entry's own.
    private static let types = Array("xXgLKAV".utf8)
    private static let typeOffset = 156

    /// Whether a run of more than one header begins at `position`, as far as one byte tells.
    static func mayBegin(at position: UInt64, in stream: borrowing FedBlocks) -> Bool {
        stream.byte(at: position + UInt64(typeOffset)).map { types.contains($0) } ?? true
    }

    /// How far a run goes that a header of this type begins, as far as that header tells: 0 for an entry's own.
    ///
    /// - Parameter header: the first block of the run, or of what is left of it.
    /// - Returns: the length of the header with its body and padding; nil when it claims more than any is read with.
    static func length(of header: Span<UInt8>) -> Int? {
        guard header.count == blockSize, types.contains(header[typeOffset]) else { return 0 }
        guard let size = size(in: header), size <= maximumBody else { return nil }
        return blockSize + (size + blockSize - 1) / blockSize * blockSize
    }

    /// The longest body that libarchive 3.6 reads. 3.8 reads longer pax headers; nobody writes such.
    private static let maximumBody = 1 << 20

    private var seen: [UInt8] = []
    private var paxKeys: [[UInt8]] = []

    /// Looks at one header of a run.
    /// - Parameters:
    ///   - header: its block.
    ///   - body: what follows it, without padding.
    mutating func add(header: Span<UInt8>, body: Span<UInt8>) -> TarHeaderFault? {
        // Solaris' is pax by another letter.
        let type = header[Self.typeOffset] == UInt8(ascii: "X") ? UInt8(ascii: "x") : header[Self.typeOffset]
        // Its body is skipped by 3.8; 3.6 takes it for the next header.
        if type == UInt8(ascii: "V") { return body.isEmpty ? nil : .volumeWithContents }
        guard !seen.contains(type) else { return .repeatedHeader(header[Self.typeOffset]) }
        seen.append(type)
        switch type {
        case UInt8(ascii: "x"):
            if body.isEmpty { return .emptyHeader(header[Self.typeOffset]) }
            paxKeys = Self.keys(in: body)
        case UInt8(ascii: "g"):
            if body.isEmpty { return .emptyHeader(type) }
            if let key = Self.keys(in: body).first(where: Self.isOfConsequence) { return .globalAttribute(key) }
        case UInt8(ascii: "L"), UInt8(ascii: "K"):
            if body.isEmpty || body[0] == 0 { return .emptyLongName(type) }
        default: break
        }
        return nil
    }

    /// Looks at the entry's own header, with which the run ends.
    func end(header: Span<UInt8>) -> TarHeaderFault? {
        let hasPaxTarget = paxKeys.contains(Array("linkpath".utf8))
        let hasPaxName = paxKeys.contains { $0 == Array("path".utf8) || $0 == Array("GNU.sparse.name".utf8) }
        if hasPaxName && seen.contains(UInt8(ascii: "L")) { return .twofoldName(UInt8(ascii: "L")) }
        let hasTarget = seen.contains(UInt8(ascii: "K"))
        if hasPaxTarget && hasTarget { return .twofoldName(UInt8(ascii: "K")) }
        let isLink = header[Self.typeOffset] == UInt8(ascii: "1") || header[Self.typeOffset] == UInt8(ascii: "2")
        return (hasPaxTarget || hasTarget) && !isLink ? .targetOfNoLink : nil
    }

    // MARK: Pax records

    /// The attributes of a pax header, `LENGTH KEY=VALUE\n` each, up to the first that is malformed, where libarchive
    /// stops reading too.
    static func keys(in body: Span<UInt8>) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        var start = 0
        while start < body.count {
            var length = 0
            var index = start
            while index < body.count, (0x30...0x39).contains(body[index]), length <= body.count {
                length = length * 10 + Int(body[index] - 0x30)
                index += 1
            }
            guard index < body.count, body[index] == 0x20, length <= body.count - start else { break }
            let end = start + length
            index += 1
            var key: [UInt8] = []
            while index < end, body[index] != UInt8(ascii: "=") {
                key.append(body[index])
                index += 1
            }
            guard index < end, !key.isEmpty else { break }
            // The key counts also where the line does not end as it should.
            keys.append(key)
            guard index + 1 < end, body[end - 1] == 0x0A else { break }
            start = end
        }
        return keys
    }

    /// Whether libarchive heeds an attribute, so that it refuses it in a global header, where it would have to be kept
    /// for all entries.
    static func isOfConsequence(_ key: [UInt8]) -> Bool {
        let text = String(decoding: key, as: UTF8.self)
        if attributes.contains(text) { return true }
        return prefixes.contains { key.count > $0.utf8.count && key.starts(with: $0.utf8) }
    }

    private static let attributes: Set<String> = [
        "path", "linkpath", "size", "mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "hdrcharset",
        "GNU.sparse", "SCHILY.acl.access", "SCHILY.acl.default", "SCHILY.acl.ace", "SCHILY.dev", "SCHILY.devmajor",
        "SCHILY.devminor", "SCHILY.fflags", "SCHILY.ino", "SCHILY.nlink", "SCHILY.realsize",
        "LIBARCHIVE.creationtime", "LIBARCHIVE.symlinktype", "RHT.security.selinux", "SUN.holesdata",
    ]
    private static let prefixes = ["GNU.sparse.", "SCHILY.xattr.", "LIBARCHIVE.xattr."]

    // MARK: Numbers

    /// The size that a header gives its body: octal digits between spaces, or binary where the first bit is set.
    static func size(in header: Span<UInt8>) -> Int? {
        let field = 124..<136
        if header[124] & 0x80 != 0 {
            // Of 95 bits, the second highest is the sign.
            var number = Int(header[124] & 0x7F)
            if number & 0x40 != 0 { return nil }
            for index in field.dropFirst() {
                let (shifted, overflows) = number.multipliedReportingOverflow(by: 256)
                guard !overflows else { return nil }
                number = shifted | Int(header[index])
            }
            return number
        }
        var index = field.lowerBound
        while index < field.upperBound, header[index] == 0x20 || header[index] == 0x09 { index += 1 }
        if index < field.upperBound, header[index] == UInt8(ascii: "-") { return nil }
        var number = 0
        while index < field.upperBound, (0x30...0x37).contains(header[index]) {
            number = number * 8 + Int(header[index] - 0x30)
            index += 1
        }
        return number
    }
}
