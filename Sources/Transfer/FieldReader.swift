/// Reads the value of a header field by the pieces that such values are made of (RFC 9110, 5.6): words, blanks, and
/// strings in quotes.
public struct FieldReader {
    private var rest: ArraySlice<UInt8>

    public init(_ value: String) { rest = Array(value.utf8)[...] }

    /// The byte that stands next; nil at the end.
    public var next: UInt8? { rest.first }

    /// Whether a byte is a blank or a tab.
    public static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Goes past the bytes that `isSkipped` holds for.
    public mutating func skip(while isSkipped: (UInt8) -> Bool) { rest = rest.drop(while: isSkipped) }

    /// Goes past a byte, if that is what stands next.
    public mutating func skip(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Takes the bytes that `isTaken` holds for.
    public mutating func take(while isTaken: (UInt8) -> Bool) -> String {
        let taken = rest.prefix(while: isTaken)
        rest = rest[taken.endIndex...]
        return String(decoding: taken, as: UTF8.self)
    }

    /// Takes a string in quotes, whose backslashes quote what follows; nil where none begins. One that never ends goes to
    /// the end, and is not closed.
    public mutating func takeQuoted() -> (text: String, isClosed: Bool)? {
        guard skip(UInt8(ascii: "\"")) else { return nil }
        var taken: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return (String(decoding: taken, as: UTF8.self), true)
            case UInt8(ascii: "\\"): if let quoted = rest.popFirst() { taken.append(quoted) }
            default: taken.append(byte)
            }
        }
        return (String(decoding: taken, as: UTF8.self), false)
    }
}
