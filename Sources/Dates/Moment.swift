/// A time in UTC, to the second.
public struct Moment: Equatable, Sendable, CustomStringConvertible {
    public let day: Day
    private let secondsOfDay: Int64

    /// Nil for a time before 1970 or after the year 9999: a server may write any number.
    public init?(secondsSince1970 seconds: Int64) {
        guard (0..<253_402_300_800).contains(seconds) else { return nil }
        day = Day(secondsSince1970: seconds)
        secondsOfDay = seconds % Day.seconds
    }

    /// `HH:MM`
    public var minute: String { "\(padded(secondsOfDay / 3600, 2)):\(padded(secondsOfDay / 60 % 60, 2))" }

    /// `YYYY-MM-DDTHH:MM:SSZ` of ISO 8601.
    public var description: String { "\(day)T\(minute):\(padded(secondsOfDay % 60, 2))Z" }
}
