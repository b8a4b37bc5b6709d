internal import Dates
internal import Lockfile
internal import Resolvers

extension Pinr {
    /// How old it has to be what a pin of that source is moved to; nil for any age.
    /// - Throws: `LockfileError`
    func ageLimit(of source: Source) throws(LockfileError) -> AgeLimit? { ageLimit(of: try UpdatePolicy(source)) }

    func ageLimit(of policy: UpdatePolicy) -> AgeLimit? {
        policy.minimumAge.map { AgeLimit(days: $0, now: context.clock()) }
    }

    /// Why a pin is not considered today; nil when it is. One whose schedule cannot be read is, so that it fails.
    func scheduled(_ pin: Pin) -> String? {
        guard let schedule = (try? UpdatePolicy(pin.source))?.schedule else { return nil }
        let now = context.clock()
        guard !schedule.includes(now) else { return nil }
        return "schedule: \(schedule.text), next on \(Day(secondsSince1970: schedule.next(after: now)))"
    }

    /// Why a pin stays where it is though upstream has something newer.
    /// - Throws: `LockfileError`
    func waiting(for aging: Aging, _ source: Source) throws(LockfileError) -> String {
        Self.waiting(for: aging, days: try UpdatePolicy(source).minimumAge ?? 0)
    }

    static func waiting(for aging: Aging, days: Int) -> String {
        let what =
            switch aging.verdict {
            case .oldEnough: "what is newer is too young"
            case .tooYoung: "the newest is too young" + (aging.made.map { ", from \(Day(secondsSince1970: $0))" } ?? "")
            case .untold: "nobody says how old the newest is"
            case .rewritten: "the branch was rewritten, and what is old enough is older than what is locked"
            }
        let next = aging.oldEnough(after: days).map { "; next on \(Day(secondsSince1970: $0))" } ?? ""
        return "minimum age: \(days == 1 ? "1 day" : "\(days) days"): \(what)\(next)"
    }

    /// Refuses what is not as old as it has to be, where nothing is locked that could be stayed at.
    /// - Throws: `Problem`
    func requireAge(_ resolution: Resolution, _ policy: UpdatePolicy, pin name: String) throws(Problem) {
        guard let days = policy.minimumAge, let aging = resolution.aging, aging.verdict != .oldEnough else { return }
        throw Problem(
            .notFound, "there is nothing that is old enough: \(Self.waiting(for: aging, days: days))", pin: name,
            hint: "`--now` takes the newest, and leaves the age to later updates")
    }
}

extension Notice {
    /// To be told of what never becomes old enough, as long as nobody says how old it is; nil for what does.
    init?(untold aging: Aging, of source: any SourceType, pin: String) {
        guard aging.verdict == .untold else { return nil }
        self.init(
            "nobody says how old `\(printable(source.summary))` is, so that it stays where it is", pin: pin,
            hint:
                "`pinr update \(printable(pin)) --now` takes the newest, and `pinr set \(printable(pin)) --minimum-age 0` "
                + "every newest from now on")
    }
}

extension Pinr {
    /// The pins of those names and groups, those of groups behind; all of them when neither was given.
    /// - Throws: `LockfileError` for a name that no pin has, `Problem` for a group of none.
    static func select(
        _ names: [String], groups: [String], from pins: Pins
    ) throws -> [(name: PinName, pin: Pin)] {
        guard !groups.isEmpty else { return try select(names, from: pins) }
        var selected = names.isEmpty ? [] : try select(names, from: pins)
        var seen = Set(selected.map(\.name))
        for group in groups {
            let members = pins.filter { $0.pin.source.group.map { $0.utf8.elementsEqual(group.utf8) } ?? false }
            guard !members.isEmpty else {
                let others = Set(pins.compactMap(\.pin.source.group)).sorted()
                throw Problem(
                    .notFound, "no pin is in a group `\(printable(group))`",
                    hint: others.isEmpty
                        ? "`pinr set NAME --group \(printable(group))` puts one there"
                        : "there are " + others.map { "`\(printable($0))`" }.joined(separator: ", "))
            }
            for (name, pin) in members where seen.insert(name).inserted { selected.append((name, pin)) }
        }
        return selected
    }
}
