/// Text from outside, such as the first line of a commit's message, made so that it is only read.
///
/// What is done comes in two steps. `line` leaves of a text what can be seen: no control characters, no sequences that
/// steer a terminal, nothing that turns the direction of what is shown or cannot be seen at all (CVE-2021-42574), and one
/// line of limited length. `markdown` writes such a line so that a renderer shows these very characters, and a forge finds
/// nothing in them to act upon.
public enum SafeText {
    /// What can be seen of a text, in one line: every run of white space is one blank.
    ///
    /// - Parameter limit: how many Unicode scalars it may have; of a longer one the beginning stays, and an ellipsis.
    public static func line(_ text: String, limit: Int = 120) -> String {
        var line = String.UnicodeScalarView()
        var count = 0
        var isBlankPending = false
        var marks = 0
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if let length = TerminalSequence.length(beginning: scalar, rest) {
                rest = rest.dropFirst(length)
                continue
            }
            if scalar.isBlank {
                isBlankPending = true
                continue
            }
            guard scalar.isVisible else { continue }
            // Letters have a few marks; hundreds of them cover the lines above and below.
            marks = scalar.isMark ? marks + 1 : 0
            if marks > 4 { continue }
            let added = isBlankPending && count > 0 ? 2 : 1
            guard count + added <= limit else {
                // The ellipsis takes the place of the last, so that the limit holds.
                while count > max(0, limit - 1) {
                    line.removeLast()
                    count -= 1
                }
                while line.last == " " { line.removeLast() }
                if limit > 0 { line.append("…") }
                return String(line)
            }
            if added == 2 { line.append(" ") }
            line.append(scalar)
            count += added
            isBlankPending = false
        }
        return String(line)
    }

    /// What can be seen of bytes that are meant to be UTF-8; what is none is shown as U+FFFD.
    public static func line(_ bytes: some Collection<UInt8>, limit: Int = 120) -> String {
        line(String(decoding: bytes, as: UTF8.self), limit: limit)
    }

    /// The URL of a web page as it can stand in a link; nil for what is none.
    ///
    /// Only http and https lead anywhere: not `javascript:`, nor a host behind a name that is shown before it
    /// (`https://github.com@example.org`, or `https://github.com\@example.org`, where a browser takes `\` for `/` and
    /// others do not). What is not harmless in a URL is percent-encoded.
    public static func url(_ text: String) -> String? {
        let lower = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else { return nil }
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { !"/?#".utf8.contains($0) }
        let isHost = authority.allSatisfy { byte in
            byte.isASCIIAlphanumeric || "-._:[]".utf8.contains(byte)
        }
        guard let first = authority.first, first != UInt8(ascii: ":"), isHost, text.utf8.count <= 2000 else {
            return nil
        }
        let digits = Array("0123456789ABCDEF".utf8)
        var url = Array(scheme.utf8) + authority
        for byte in rest.dropFirst(authority.count) {
            if byte.isASCIIAlphanumeric || "-._~:/?#&=+,;%@".utf8.contains(byte) {
                url.append(byte)
            } else {
                url += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: url, as: UTF8.self)
    }
}

extension Unicode.Scalar {
    /// White space of any kind and width, the ends of lines among it.
    fileprivate var isBlank: Bool {
        switch properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: true
        default: properties.isWhitespace
        }
    }

    /// Whether it has a shape of its own, that everybody sees.
    fileprivate var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse: return false
        default: break
        }
        // A braille pattern without a dot, and what stands for an object that is not there.
        if value == 0x2800 || value == 0xFFFC { return false }
        return !properties.isDefaultIgnorableCodePoint && !properties.isNoncharacterCodePoint
    }

    fileprivate var isMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: false
        }
    }
}

extension UInt8 {
    var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}

/// What steers a terminal (ECMA-48, section 5), and is no text.
private enum TerminalSequence {
    /// How many scalars follow the first of a sequence and belong to it; nil when none begins there.
    static func length(beginning first: Unicode.Scalar, _ rest: Substring.UnicodeScalarView) -> Int? {
        switch first.value {
        case 0x1B:
            guard let second = rest.first else { return 0 }
            switch second {
            case "[": return 1 + control(rest.dropFirst())
            case "]", "P", "X", "^", "_": return 1 + string(rest.dropFirst())
            // Such as `ESC ( 0`, which chooses a set of characters.
            case " "..."/":
                let count = rest.prefix { (" "..."/").contains($0) }.count
                return rest.dropFirst(count).isEmpty ? count : count + 1
            case "0"..."~": return 1
            default: return 0
            }
        case 0x9B: return control(rest)
        case 0x9D, 0x90, 0x98, 0x9E, 0x9F: return string(rest)
        default: return nil
        }
    }

    /// Parameters, and the character that ends them.
    private static func control(_ rest: Substring.UnicodeScalarView) -> Int {
        let count = rest.prefix { (" "..."?").contains($0) }.count
        guard let end = rest.dropFirst(count).first, ("@"..."~").contains(end) else { return count }
        return count + 1
    }

    /// A text for the terminal, such as its title; what has no end is text for people.
    private static func string(_ rest: Substring.UnicodeScalarView) -> Int {
        var count = 0
        var isEscaped = false
        for scalar in rest {
            count += 1
            if scalar.value == 0x07 || scalar.value == 0x9C || isEscaped && scalar == "\\" { return count }
            isEscaped = scalar.value == 0x1B
        }
        return 0
    }
}
