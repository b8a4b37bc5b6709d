/// The days on which an update considers a pin, all in UTC.
///
/// Which days these are is decided by the calendar alone: a lock has no time of the last look, and nobody has to remember
/// anything for two machines to agree. `daily` is every day, `weekly` every Monday, `monthly` the first day of a month,
/// `quarterly` that of January, April, July and October; or the names of days of the week, with commas between.
public struct Schedule: Sendable, Equatable {
    /// How it is written: in small letters, the days of the week in their order.
    public let text: String
    private let rule: Rule

    private enum Rule: Equatable {
        case daily
        case monthly
        case quarterly
        /// Days of the week, 0 for Monday.
        case weekdays(Set<Int>)
    }

    private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    /// Every word that a schedule can be.
    public static let words = ["daily", "weekly", "monthly", "quarterly"] + weekdays

    /// Reads what a person wrote, in capital or small letters; nil for what is none.
    public init?(parsing text: String) {
        // Letters of ASCII alone, so that nothing else becomes one of these words.
        let small = String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
        switch small {
        case "daily": (self.text, rule) = (small, .daily)
        case "weekly": (self.text, rule) = (small, .weekdays([0]))
        case "monthly": (self.text, rule) = (small, .monthly)
        case "quarterly": (self.text, rule) = (small, .quarterly)
        default:
            var days: Set<Int> = []
            for word in small.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                let blanks = { (byte: UInt8) in byte == UInt8(ascii: " ") }
                let name = word.drop(while: blanks).reversed().drop(while: blanks).reversed()
                guard let day = Self.weekdays.firstIndex(where: { $0.utf8.elementsEqual(name) }) else { return nil }
                days.insert(day)
            }
            (self.text, rule) = (days.sorted().map { Self.weekdays[$0] }.joined(separator: ","), .weekdays(days))
        }
    }

    /// Whether a time, in seconds since 1970 UTC, is on one of the days.
    public func includes(_ time: Int64) -> Bool { includes(day: CalendarDay(secondsSince1970: time)) }

    /// When the next of the days begins, in seconds since 1970 UTC: a day after that of `time`.
    public func next(after time: Int64) -> Int64 {
        var day = CalendarDay(secondsSince1970: time).number + 1
        // A quarter has 92 days at most.
        for _ in 0..<100 where !includes(day: CalendarDay(number: day)) { day += 1 }
        return day * CalendarDay.seconds
    }

    private func includes(day: CalendarDay) -> Bool {
        switch rule {
        case .daily: true
        case .monthly: day.dayOfMonth == 1
        case .quarterly: day.dayOfMonth == 1 && day.month % 3 == 1
        case .weekdays(let days): days.contains(day.weekday)
        }
    }
}

/// A day of the Gregorian calendar, in UTC.
struct CalendarDay {
    static let seconds: Int64 = 86400

    /// How many days it is after 1970-01-01.
    let number: Int64

    init(number: Int64) { self.number = number }

    init(secondsSince1970 time: Int64) {
        // Rounded down, also before 1970.
        number = time / Self.seconds - (time % Self.seconds < 0 ? 1 : 0)
    }

    /// 0 for Monday; 1970 began with a Thursday.
    var weekday: Int { Int(((number + 3) % 7 + 7) % 7) }

    var month: Int { monthAndDay.month }
    var dayOfMonth: Int { monthAndDay.day }

    /// Counted in years that begin with March, so that a leap day is the last of one.
    private var monthAndDay: (month: Int, day: Int) {
        // 400 years have as many days as any other 400.
        let inCycle = ((number + 719_468) % 146_097 + 146_097) % 146_097
        let year = (inCycle - inCycle / 1460 + inCycle / 36524 - inCycle / 146_096) / 365
        let inYear = inCycle - (365 * year + year / 4 - year / 100)
        let month = (5 * inYear + 2) / 153
        return (Int(month < 10 ? month + 3 : month - 9), Int(inYear - (153 * month + 2) / 5 + 1))
    }
}
