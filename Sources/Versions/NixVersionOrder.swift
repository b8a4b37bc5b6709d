/// The order of versions that Nix uses for package names, `builtins.compareVersions`.
///
/// A version falls into runs of digits and runs of anything else, split also at `.` and `-`. Numbers compare as
/// numbers; `pre` comes before everything, the empty run included; a number comes after any other text.
public enum NixVersionOrder {
    /// Negative, zero or positive as `left` is older than, the same as or newer than `right`.
    public static func compare(_ left: String, _ right: String) -> Int {
        var left = Array(left.utf8)[...]
        var right = Array(right.utf8)[...]
        while !left.isEmpty || !right.isEmpty {
            let first = nextComponent(&left)
            let second = nextComponent(&right)
            if precedes(first, second) { return -1 }
            if precedes(second, first) { return 1 }
        }
        return 0
    }

    private static func nextComponent(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        rest = rest.drop { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        guard let first = rest.first else { return [] }
        let isNumber = isDigit(first)
        let component = rest.prefix {
            isNumber ? isDigit($0) : !isDigit($0) && $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "-")
        }
        rest = rest.dropFirst(component.count)
        return component
    }

    private static func precedes(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        let leftDigits = digits(left)
        let rightDigits = digits(right)
        if let leftDigits, let rightDigits {
            return leftDigits.count != rightDigits.count
                ? leftDigits.count < rightDigits.count : leftDigits.lexicographicallyPrecedes(rightDigits)
        }
        if left.isEmpty && rightDigits != nil { return true }
        if left.elementsEqual("pre".utf8) && !right.elementsEqual("pre".utf8) { return true }
        if right.elementsEqual("pre".utf8) { return false }
        if rightDigits != nil { return true }
        if leftDigits != nil { return false }
        return left.lexicographicallyPrecedes(right)
    }

    /// A run of digits without leading zeros; nil for any other text. Any length counts: nothing overflows.
    private static func digits(_ component: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let first = component.first, isDigit(first) else { return nil }
        return component.drop { $0 == UInt8(ascii: "0") }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
