/// The header fields of a response, in the order in which they came; names are compared without regard to ASCII case.
public struct HTTPHeaders: Sendable, Equatable {
    /// Each field, its name in lower case.
    public private(set) var fields: [Field] = []

    /// One header field.
    public struct Field: Sendable, Equatable {
        /// The name in lower case.
        public let name: String
        /// The value without the blanks around it.
        public let value: String
    }

    /// No fields.
    public init() {}

    /// The value of the last field of this name.
    public subscript(name: String) -> String? {
        let name = asciiLowercased(name)
        return fields.last { sameBytes($0.name, name) }?.value
    }

    /// Adds a field at the end.
    public mutating func append(name: String, value: String) {
        fields.append(Field(name: asciiLowercased(name), value: value))
    }

    /// Adds what a header line `Name: value` says; a line without a colon says nothing.
    mutating func append(line: some Collection<UInt8>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = trimmed(line[..<colon])
        guard !name.isEmpty else { return }
        let value = trimmed(line[line.index(after: colon)...])
        append(name: text(name), value: text(value))
    }

    private func trimmed(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        return Array(bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    /// UTF-8 where the bytes are that, else Latin-1, which RFC 9110 (5.5) names as the historical charset.
    private func text(_ bytes: [UInt8]) -> String {
        String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}

/// Lower case for ASCII letters alone; every other byte stays.
func asciiLowercased(_ text: String) -> String {
    String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
}

/// Equality by bytes, where `String`'s own is by canonical equivalence.
func sameBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
}
