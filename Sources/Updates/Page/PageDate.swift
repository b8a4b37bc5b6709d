internal import Dates

/// A time as the page writes it, in UTC.
struct PageDate: Sendable, Equatable {
    /// `2026-11-26`
    let day: String
    /// `10:40`
    let time: String

    /// Nil for what is before 1970 or after the year 9999: a server may have written any number into a lock.
    init?(_ secondsSince1970: Int64) {
        guard let moment = Moment(secondsSince1970: secondsSince1970) else { return nil }
        day = moment.day.description
        time = moment.minute
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
