/// The variables of a file in git's configuration syntax (git-config(1)), in the order of the file.
///
/// Parsed here and not by libgit2, which follows `include` to files of this machine: what is read with this comes from
/// outside, and an include means nothing in it.
struct GitConfig: Sendable, Equatable {
    struct Variable: Sendable, Equatable {
        /// Section and name in lower case, with the subsection as it is written between them.
        let key: [UInt8]
        /// Nil where there is not even a `=`.
        let value: [UInt8]?
    }

    let variables: [Variable]
    /// A line whose value goes on behind white space on the next one, or behind empty quotes: libgit2, and so Nix, may take
    /// that white space for a part of it, or go on with the line after an empty one.
    let ambiguousLine: Int?

    /// - Throws: `GitConfigFault`
    init(parsing file: [UInt8]) throws(GitConfigFault) {
        // A C string ends there for git, and the file for nobody.
        if let nul = file.firstIndex(of: 0) {
            throw GitConfigFault(line: 1 + file[..<nul].count { $0 == UInt8(ascii: "\n") })
        }
        var parser = GitConfigParser(file)
        variables = try parser.parse()
        ambiguousLine = parser.ambiguousLine
    }
}

/// A line that git calls bad.
struct GitConfigFault: Error, Equatable {
    /// Its number, from one.
    let line: Int
}

/// One pass over a file; what stands for the end of a line also stands for the end of the file.
private struct GitConfigParser {
    private static let newline = UInt8(ascii: "\n")

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var isAtEnd = false
    /// The section and a dot after it; empty before the first one.
    private var section: [UInt8] = []
    private var variables: [GitConfig.Variable] = []
    private(set) var ambiguousLine: Int?

    init(_ bytes: [UInt8]) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        self.bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    }

    mutating func parse() throws(GitConfigFault) -> [GitConfig.Variable] {
        while !isAtEnd {
            let lineNumber = line
            let byte = next()
            switch byte {
            case UInt8(ascii: "#"), UInt8(ascii: ";"): skipLine()
            case UInt8(ascii: "["):
                guard parseSection() else { throw GitConfigFault(line: lineNumber) }
            case _ where Self.isSpace(byte): break
            case _ where Self.isLetter(byte):
                guard parseVariable(byte) else { throw GitConfigFault(line: lineNumber) }
            default: throw GitConfigFault(line: lineNumber)
            }
        }
        return variables
    }

    /// The next byte; a carriage return before the end of a line is not there.
    private mutating func next() -> UInt8 {
        guard position < bytes.count else {
            isAtEnd = true
            return Self.newline
        }
        if bytes[position] == UInt8(ascii: "\r"), position + 1 < bytes.count, bytes[position + 1] == Self.newline {
            position += 1
        }
        defer { position += 1 }
        if bytes[position] == Self.newline { line += 1 }
        return bytes[position]
    }

    private mutating func skipLine() {
        while next() != Self.newline {}
    }

    // MARK: Sections

    /// `[section]`, `[section.subsection]` in lower case, or `[section "subsection"]`, behind the bracket.
    private mutating func parseSection() -> Bool {
        var name: [UInt8] = []
        while true {
            var byte = next()
            if isAtEnd { return false }
            if byte == UInt8(ascii: "]") { break }
            if Self.isSpace(byte) {
                while Self.isSpace(byte) {
                    if byte == Self.newline { return false }
                    byte = next()
                }
                guard byte == UInt8(ascii: "\""), let subsection = parseSubsection(), next() == UInt8(ascii: "]")
                else { return false }
                name += [UInt8(ascii: ".")] + subsection
                break
            }
            guard Self.isKey(byte) || byte == UInt8(ascii: ".") else { return false }
            name.append(Self.lowercased(byte))
        }
        guard !name.isEmpty else { return false }
        section = name + [UInt8(ascii: ".")]
        return true
    }

    /// What is between the quotes, the last of which is taken too; a backslash makes any byte stand for itself.
    private mutating func parseSubsection() -> [UInt8]? {
        var name: [UInt8] = []
        while true {
            var byte = next()
            if byte == Self.newline { return nil }
            if byte == UInt8(ascii: "\"") { return name }
            if byte == UInt8(ascii: "\\") {
                byte = next()
                if byte == Self.newline { return nil }
            }
            name.append(byte)
        }
    }

    // MARK: Variables

    private mutating func parseVariable(_ first: UInt8) -> Bool {
        var key = section + [Self.lowercased(first)]
        var byte = next()
        while !isAtEnd, Self.isKey(byte) {
            key.append(Self.lowercased(byte))
            byte = next()
        }
        while byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { byte = next() }
        guard byte != Self.newline else {
            variables.append(GitConfig.Variable(key: key, value: nil))
            return true
        }
        guard byte == UInt8(ascii: "="), let value = parseValue() else { return false }
        variables.append(GitConfig.Variable(key: key, value: value))
        return true
    }

    /// Blanks around a value and comments behind it are not part of it, unless they are in quotes.
    private mutating func parseValue() -> [UInt8]? {
        var value: [UInt8] = []
        // Where the value ends if nothing but blanks follows.
        var trimmed: Int?
        var (isQuoted, hasQuote) = (false, false)
        while true {
            let byte = next()
            if byte == Self.newline {
                guard !isQuoted else { return nil }
                return Array(value.prefix(trimmed ?? value.count))
            }
            if !isQuoted {
                if Self.isSpace(byte) {
                    if value.isEmpty {
                        if hasQuote, ambiguousLine == nil { ambiguousLine = line }
                    } else {
                        trimmed = trimmed ?? value.count
                        value.append(byte)
                    }
                    continue
                }
                if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                    skipLine()
                    return Array(value.prefix(trimmed ?? value.count))
                }
            }
            trimmed = nil
            switch byte {
            case UInt8(ascii: "\""): (isQuoted, hasQuote) = (!isQuoted, true)
            case UInt8(ascii: "\\"):
                switch next() {
                case Self.newline:
                    let hasBlank = position < bytes.count && Self.isSpace(bytes[position])
                    if hasBlank, ambiguousLine == nil { ambiguousLine = line - 1 }
                case UInt8(ascii: "t"): value.append(UInt8(ascii: "\t"))
                case UInt8(ascii: "b"): value.append(0x08)
                case UInt8(ascii: "n"): value.append(Self.newline)
                case let escaped where escaped == UInt8(ascii: "\\") || escaped == UInt8(ascii: "\""):
                    value.append(escaped)
                default: return nil
                }
            default: value.append(byte)
            }
        }
    }

    // MARK: Bytes

    private static func isSpace(_ byte: UInt8) -> Bool {
        " \t\n\r".utf8.contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit && !(0x30...0x39).contains(byte)
    }

    private static func isKey(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || byte == UInt8(ascii: "-")
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}
