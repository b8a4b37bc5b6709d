public import Dates
internal import JSON
public import Lockfile
internal import Resolvers

/// What a pin's policy does to its updates.
public struct PolicyEffect: Sendable, Equatable {
    public let policy: UpdatePolicy
    /// The next day of its schedule, which may be today; nil without a schedule.
    public let nextDay: Day?
    /// What it may be moved to: the newest that is old enough; nil where there is none, or no age is asked for.
    public let allowed: Explanation.Newest?
    /// The day on which something newer will be old enough; nil where nothing waits, or nobody knows.
    public let oldEnoughOn: Day?

    /// The member `policy` of `explain --json`.
    var json: JSON {
        var object = policy.fields
        object["nextDay"] = nextDay.map { .string($0.description) }
        object["allowed"] = allowed?.json
        object["oldEnoughOn"] = oldEnoughOn.map { .string($0.description) }
        return .object(object)
    }
}

extension UpdatePolicy {
    /// In one line for people.
    public var summary: String {
        let words = [
            minimumAge.map { "at least \($0 == 1 ? "1 day" : "\($0) days") old" },
            schedule.map { "on schedule \($0.text)" },
            group.map { "in group \($0)" },
        ]
        return words.compactMap(\.self).joined(separator: ", ")
    }
}

extension Pinr {
    /// - Parameter aged: what the source means with respect to the age that is asked for; nil where none is.
    /// - Throws: `LockfileError`
    func policyEffect(of pin: Pin, aged: Resolution?) throws -> PolicyEffect? {
        let policy = try UpdatePolicy(pin.source)
        guard !policy.isEmpty else { return nil }
        let now = context.clock()
        let nextDay = policy.schedule.map { $0.includes(now) ? now : $0.next(after: now) }
        let isAllowed = aged.map { $0.aging.map { $0.verdict == .oldEnough } ?? true } ?? false
        let next = aged?.aging?.oldEnough(after: policy.minimumAge ?? 0)
        return PolicyEffect(
            policy: policy, nextDay: nextDay.map { Day(secondsSince1970: $0) },
            allowed: isAllowed ? aged.map { .init($0) } : nil, oldEnoughOn: next.map { Day(secondsSince1970: $0) })
    }

    /// What to do about something that may change more often than it has to be old; nil where that is no danger.
    static func starving(_ aging: Aging, _ source: any SourceType) -> String? {
        guard aging.isOnlyNewest, aging.verdict == .tooYoung else { return nil }
        return "upstream tells of its newest alone, so that what changes more often than that never is old enough"
            + (source.source.type != "channel" ? "" : ": track the branch of nixpkgs that the channel is made of")
    }
}
