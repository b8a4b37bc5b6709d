#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Bytes from outside as text that does no harm on a terminal: UTF-8 as it is, everything else as `\xNN`.
///
/// Escaped are control characters, characters without a shape that change how others are shown, such as U+202E, and
/// bytes that are no UTF-8. What has been escaped is not escaped again.
public func printable(_ bytes: [UInt8], limit: Int = 200) -> String {
    var text = ""
    var decoder = Unicode.UTF8.ForwardParser()
    var input = bytes.prefix(limit).makeIterator()
    var rest = bytes.prefix(limit)
    while true {
        let length: Int
        var isHarmless = false
        switch decoder.parseScalar(from: &input) {
        case .valid(let encoded):
            length = encoded.count
            let scalar = Unicode.UTF8.decode(encoded)
            isHarmless = scalar.isHarmless
            if isHarmless { text.unicodeScalars.append(scalar) }
        case .error(let count): length = count
        case .emptyInput: return bytes.count > limit ? text + "…" : text
        }
        if !isHarmless {
            text += rest.prefix(length).map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        rest = rest.dropFirst(length)
    }
}

extension Unicode.Scalar {
    fileprivate var isHarmless: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
        default: true
        }
    }
}

/// Text from outside as text that does no harm on a terminal.
public func printable(_ text: String, limit: Int = 400) -> String { printable(Array(text.utf8), limit: limit) }

/// The system's words for an error number, with its first letter small.
func systemMessage(_ errnum: Int32) -> String {
    let text = String(cString: strerror(errnum))
    return text.prefix(1).lowercased() + text.dropFirst()
}
