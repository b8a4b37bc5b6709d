internal import Dates

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
    public func includes(_ time: Int64) -> Bool { includes(day: Day(secondsSince1970: time)) }

    /// When the next of the days begins, in seconds since 1970 UTC: a day after that of `time`.
    public func next(after time: Int64) -> Int64 {
        var day = Day(secondsSince1970: time).number + 1
        // A quarter has 92 days at most.
        for _ in 0..<100 where !includes(day: Day(number: day)) { day += 1 }
        return day * Day.seconds
    }

    private func includes(day: Day) -> Bool {
        switch rule {
        case .daily: true
        case .monthly: day.dayOfMonth == 1
        case .quarterly: day.dayOfMonth == 1 && day.month % 3 == 1
        case .weekdays(let days): days.contains(day.weekday)
        }
    }
}
