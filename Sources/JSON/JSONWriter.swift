extension JSON {
    /// The value as `jq -S .` prints it, which is the form of every file we write.
    ///
    /// Keys in the order of their UTF-8 bytes, two spaces a level, `[]` and `{}` closed, a final newline. A number is
    /// written with the text it has, which jq does only for numbers in the shortest form.
    public func serialized() -> [UInt8] {
        var writer = JSONWriter(isIndented: true)
        writer.write(self, depth: 0)
        writer.bytes.append(UInt8(ascii: "\n"))
        return writer.bytes
    }

    /// The value on one line without spaces or a newline, as `jq -Sc .` prints it.
    public func serializedCompactly() -> [UInt8] {
        var writer = JSONWriter(isIndented: false)
        writer.write(self, depth: 0)
        return writer.bytes
    }
}

private struct JSONWriter {
    let isIndented: Bool
    var bytes: [UInt8] = []

    init(isIndented: Bool) { self.isIndented = isIndented }

    mutating func write(_ value: JSON, depth: Int) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .number(let number): bytes += number.literal.utf8
        case .string(let text): write(text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                startLine(isFirst: index == 0, depth: depth + 1)
                write(element, depth: depth + 1)
            }
            endLine(isEmpty: elements.isEmpty, depth: depth)
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, (key, value)) in members.enumerated() {
                startLine(isFirst: index == 0, depth: depth + 1)
                write(key)
                bytes.append(UInt8(ascii: ":"))
                if isIndented { bytes.append(UInt8(ascii: " ")) }
                write(value, depth: depth + 1)
            }
            endLine(isEmpty: members.isEmpty, depth: depth)
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func startLine(isFirst: Bool, depth: Int) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        if isIndented { breakLine(depth: depth) }
    }

    private mutating func endLine(isEmpty: Bool, depth: Int) {
        if isIndented, !isEmpty { breakLine(depth: depth) }
    }

    private mutating func breakLine(depth: Int) {
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<depth * 2 { bytes.append(UInt8(ascii: " ")) }
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0C: bytes += "\\f".utf8
            case 0x0D: bytes += "\\r".utf8
            case ..<0x20, 0x7F:
                bytes += (byte < 0x10 ? "\\u000" : "\\u00").utf8
                bytes += String(byte, radix: 16).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
