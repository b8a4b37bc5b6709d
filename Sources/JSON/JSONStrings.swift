extension JSONParser {
    /// Reads the string whose opening quote is at the position.
    mutating func parseString() throws(JSONError) -> String {
        let quote = position
        var start = position + 1
        var end = try endOfRun(from: start, quote: quote)
        if bytes[end] == UInt8(ascii: "\"") {
            // The usual string has no escapes and is taken as a whole.
            position = end + 1
            return try text(bytes[start..<end])
        }
        var unescaped: [UInt8] = []
        while true {
            unescaped += try text(bytes[start..<end]).utf8
            position = end
            if bytes[end] == UInt8(ascii: "\"") { break }
            unescaped += String(try parseEscape(quote: quote)).utf8
            start = position
            end = try endOfRun(from: start, quote: quote)
        }
        position += 1
        return String(decoding: unescaped, as: UTF8.self)
    }

    /// Where the next quote or backslash is.
    private func endOfRun(from start: Int, quote: Int) throws(JSONError) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
            if byte < 0x20 {
                _ = try text(bytes[start..<index])
                throw error(.controlCharacter(byte), at: index)
            }
            index += 1
        }
        _ = try text(bytes[start...])
        throw error(.unterminatedString, at: quote)
    }

    /// The bytes as a text, when they are UTF-8.
    private func text(_ run: ArraySlice<UInt8>) throws(JSONError) -> String {
        // Most texts are ASCII, of which the library makes a string without looking for faults in it.
        if run.allSatisfy({ $0 < 0x80 }) { return String(decoding: run, as: UTF8.self) }
        if let text = String(validating: run, as: UTF8.self) { return text }
        var offset = run.startIndex
        var iterator = run.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) { offset += scalar.count }
        throw error(.invalidUTF8, at: offset)
    }

    /// Reads the escape sequence at the position, two of them where they make a surrogate pair.
    private mutating func parseEscape(quote: Int) throws(JSONError) -> Unicode.Scalar {
        let start = position
        guard position + 1 < bytes.count else { throw error(.unterminatedString, at: quote) }
        position += 2
        switch bytes[start + 1] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw error(.invalidEscape, at: start)
        }
        let unit = try parseHexadecimal(escape: start)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        // A surrogate: only a high one with a low one right after it means something.
        guard UTF16.isLeadSurrogate(unit), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw error(.loneSurrogate, at: start) }
        let second = position
        position += 2
        let low = try parseHexadecimal(escape: second)
        guard UTF16.isTrailSurrogate(low),
            let scalar = Unicode.Scalar(0x10000 + ((UInt32(unit) - 0xD800) << 10) + (UInt32(low) - 0xDC00))
        else { throw error(.loneSurrogate, at: start) }
        return scalar
    }

    private mutating func parseHexadecimal(escape start: Int) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch next {
            case let byte? where 0x30...0x39 ~= byte: digit = byte - 0x30
            case let byte? where 0x41...0x46 ~= byte: digit = byte - 0x41 + 10
            case let byte? where 0x61...0x66 ~= byte: digit = byte - 0x61 + 10
            default: throw error(.invalidEscape, at: start)
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
