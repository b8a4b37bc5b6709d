#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A time in UTC, to the second.
public struct Moment: Equatable, Sendable, CustomStringConvertible {
    /// `YYYY-MM-DDTHH:MM:SSZ` of ISO 8601.
    public let description: String

    /// Nil for a time that no calendar has.
    public init?(secondsSince1970 seconds: Int64) {
        var time = time_t(seconds)
        var parts = tm()
        // A server may write any number.
        guard (0..<253_402_300_800).contains(seconds), gmtime_r(&time, &parts) != nil else { return nil }
        func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        description =
            "\(Day(secondsSince1970: seconds))T\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))Z"
    }
}

/// A day in UTC.
public struct Day: Equatable, Sendable, CustomStringConvertible {
    /// `YYYY-MM-DD` of ISO 8601.
    public let description: String

    /// The day of a time in seconds since 1970 UTC.
    public init(secondsSince1970 seconds: Int64) {
        var time = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else {
            description = "\(seconds)"
            return
        }
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        // A commit may bear any number, and the last years that the C library knows are more than fit in 32 bits.
        let (year, month, day) = (Int64(parts.tm_year) + 1900, Int64(parts.tm_mon) + 1, Int64(parts.tm_mday))
        description = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
