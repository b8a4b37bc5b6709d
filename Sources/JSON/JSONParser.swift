extension JSON {
    /// How many arrays and objects may be within each other.
    public static let maximumDepth = 512

    /// Reads one JSON text, strictly as RFC 8259 has it.
    ///
    /// Also refused, because two readers may understand them differently: duplicate keys, a byte order mark, invalid
    /// UTF-8, lone surrogates, and more than `maximumDepth` levels.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.parseText()
    }
}

/// Reads values over an array of bytes, with a stack of its own, so that no text is too deep for a thread's stack.
struct JSONParser {
    let bytes: [UInt8]
    var position = 0

    /// An array or object that is still open.
    private struct Container {
        let isObject: Bool
        var elements: [JSON] = []
        /// One for each element of an object, with its offset; the last may still wait for its value.
        var keys: [(text: String, offset: Int)] = []
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func parseText() throws(JSONError) -> JSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw error(.byteOrderMark, at: 0) }
        var open: [Container] = []
        while true {
            // Nil where a container was opened: its first value follows.
            guard var value = try parseValue(in: &open) else { continue }
            // A value is complete: it belongs to the innermost container, which may thereby be complete itself.
            while true {
                skipWhiteSpace()
                guard !open.isEmpty else {
                    if position < bytes.count { throw unexpected(.endOfText) }
                    return value
                }
                open[open.count - 1].elements.append(value)
                let isObject = open[open.count - 1].isObject
                if next == UInt8(ascii: ",") {
                    position += 1
                    if isObject { try parseKey(into: &open[open.count - 1], expected: .key) }
                    break
                }
                guard next == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw unexpected(isObject ? .commaOrClosingBrace : .commaOrClosingBracket)
                }
                position += 1
                value = try close(open.removeLast())
            }
        }
    }

    // MARK: Values

    /// Reads a value, or the beginning of an array or object that is not empty.
    private mutating func parseValue(in open: inout [Container]) throws(JSONError) -> JSON? {
        skipWhiteSpace()
        switch next {
        case UInt8(ascii: "{"):
            try checkDepth(open.count)
            position += 1
            skipWhiteSpace()
            if next == UInt8(ascii: "}") {
                position += 1
                return .object(JSONObject())
            }
            var container = Container(isObject: true)
            try parseKey(into: &container, expected: .keyOrClosingBrace)
            open.append(container)
            return nil
        case UInt8(ascii: "["):
            try checkDepth(open.count)
            position += 1
            skipWhiteSpace()
            if next == UInt8(ascii: "]") {
                position += 1
                return .array([])
            }
            open.append(Container(isObject: false))
            return nil
        case UInt8(ascii: "\""):
            return .string(try parseString())
        case UInt8(ascii: "t"):
            return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"):
            return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"):
            return try parseWord("null", .null)
        case .some(UInt8(ascii: "-")), .some(0x30...0x39):
            return .number(try parseNumber())
        default:
            // An array may end here only directly after its opening bracket.
            let isFirst = open.last.map { !$0.isObject && $0.elements.isEmpty } ?? false
            throw unexpected(isFirst ? .valueOrClosingBracket : .value)
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let end = position + word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { end <= bytes.count && bytes[position..<end].elementsEqual($0) }
        guard isThere, end == bytes.count || !Self.isWordCharacter(bytes[end]) else {
            throw error(.invalidLiteral, at: position)
        }
        position = end
        return value
    }

    private mutating func parseNumber() throws(JSONError) -> JSONNumber {
        guard let length = JSONNumber.length(ofNumberIn: bytes, at: position) else {
            throw error(.invalidNumber, at: position)
        }
        let end = position + length
        // `01`, `1.2.3` and `0x1F` are wrong as a whole, rather than a number and something after it.
        guard end == bytes.count || !(Self.isWordCharacter(bytes[end]) || bytes[end] == UInt8(ascii: ".")) else {
            throw error(.invalidNumber, at: position)
        }
        defer { position = end }
        return JSONNumber(scanned: String(decoding: bytes[position..<end], as: UTF8.self))
    }

    // MARK: Objects

    private mutating func parseKey(into container: inout Container, expected: JSONError.Expectation) throws(JSONError) {
        skipWhiteSpace()
        guard next == UInt8(ascii: "\"") else { throw unexpected(expected) }
        let offset = position
        container.keys.append((try parseString(), offset))
        skipWhiteSpace()
        guard next == UInt8(ascii: ":") else { throw unexpected(.colon) }
        position += 1
    }

    private func close(_ container: Container) throws(JSONError) -> JSON {
        guard container.isObject else { return .array(container.elements) }
        let keys = container.keys
        // What other programs write is often in order already, and of the rest only the places are moved.
        let isInOrder = keys.indices.dropFirst().allSatisfy { ByteOrder.precedes(keys[$0 - 1].text, keys[$0].text) }
        var places = Array(keys.indices)
        if !isInOrder {
            places.sort {
                ByteOrder.areEqual(keys[$0].text, keys[$1].text)
                    ? $0 < $1 : ByteOrder.precedes(keys[$0].text, keys[$1].text)
            }
            let duplicates = zip(places, places.dropFirst())
                .filter { ByteOrder.areEqual(keys[$0].text, keys[$1].text) }
                .map { $1 }
            if let first = duplicates.min() { throw error(.duplicateKey(keys[first].text), at: keys[first].offset) }
        }
        return .object(JSONObject(sorted: places.map { (keys[$0].text, container.elements[$0]) }))
    }

    private func checkDepth(_ depth: Int) throws(JSONError) {
        guard depth < JSON.maximumDepth else { throw error(.tooDeep(limit: JSON.maximumDepth), at: position) }
    }

    // MARK: Characters

    /// The byte at the position; nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private static func isWordCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
        default: false
        }
    }

    func error(_ reason: JSONError.Reason, at offset: Int) -> JSONError {
        JSONError(reason, in: bytes, at: offset)
    }

    private func unexpected(_ expected: JSONError.Expectation) -> JSONError {
        guard position < bytes.count else { return error(.unexpectedEnd(expected: expected), at: position) }
        var rest = bytes[position...].prefix(4).makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&rest) else { return error(.invalidUTF8, at: position) }
        return error(.unexpected(scalar, expected: expected), at: position)
    }
}
