internal import Lockfile

/// The options of `add` and `set` that say when a pin is updated, and with which others, as a person gave them; nil where one
/// was not given. An empty one takes away what was there, as does an age of 0.
public struct PolicyOptions: Sendable, Equatable {
    /// How many days: `7`, `7d`, or weeks: `2w`.
    public var minimumAge: String?
    public var schedule: String?
    public var group: String?

    public init(minimumAge: String? = nil, schedule: String? = nil, group: String? = nil) {
        self.minimumAge = minimumAge
        self.schedule = schedule
        self.group = group
    }

    public var isEmpty: Bool { self == PolicyOptions() }

    /// A source's policy with what is given in its place; a field that cannot be read is no hindrance to replacing it.
    /// - Throws: `LockfileError` for a field that stays, and `Problem`
    func applied(to source: Source) throws -> UpdatePolicy {
        var source = source
        for (field, option) in [("minimumAge", minimumAge), ("schedule", schedule), ("group", group)]
        where option != nil { source[field] = nil }
        return try applied(to: UpdatePolicy(source))
    }

    /// - Throws: `Problem` for what is none of what it should be.
    func applied(to old: UpdatePolicy) throws(Problem) -> UpdatePolicy {
        var policy = old
        if let minimumAge { policy.minimumAge = try Self.days(minimumAge) }
        if let schedule {
            policy.schedule = Schedule(parsing: schedule)
            guard policy.schedule != nil || schedule.isEmpty else {
                throw Problem(
                    .usage, "`--schedule \(printable(schedule))` is no schedule",
                    hint: "it is one of " + Schedule.words.map { "`\($0)`" }.joined(separator: ", ")
                        + ", or several days of the week with commas between")
            }
        }
        if let group {
            guard group.unicodeScalars.allSatisfy({ !($0.value < 0x20 || 0x7F...0x9F ~= $0.value) }) else {
                throw Problem(
                    .usage, "the name of a group has no control characters in it", hint: "write it as plain text")
            }
            policy.group = group.isEmpty ? nil : group
        }
        return policy
    }

    /// The days of `7`, `7d` or `2w`; nil for none.
    private static func days(_ text: String) throws(Problem) -> Int? {
        if text.isEmpty { return nil }
        let unit: Int
        let digits: Substring
        switch text.utf8.last {
        case UInt8(ascii: "w"): (unit, digits) = (7, text.dropLast())
        case UInt8(ascii: "d"): (unit, digits) = (1, text.dropLast())
        default: (unit, digits) = (1, text[...])
        }
        if !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits) {
            let (days, isTooMany) = number.multipliedReportingOverflow(by: unit)
            if days == 0 { return nil }
            if !isTooMany && UpdatePolicy.minimumAges.contains(days) { return days }
        }
        throw Problem(
            .usage, "`--minimum-age \(printable(text))` is no number of days",
            hint: "it is a number of days, as `7` or `7d`, or of weeks, as `2w`; `0` takes it away")
    }
}
