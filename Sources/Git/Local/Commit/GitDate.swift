internal import Dates

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A time as a commit has it.
struct GitDate: Sendable, Equatable {
    /// Since 1970, UTC.
    var seconds: Int64
    /// Minutes east of Greenwich.
    var offset: Int

    init(seconds: Int64, offset: Int) {
        (self.seconds, self.offset) = (seconds, offset)
    }

    /// A time where this machine is.
    init(local seconds: Int64) {
        self.init(seconds: seconds, offset: Self.localOffset(at: seconds))
    }

    /// As it stands in a commit: `1704067200 +0100`.
    var text: String {
        let (sign, minutes) = (offset < 0 ? "-" : "+", abs(offset))
        let digits = String(minutes / 60 * 100 + minutes % 60)
        return "\(seconds) \(sign)" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func localOffset(at seconds: Int64) -> Int {
        var (time, parts) = (time_t(seconds), tm())
        guard localtime_r(&time, &parts) != nil else { return 0 }
        return parts.tm_gmtoff / 60
    }

    // MARK: Reading

    /// Reads a date as git's variables have it (git-commit(1), "DATE FORMATS"): `[@]SECONDS ±HHMM`, ISO 8601 or RFC 2822;
    /// without a zone it is that of this machine. Nil for anything else, and for a date without a time.
    init?(parsing text: String) {
        var scanner = DateScanner(Array(text.utf8))
        guard let date = scanner.scan() else { return nil }
        self = date
    }
}

private struct DateScanner {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    private let bytes: [UInt8]
    private var position = 0
    private var year: Int?
    private var month: Int?
    private var day: Int?
    private var secondsOfDay: Int?
    private var offset: Int?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func scan() -> GitDate? {
        if let raw = scanSeconds() { return raw }
        position = 0
        while let byte = next {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: ","), UInt8(ascii: "\t"): position += 1
            case UInt8(ascii: "T") where secondsOfDay == nil && day != nil: position += 1
            case UInt8(ascii: "+"), UInt8(ascii: "-"): guard scanZone() else { return nil }
            case UInt8(ascii: "0")...UInt8(ascii: "9"): guard scanNumber() else { return nil }
            default: guard scanWord() else { return nil }
            }
        }
        guard let year, let month, let day, let secondsOfDay, (1...31).contains(day),
            let first = Day(year: Int64(year), month: Int64(month), dayOfMonth: 1)
        else { return nil }
        // The 30th of February is one of March, as for git.
        let seconds = (first.number + Int64(day) - 1) * Day.seconds + Int64(secondsOfDay)
        guard seconds >= 0 else { return nil }
        guard let offset else {
            // Which offset holds is known only at the time itself; around a change of the clocks one guess is as good.
            let guess = GitDate(local: seconds).offset
            return GitDate(local: seconds - Int64(guess * 60))
        }
        return GitDate(seconds: seconds - Int64(offset * 60), offset: offset)
    }

    /// `[@]SECONDS [±HHMM]`; without the sign only of more than eight digits, as fewer may be a day.
    private mutating func scanSeconds() -> GitDate? {
        let isMarked = next == UInt8(ascii: "@")
        if isMarked { position += 1 }
        guard let (value, count) = scanDigits(), isMarked || count > 8 else { return nil }
        while next == UInt8(ascii: " ") { position += 1 }
        if next == nil { return GitDate(local: Int64(value)) }
        guard scanZone(), next == nil, let offset else { return nil }
        return GitDate(seconds: Int64(value), offset: offset)
    }

    private mutating func scanDigits() -> (value: Int, count: Int)? {
        let start = position
        var value = 0
        while let byte = next, (0x30...0x39).contains(byte), position - start < 15 {
            value = value * 10 + Int(byte - 0x30)
            position += 1
        }
        return position > start ? (value, position - start) : nil
    }

    private mutating func scanZone() -> Bool {
        guard offset == nil, let sign = next, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else {
            return false
        }
        position += 1
        guard let (value, count) = scanDigits() else { return false }
        var (hours, minutes) = (value / 100, value % 100)
        if count <= 2 {
            (hours, minutes) = (value, 0)
            if next == UInt8(ascii: ":") {
                position += 1
                guard let part = scanDigits(), part.count == 2 else { return false }
                minutes = part.value
            }
        }
        guard count <= 4, hours < 24, minutes < 60 else { return false }
        offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
        return true
    }

    private mutating func scanNumber() -> Bool {
        guard let first = scanDigits() else { return false }
        switch next {
        case UInt8(ascii: ":"): return scanTime(hours: first.value)
        case UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "."):
            guard first.count == 4, year == nil, let separator = next else { return false }
            position += 1
            guard let second = scanDigits(), next == separator else { return false }
            position += 1
            guard let third = scanDigits() else { return false }
            (year, month, day) = (first.value, second.value, third.value)
            return true
        default:
            if first.count == 4, year == nil {
                year = first.value
            } else if first.count <= 2, day == nil {
                day = first.value
            } else {
                return false
            }
            return true
        }
    }

    private mutating func scanTime(hours: Int) -> Bool {
        position += 1
        guard secondsOfDay == nil, let minutes = scanDigits(), minutes.count == 2 else { return false }
        var seconds = 0
        if next == UInt8(ascii: ":") {
            position += 1
            guard let part = scanDigits(), part.count == 2 else { return false }
            seconds = part.value
            if next == UInt8(ascii: ".") {
                position += 1
                guard scanDigits() != nil else { return false }
            }
        }
        guard hours < 24, minutes.value < 60, seconds <= 60 else { return false }
        secondsOfDay = hours * 3600 + minutes.value * 60 + seconds
        return true
    }

    private mutating func scanWord() -> Bool {
        let start = position
        while let byte = next, byte.isLetterOrDigit, !(0x30...0x39).contains(byte) { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
        if word == "z" || word == "utc" || word == "gmt" {
            guard offset == nil else { return false }
            offset = 0
            return true
        }
        if let index = Self.months.firstIndex(of: String(word.prefix(3))), month == nil {
            month = index + 1
            return true
        }
        return Self.days.contains(String(word.prefix(3)))
    }
}
