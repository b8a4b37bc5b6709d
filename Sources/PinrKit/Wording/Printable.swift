#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Bytes from outside as text that does no harm on a terminal: UTF-8 as it is, everything else as `\xNN`.
public func printable(_ bytes: [UInt8], limit: Int = 200) -> String {
    var text = ""
    for scalar in String(decoding: bytes.prefix(limit), as: UTF8.self).unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
            text += scalar.utf8.map { byte in "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        default:
            text.unicodeScalars.append(scalar)
        }
    }
    return bytes.count > limit ? text + "…" : text
}

/// Text from outside as text that does no harm on a terminal.
public func printable(_ text: String, limit: Int = 400) -> String { printable(Array(text.utf8), limit: limit) }

/// The system's words for an error number, with its first letter small.
func systemMessage(_ errnum: Int32) -> String {
    let text = String(cString: strerror(errnum))
    return text.prefix(1).lowercased() + text.dropFirst()
}
