import JSON
import Testing

@Suite
struct JSONParsingTests {
    @Test(
        arguments: [
            ("null", JSON.null), (" \t\r\n true ", true), ("false", false), ("0", 0), ("-12", -12),
            (#""""#, ""), ("[]", []), ("[ ]", []), ("{ }", [:]), ("[1,[2],{}]", [1, [2], [:]]),
            (#"{"a" : {"b":[null]}}"#, ["a": ["b": [.null]]]),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{08}\u{0C}\n\r\t"),
            (#""\u0041\u00e9\uD83D\uDE00\u0000\uFFFF""#, "Aé\u{1F600}\0\u{FFFF}"),
            ("\"\u{7F}\u{80}\u{2028}\u{FEFF}\"", "\u{7F}\u{80}\u{2028}\u{FEFF}"),
        ] as [(String, JSON)])
    func `Reads`(text: String, value: JSON) throws {
        #expect(try JSON(parsing: Array(text.utf8)) == value)
    }

    struct Malformed: Sendable, CustomTestStringConvertible {
        let text: [UInt8]
        let line: Int
        let column: Int
        let reason: JSONError.Reason

        init(_ text: String, _ line: Int, _ column: Int, _ reason: JSONError.Reason) {
            self.init(Array(text.utf8), line, column, reason)
        }

        init(_ text: [UInt8], _ line: Int, _ column: Int, _ reason: JSONError.Reason) {
            self.text = text
            self.line = line
            self.column = column
            self.reason = reason
        }

        var testDescription: String { String(reflecting: String(decoding: text, as: UTF8.self)) }
    }

    @Test(arguments: [
        Malformed("", 1, 1, .unexpectedEnd(expected: .value)),
        Malformed(" \n ", 2, 2, .unexpectedEnd(expected: .value)),
        Malformed("{", 1, 2, .unexpectedEnd(expected: .keyOrClosingBrace)),
        Malformed("{\"a\"", 1, 5, .unexpectedEnd(expected: .colon)),
        Malformed("{\"a\":", 1, 6, .unexpectedEnd(expected: .value)),
        Malformed("{\"a\":1", 1, 7, .unexpectedEnd(expected: .commaOrClosingBrace)),
        Malformed("[1\n", 2, 1, .unexpectedEnd(expected: .commaOrClosingBracket)),
        Malformed("[", 1, 2, .unexpectedEnd(expected: .valueOrClosingBracket)),
        Malformed("{\n  \"a\": 1,\n}", 3, 1, .unexpected("}", expected: .key)),
        Malformed("[1,]", 1, 4, .unexpected("]", expected: .value)),
        Malformed("[,1]", 1, 2, .unexpected(",", expected: .valueOrClosingBracket)),
        Malformed("{\"a\" 1}", 1, 6, .unexpected("1", expected: .colon)),
        Malformed("{a:1}", 1, 2, .unexpected("a", expected: .keyOrClosingBrace)),
        Malformed("[1 2]", 1, 4, .unexpected("2", expected: .commaOrClosingBracket)),
        Malformed("[1}", 1, 3, .unexpected("}", expected: .commaOrClosingBracket)),
        Malformed("{\"a\":1]", 1, 7, .unexpected("]", expected: .commaOrClosingBrace)),
        Malformed("{} {}", 1, 4, .unexpected("{", expected: .endOfText)),
        Malformed("null\n\nx", 3, 1, .unexpected("x", expected: .endOfText)),
        Malformed("'a'", 1, 1, .unexpected("'", expected: .value)),
        Malformed("// c\n1", 1, 1, .unexpected("/", expected: .value)),
        Malformed("[\"é\u{1F600}\", é]", 1, 8, .unexpected("é", expected: .value)),
        Malformed("\u{0B}1", 1, 1, .unexpected("\u{0B}", expected: .value)),
        Malformed("\u{A0}1", 1, 1, .unexpected("\u{A0}", expected: .value)),
        Malformed("tru", 1, 1, .invalidLiteral),
        Malformed("[nulll]", 1, 2, .invalidLiteral),
        Malformed("nan", 1, 1, .invalidLiteral),
        Malformed("01", 1, 1, .invalidNumber),
        Malformed("[-]", 1, 2, .invalidNumber),
        Malformed("1.", 1, 1, .invalidNumber),
        Malformed("1.e3", 1, 1, .invalidNumber),
        Malformed("1e", 1, 1, .invalidNumber),
        Malformed("1e+", 1, 1, .invalidNumber),
        Malformed("0x1F", 1, 1, .invalidNumber),
        Malformed("1.2.3", 1, 1, .invalidNumber),
        Malformed("-Infinity", 1, 1, .invalidNumber),
        Malformed("+1", 1, 1, .unexpected("+", expected: .value)),
        Malformed(".5", 1, 1, .unexpected(".", expected: .value)),
        Malformed("[\n \"abc\n\"]", 2, 6, .controlCharacter(0x0A)),
        Malformed("\"a\u{0}\"", 1, 3, .controlCharacter(0)),
        Malformed("\"a\tb\"", 1, 3, .controlCharacter(9)),
        Malformed("[\"abc", 1, 2, .unterminatedString),
        Malformed("\"abc\\", 1, 1, .unterminatedString),
        Malformed("\"abc\\\"", 1, 1, .unterminatedString),
        Malformed("\"\\x\"", 1, 2, .invalidEscape),
        Malformed("\"a\\u12G4\"", 1, 3, .invalidEscape),
        Malformed("\"\\u12\"", 1, 2, .invalidEscape),
        Malformed("\"\\uD800\"", 1, 2, .loneSurrogate),
        Malformed("\"\\uDC00\"", 1, 2, .loneSurrogate),
        Malformed("\"\\uD800\\n\"", 1, 2, .loneSurrogate),
        Malformed("\"x\\uD800\\u0041\"", 1, 3, .loneSurrogate),
        Malformed("\"\\uD800\\uD800\"", 1, 2, .loneSurrogate),
        Malformed([0xEF, 0xBB, 0xBF, 0x7B, 0x7D], 1, 1, .byteOrderMark),
        Malformed([0x22, 0x61, 0xFF, 0x22], 1, 3, .invalidUTF8),
        // Overlong, a surrogate, above U+10FFFF, cut short by the quote, cut short by the end.
        Malformed([0x22, 0xC0, 0x80, 0x22], 1, 2, .invalidUTF8),
        Malformed([0x22, 0x62, 0xED, 0xA0, 0x80, 0x22], 1, 3, .invalidUTF8),
        Malformed([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1, 2, .invalidUTF8),
        Malformed([0x22, 0xC3, 0xA9, 0xE2, 0x82, 0x22], 1, 3, .invalidUTF8),
        Malformed([0x22, 0xC3], 1, 2, .invalidUTF8),
        Malformed([0x5B, 0x80, 0x5D], 1, 2, .invalidUTF8),
        Malformed([0xFF, 0xFE, 0x31, 0x00], 1, 1, .invalidUTF8),
        Malformed("{\"a\":1,\n \"b\":2, \"a\":3}", 2, 9, .duplicateKey("a")),
        Malformed("{\"a\":1,\"\\u0061\":1}", 1, 8, .duplicateKey("a")),
        Malformed("{\"b\":1,\"a\":1,\"b\":1,\"a\":1}", 1, 14, .duplicateKey("b")),
        Malformed("[{\"x\":{\"\":1,\"\":1}}]", 1, 13, .duplicateKey("")),
    ])
    func `Refuses, and says where`(malformed: Malformed) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: malformed.text) }
        #expect(error?.reason == malformed.reason)
        #expect(error?.line == malformed.line)
        #expect(error?.column == malformed.column)
    }

    @Test
    func `512 levels are read, one more is not`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[{\"a\":", count: depth / 2) + (depth % 2 == 0 ? "1" : "[]")).utf8)
                + Array(String(repeating: "}]", count: depth / 2).utf8)
        }
        let deepest = try JSON(parsing: nested(512))
        #expect(try JSON(parsing: deepest.serialized()) == deepest)
        let error = #expect(throws: JSONError.self) { try JSON(parsing: nested(513)) }
        #expect(error?.reason == .tooDeep(limit: 512))
        #expect(error?.column == 256 * 6 + 1)
    }

    @Test
    func `A million brackets are refused, not a crash`() {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: Array(repeating: 0x5B, count: 1_000_000)) }
        #expect(error?.reason == .tooDeep(limit: 512))
        #expect(error?.column == 513)
    }

    @Test
    func `Every proper beginning of an object is refused`() throws {
        let whole = Array(#"{"a":["é\u00e9",true,null,-1.5e+3],"b":{}}"#.utf8)
        _ = try JSON(parsing: whole)
        for length in 0..<whole.count {
            #expect(throws: JSONError.self) { try JSON(parsing: Array(whole[..<length])) }
        }
    }
}
