internal import Dates

/// Times as registries and forges write them (RFC 3339, and its relatives without a zone).
public enum Timestamp {
    /// Seconds since 1970 UTC of `2024-05-01T12:34:56Z`, with any zone, any fraction, a blank instead of the `T`, or no
    /// zone, which means UTC; nil for everything else, and for what is no time.
    public static func seconds(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]

        func digits(_ count: Int) -> Int64? {
            guard rest.count >= count, rest.prefix(count).allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }

        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2), skip("Tt "),
            let hour = digits(2), skip(":"), let minute = digits(2), skip(":"), let second = digits(2),
            let date = Day(year: year, month: month, dayOfMonth: day), hour < 24, minute < 60, second <= 60
        else { return nil }
        if skip(".") {
            guard digits(1) != nil else { return nil }
            while digits(1) != nil {}
        }
        var offset: Int64 = 0
        if rest.elementsEqual(" UTC".utf8) { rest = [] }
        if !rest.isEmpty && !skip("Zz") {
            let isEast = rest.first == UInt8(ascii: "+")
            guard skip("+-"), let hours = digits(2), hours < 24 else { return nil }
            _ = skip(":")
            guard let minutes = digits(2), minutes < 60 else { return nil }
            offset = (hours * 3600 + minutes * 60) * (isEast ? 1 : -1)
        }
        guard rest.isEmpty else { return nil }
        return date.number * Day.seconds + hour * 3600 + minute * 60 + second - offset
    }
}
