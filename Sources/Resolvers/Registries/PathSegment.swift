/// One component of a URL's path.
enum PathSegment {
    /// The text with everything escaped but letters, digits, `-`, `.`, `_` and `~` (RFC 3986, section 2.3). Stores of files
    /// take a plus for a blank, so that it is escaped too.
    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if byte.isAlphanumeric || "-._~".utf8.contains(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

extension UInt8 {
    /// Whether it is an ASCII letter or digit.
    var isAlphanumeric: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// Whether it is an ASCII letter.
    var isLetter: Bool { isAlphanumeric && self > 0x39 }
}
