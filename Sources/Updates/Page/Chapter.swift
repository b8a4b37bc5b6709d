internal import Lockfile

/// A part of the page: the pins that stand alike, the most pressing part first.
enum Chapter: String, CaseIterable, Sendable {
    case failed, held, behind, waiting, frozen, unknown, current

    /// A pin is in one part alone. One that is frozen on purpose is no news for being behind; that it failed is.
    init(of pin: ReportedPin) {
        self =
            switch pin.standing {
            case .failed: .failed
            case _ where pin.frozen != nil: .frozen
            case .held: .held
            case .behind: .behind
            case .waiting: .waiting
            case .unknown: .unknown
            case .upToDate, .fixed: .current
            }
    }

    var heading: String {
        switch self {
        case .failed: "Failed"
        case .held: "Needs a look"
        case .behind: "Behind"
        case .waiting: "Waiting"
        case .frozen: "Frozen"
        case .unknown: "Not known"
        case .current: "Up to date"
        }
    }

    /// What the heading means, in a sentence.
    var meaning: String {
        switch self {
        case .failed: "Nothing could be found out about these. They stay at what they are locked to."
        case .held: "Upstream has something that no update takes without somebody having looked at it."
        case .behind: "Upstream has something newer, which the next update takes. Furthest behind first."
        case .waiting: "Upstream has something newer, and these wait as their policy asks: for a day, or for an age."
        case .frozen: "Somebody froze these, and no update moves them. Oldest first."
        case .unknown: "What upstream has was not asked, or only a download would tell."
        case .current: "Locked to the newest of what they track, or to one place for good."
        }
    }
}

extension ReportPage {
    /// The pins of a part, in the order of the page.
    func pins(in chapter: Chapter) -> [ReportedPin] {
        let pins = pins.filter { Chapter(of: $0) == chapter }.map { (pin: $0, rank: rank($0, in: chapter)) }
        return pins.sorted { one, other in
            for (left, right) in zip(one.rank, other.rank) where left != right { return left > right }
            return one.pin.name.utf8.lexicographicallyPrecedes(other.pin.name.utf8)
        }.map(\.pin)
    }

    /// Numbers of which the larger come first; what is not known comes last.
    private func rank(_ pin: ReportedPin, in chapter: Chapter) -> [Int64] {
        switch chapter {
        case .behind, .waiting:
            [pin.secondsBehind ?? -1, Int64(pin.versions ?? -1), Int64(pin.commits?.count ?? -1)]
        case .frozen: [age(of: pin) ?? .min]
        case .failed, .held, .unknown, .current: []
        }
    }

    /// How old what is locked is, in seconds: negative when it is dated later than the page. Nil when nobody says.
    func age(of pin: ReportedPin) -> Int64? { pin.locked?.lastModified.map { age(of: $0) } }

    /// How long ago a time is, in seconds.
    func age(of time: Int64) -> Int64 {
        // A server may have written any number into a lock.
        let (age, overflows) = madeAt.subtractingReportingOverflow(time)
        return overflows ? (time < 0 ? .max : .min) : age
    }

    /// The pin with the oldest of what is locked.
    var oldest: ReportedPin? {
        let ages = pins.compactMap { pin in age(of: pin).map { (pin: pin, age: $0) } }
        return ages.min { one, other in
            one.age == other.age
                ? one.pin.name.utf8.lexicographicallyPrecedes(other.pin.name.utf8) : one.age > other.age
        }?.pin
    }
}

extension ReportPage {
    /// How many pins stand how, in one line: `1 failed, 8 behind, 15 up to date`.
    public var summary: String {
        let parts = Chapter.allCases.compactMap { chapter -> String? in
            let count = pins(in: chapter).count
            return count == 0 ? nil : "\(PageSpan.grouped(Int64(count))) \(chapter.heading.lowercased())"
        }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }

    /// The pins about which nothing could be found out, in the order of the page.
    /// - Throws: `LockfileError` for a name that is none.
    public var failures: [Failure] {
        get throws {
            try pins(in: .failed).compactMap { pin in
                guard case .failed(let error) = pin.standing else { return nil }
                return Failure(name: try PinName(pin.name), error: error)
            }
        }
    }
}
