import JSON
import Support

/// Values with everything in them that a writer can get wrong.
struct RandomJSON {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func value(depth: Int = 5) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .number(JSONNumber(Int64.random(in: -(1 << 53)...(1 << 53), using: &generator)))
        case 3, 4: return .string(text())
        case 5, 6: return .array((0..<count()).map { _ in value(depth: depth - 1) })
        default: return .object(JSONObject((0..<count()).map { _ in (text(), value(depth: depth - 1)) }))
        }
    }

    mutating func text() -> String {
        var text = ""
        for _ in 0..<count() { text.unicodeScalars.append(scalar()) }
        return text
    }

    private mutating func count() -> Int { Int.random(in: 0..<7, using: &generator) }

    private static let notable: [Unicode.Scalar] = [
        "\"", "\\", "/", "\0", "\u{1F}", "\u{7F}", "\u{80}", "\u{9F}", "é", "e", "\u{301}", "\u{7FF}", "\u{800}",
        "\u{2028}", "\u{D7FF}", "\u{E000}", "\u{FEFF}", "\u{FFFD}", "\u{FFFF}", "\u{10000}", "\u{1F600}",
        "\u{10FFFF}",
    ]

    private mutating func scalar() -> Unicode.Scalar {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: Self.notable.randomElement(using: &generator) ?? "?"
        case 1: Unicode.Scalar(UInt8.random(in: 0..<0x80, using: &generator))
        case 2: Unicode.Scalar(UInt32.random(in: 0x80..<0x11_0000, using: &generator)) ?? "?"
        default: Unicode.Scalar(UInt8.random(in: 0x61...0x63, using: &generator))
        }
    }

    // MARK: Another writer

    /// The value as somebody else could have written it: keys in any order, white space and escapes anywhere.
    mutating func scrambled(_ value: JSON) -> String {
        switch value {
        case .null, .bool, .number: space() + String(decoding: value.serializedCompactly(), as: UTF8.self) + space()
        case .string(let text): space() + scrambled(text) + space()
        case .array(let elements):
            space() + "[" + elements.map { scrambled($0) }.joined(separator: ",") + (elements.isEmpty ? space() : "")
                + "]" + space()
        case .object(let members):
            space() + "{"
                + members.shuffled(using: &generator)
                .map { space() + scrambled($0.key) + space() + ":" + scrambled($0.value) }
                .joined(separator: ",") + (members.isEmpty ? space() : "") + "}" + space()
        }
    }

    private mutating func space() -> String {
        let spaces = ["", "", "", " ", "\t", "\r\n", " \n  "]
        return spaces.randomElement(using: &generator) ?? ""
    }

    private mutating func scrambled(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            let mustBeEscaped = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            if mustBeEscaped || Int.random(in: 0..<4, using: &generator) == 0 {
                for unit in UTF16.encode(scalar) ?? UTF16.EncodedScalar() {
                    var digits = String(unit, radix: 16, uppercase: .random(using: &generator))
                    digits = String(repeating: "0", count: 4 - digits.count) + digits
                    quoted += "\\u" + digits
                }
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
