import PinrKit
import Testing

/// Texts from outside, made harmless.
struct PrintableTests {
    static let texts: [([UInt8], String)] = [
        ([], ""), (Array("plain `text` \\ é 日 🎉".utf8), "plain `text` \\ é 日 🎉"),
        (Array("\u{1B}[31m".utf8), "\\x1b[31m"),
        (Array("a\nb\tc\r\0".utf8), "a\\x0ab\\x09c\\x0d\\x00"), ([0x7F], "\\x7f"), ([0xFF, 0x41, 0xC3], "\\xffA\\xc3"),
        ([0xE2, 0x82, 0x41], "\\xe2\\x82A"), ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"), ([0xC2, 0x9B], "\\xc2\\x9b"),
        (Array("\u{202E}abc".utf8), "\\xe2\\x80\\xaeabc"), (Array("\u{2028}".utf8), "\\xe2\\x80\\xa8"),
        (Array("e\u{301}".utf8), "e\u{301}"),
    ]

    @Test(arguments: texts)
    func `What would do harm on a terminal is escaped, byte by byte`(bytes: [UInt8], text: String) {
        #expect(printable(bytes).utf8.elementsEqual(text.utf8))
        // What is escaped already stays as it is.
        #expect(printable(printable(bytes)).utf8.elementsEqual(text.utf8))
    }

    @Test func `What is long is cut`() {
        #expect(printable([UInt8](repeating: 0x61, count: 300)) == String(repeating: "a", count: 200) + "…")
        #expect(printable([UInt8](repeating: 0x61, count: 200)) == String(repeating: "a", count: 200))
    }
}
