/// The escapes of URLs (RFC 3986, section 2.1).
public enum PercentEncoding {
    /// The bytes that a text stands for; nil when a `%` has no two hexadecimal digits after it.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue)
            else { return nil }
            decoded.append(high << 4 | low)
        }
        return decoded
    }

    /// Encodes what cannot stand in a path; escapes that are there already stay.
    public static func encodePath(_ bytes: some Sequence<UInt8>) -> String {
        let forbidden = Array("\"<>\\^`{|}".utf8)
        return encode(bytes) { $0 > 0x20 && $0 < 0x7F && !forbidden.contains($0) }
    }

    /// Encodes a text that is one component of a path, or a name or value of a query: everything but letters, digits,
    /// `-`, `.`, `_` and `~` (RFC 3986, section 2.3). Stores of files take a plus for a blank, so that it is escaped too.
    public static func encodeComponent(_ text: String) -> String {
        encode(text.utf8) { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-._~".utf8.contains(byte)
            }
        }
    }

    /// The same of a text that may be several components: its slashes stay.
    public static func encodeComponents(_ text: String) -> String {
        text.split(separator: "/", omittingEmptySubsequences: false).map { encodeComponent(String($0)) }
            .joined(separator: "/")
    }

    private static func encode(_ bytes: some Sequence<UInt8>, sparing isSpared: (UInt8) -> Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in bytes {
            if isSpared(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
