/// A day of the Gregorian calendar, in UTC.
public struct Day: Equatable, Sendable, CustomStringConvertible {
    public static let seconds: Int64 = 86_400

    /// How many days it is after 1970-01-01.
    public let number: Int64
    public let year: Int64
    /// 1 for January.
    public let month: Int64
    public let dayOfMonth: Int64

    /// Years are counted as if each began with March, so that a leap day is the last of one: the days from 0000-03-01 to
    /// 1970-01-01.
    private static let offset: Int64 = 719_468
    /// 400 years have as many days as any other 400.
    private static let cycle: Int64 = 146_097

    /// - Parameter number: days after 1970-01-01, which no more than seconds of 64 bits make.
    public init(number: Int64) {
        let shifted = number + Self.offset
        let inCycle = (shifted % Self.cycle + Self.cycle) % Self.cycle
        let yearOfCycle = (inCycle - inCycle / 1_460 + inCycle / 36_524 - inCycle / 146_096) / 365
        let dayOfYear = inCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        self.number = number
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = (shifted - inCycle) / Self.cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
        dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    }

    /// The day of a time in seconds since 1970 UTC.
    public init(secondsSince1970 time: Int64) {
        // Rounded down, also before 1970.
        self.init(number: time / Self.seconds - (time % Self.seconds < 0 ? 1 : 0))
    }

    /// Nil for what is no day of the years 0 to 9999.
    public init?(year: Int64, month: Int64, dayOfMonth: Int64) {
        guard (0...9999).contains(year), (1...12).contains(month), (1...31).contains(dayOfMonth) else { return nil }
        // A cycle more, so that nothing is negative.
        let yearFromMarch = year + 400 - (month <= 2 ? 1 : 0)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + dayOfMonth - 1
        let days = yearFromMarch * 365 + yearFromMarch / 4 - yearFromMarch / 100 + yearFromMarch / 400 + dayOfYear
        self.init(number: days - Self.cycle - Self.offset)
        // The 30th of February is one of March.
        guard self.month == month, self.dayOfMonth == dayOfMonth else { return nil }
    }

    /// 0 for Monday; 1970 began with a Thursday.
    public var weekday: Int { Int(((number + 3) % 7 + 7) % 7) }

    /// `YYYY-MM-DD` of ISO 8601.
    public var description: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))" }
}

/// A number of at least so many digits.
func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number.magnitude)
    return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
