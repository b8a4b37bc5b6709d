/// A JSON number as the text it was written with, so that writing it again changes nothing.
public struct JSONNumber: Sendable, Hashable, CustomStringConvertible {
    /// The number as RFC 8259 section 6 spells it.
    public let literal: String

    public var description: String { literal }

    /// The number in its shortest decimal form.
    public init(_ value: some FixedWidthInteger) {
        literal = String(value)
    }

    /// Nil unless the text is a number of RFC 8259: `-0`, `12`, `1.50`, `2e-7`; not `01`, `+1`, `.5` or `1.`.
    public init?(literal: String) {
        let bytes = Array(literal.utf8)
        guard !bytes.isEmpty, Self.length(ofNumberIn: bytes, at: 0) == bytes.count else { return nil }
        self.literal = literal
    }

    /// The text was scanned before.
    init(scanned literal: String) {
        self.literal = literal
    }

    /// The value, when it is written without fraction or exponent and fits.
    public var integer: Int64? { Int64(literal) }

    /// How many bytes the number has that begins at `start`; nil when none is there or it is cut short.
    ///
    /// Nothing is said about what follows: of `01` it is the `0`.
    static func length(ofNumberIn bytes: [UInt8], at start: Int) -> Int? {
        var position = start

        func skip(_ first: Unicode.Scalar, or second: Unicode.Scalar? = nil) -> Bool {
            guard position < bytes.count else { return false }
            let scalar = Unicode.Scalar(bytes[position])
            guard scalar == first || scalar == second else { return false }
            position += 1
            return true
        }
        func skipDigits() -> Bool {
            let first = position
            while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
            return position > first
        }

        _ = skip("-")
        if !skip("0") {
            guard skipDigits() else { return nil }
        }
        if skip(".") {
            guard skipDigits() else { return nil }
        }
        if skip("e", or: "E") {
            _ = skip("+", or: "-")
            guard skipDigits() else { return nil }
        }
        return position - start
    }
}
