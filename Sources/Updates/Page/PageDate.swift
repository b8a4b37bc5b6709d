/// A time as the page writes it, in UTC; of the proleptic Gregorian calendar, without asking the system.
struct PageDate: Sendable, Equatable {
    /// `2026-11-26`
    let day: String
    /// `10:40`
    let time: String

    /// Nil for what is no year from 1 to 9999: a server may have written any number into a lock.
    init?(_ secondsSince1970: Int64) {
        guard (-62_135_596_800..<253_402_300_800).contains(secondsSince1970) else { return nil }
        // Both round down, also before 1970.
        let days = (secondsSince1970 + 62_135_596_800) / 86_400 - 719_162
        let seconds = (secondsSince1970 + 62_135_596_800) % 86_400
        // Years that begin in March, so that the day that comes and goes is the last one.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        day = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(dayOfMonth, 2))"
        time = "\(Self.padded(seconds / 3600, 2)):\(Self.padded(seconds / 60 % 60, 2))"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// A length of time in the words of the page: one unit, rounded down, as people say how old a thing is.
enum PageSpan {
    static let day: Int64 = 86_400

    /// `5 years`, `14 months`, `12 days`, `today`.
    static func words(_ seconds: Int64) -> String {
        let days = seconds / day
        if days < 1 { return "less than a day" }
        if days < 60 { return PageSpan.count(days, "day") }
        if days < 730 { return PageSpan.count(days * 100 / 3044, "month") }
        return PageSpan.count(days * 100 / 36_525, "year")
    }

    /// `1 day`, `12,345 days`.
    static func count(_ number: Int64, _ noun: String) -> String {
        "\(grouped(number)) \(number == 1 ? noun : noun + "s")"
    }

    /// A number with a comma between thousands.
    static func grouped(_ number: Int64) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}
