/// The scale that all timelines of a page share: now is at its right end, and between two of its marks it is even.
///
/// Ages go from hours to decades. On an even scale everything recent would be one dot; on this one a week has as much room
/// as the years from the second to the fifth. All in whole numbers, so that every machine draws the same.
struct AgeScale: Sendable, Equatable {
    struct Mark: Sendable, Equatable {
        let days: Int64
        let label: String
    }

    private static let all = [
        Mark(days: 0, label: "now"), Mark(days: 1, label: "1 d"), Mark(days: 7, label: "1 wk"),
        Mark(days: 30, label: "1 mo"), Mark(days: 91, label: "3 mo"), Mark(days: 365, label: "1 yr"),
        Mark(days: 731, label: "2 yr"), Mark(days: 1826, label: "5 yr"), Mark(days: 3652, label: "10 yr"),
        Mark(days: 10_957, label: "30 yr"),
    ]

    /// The greatest age that any scale has a place for, in seconds.
    static let longest = (all.last?.days ?? 0) * PageSpan.day

    /// From now to the past.
    let marks: [Mark]

    /// - Parameter longest: the greatest age that is to have a place, in seconds; what is older than thirty years is at
    ///   the left end.
    init(longest: Int64) {
        let days = longest / PageSpan.day
        let last = Self.all.firstIndex { $0.days > days } ?? Self.all.count - 1
        // A scale of a few days alone would make a week look like an age.
        marks = Array(Self.all[...max(last, 4)])
    }

    /// Where an age is, in thousandths of the width from the left. What is dated later than now is at the right end.
    func position(_ seconds: Int64) -> Int {
        let steps = Int64(marks.count - 1)
        for (index, (near, far)) in zip(marks, marks.dropFirst()).enumerated() {
            let (from, to) = (near.days * PageSpan.day, far.days * PageSpan.day)
            guard seconds < to else { continue }
            let within = max(0, seconds - from)
            return 1000 - Int((Int64(index) * 1000 + within * 1000 / (to - from)) / steps)
        }
        return 0
    }

    /// Whether an age has a place of its own, and is not only put at an end.
    func covers(_ seconds: Int64) -> Bool { seconds <= (marks.last?.days ?? 0) * PageSpan.day }

    func position(of mark: Mark) -> Int { position(mark.days * PageSpan.day) }
}
