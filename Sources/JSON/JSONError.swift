/// Why a text is not JSON as RFC 8259 has it, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong.
    public let reason: Reason
    /// The line, from 1; a line ends with a line feed.
    public let line: Int
    /// The column in Unicode scalars, from 1.
    public let column: Int

    /// What can be wrong with a text.
    public enum Reason: Equatable, Sendable {
        /// The text ends where something has to follow.
        case unexpectedEnd(expected: Expectation)
        /// A character that cannot stand here.
        case unexpected(Unicode.Scalar, expected: Expectation)
        /// A word that begins as `true`, `false` or `null` do and is none of them.
        case invalidLiteral
        /// A number that RFC 8259 does not have, such as `1.` or `-`.
        case invalidNumber
        /// A string without a closing quote; the place is that of the opening one.
        case unterminatedString
        /// A byte below 0x20 within a string.
        case controlCharacter(UInt8)
        /// A backslash with something after it that is no escape sequence.
        case invalidEscape
        /// Half of a surrogate pair, which no UTF-8 text can hold.
        case loneSurrogate
        /// Bytes that are not UTF-8.
        case invalidUTF8
        /// The text begins with U+FEFF.
        case byteOrderMark
        /// A key that its object has already, by UTF-8 bytes; the place is that of the second one.
        case duplicateKey(String)
        /// More arrays and objects within each other than are read.
        case tooDeep(limit: Int)
    }

    /// What would have been right.
    public enum Expectation: Equatable, Sendable {
        case value
        case valueOrClosingBracket
        case key
        case keyOrClosingBrace
        case colon
        case commaOrClosingBracket
        case commaOrClosingBrace
        case endOfText
    }

    /// Counts lines and columns up to `offset`; everything before it has been found to be UTF-8.
    init(_ reason: Reason, in bytes: [UInt8], at offset: Int) {
        var line = 1
        var column = 1
        for byte in bytes[..<offset] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.reason = reason
        self.line = line
        self.column = column
    }
}
