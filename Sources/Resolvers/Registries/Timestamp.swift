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
            (1...12).contains(month), (1...days(in: month, of: year)).contains(day), hour < 24, minute < 60,
            second <= 60
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
        return daysSince1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // Years before this one, each with the leap days that were in them.
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400
        let months = (1..<month).reduce(Int64(0)) { $0 + days(in: $1, of: year) }
        return before * 365 + leapDays + months + day - 1 - 719_162
    }
}
