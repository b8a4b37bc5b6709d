/// What is still to be visited of a history, of which the newest comes first, and of those of one time the one that came first:
/// a binary heap.
struct NewestFirst<Element> {
    private var entries: [(element: Element, time: Int64, number: Int)] = []
    private var inserted = 0

    mutating func insert(_ element: Element, time: Int64) {
        entries.append((element, time, inserted))
        inserted += 1
        var index = entries.count - 1
        while index > 0, precedes(index, (index - 1) / 2) {
            entries.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func pop() -> Element? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first.element }
        entries[0] = last
        var index = 0
        while true {
            let children = [2 * index + 1, 2 * index + 2].filter { $0 < entries.count }
            guard let best = children.min(by: { precedes($0, $1) }), precedes(best, index) else { break }
            entries.swapAt(index, best)
            index = best
        }
        return first.element
    }

    private func precedes(_ one: Int, _ other: Int) -> Bool {
        let (first, second) = (entries[one], entries[other])
        return first.time != second.time ? first.time > second.time : first.number < second.number
    }
}
