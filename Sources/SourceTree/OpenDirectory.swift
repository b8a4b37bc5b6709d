internal import NixHash

/// A directory that entries still come to, of which some were written already.
struct OpenDirectory {
    /// What has to wait for its turn.
    enum Waiting {
        /// What was gathered before entries were written as they came.
        case node(Int)
        /// Bytes of the NAR, from the entry's name to its end.
        case serialized([ContentSpool.Extent])
    }

    let name: [UInt8]
    /// Where the hold had its end when the directory was opened: what lies behind it is this directory's.
    var holdBase: UInt64
    /// Nil when it is written into the NAR itself; else where it was serialised how it begins.
    private(set) var header: ContentSpool.Extent?
    /// The entries so far of a directory that was serialised, and the name of the last one.
    private(set) var entries: [ContentSpool.Extent] = []
    private(set) var lastEntry: [UInt8] = []
    /// Whether it waits for its own turn in the directory around it.
    private(set) var isHeld: Bool
    /// What waits here, in NAR order.
    private var waiting: [(name: [UInt8], what: Waiting)] = []
    /// Where those begin in it that were not taken out.
    private var firstWaiting = 0
    /// How many of them were serialised.
    private var serializedCount = 0
    /// How many were added to them, and how many had to make room for those.
    private var insertions = (count: 0, moved: 0)
    /// The name that was written last.
    private var lastWritten: [UInt8] = []
    /// The name that came last, and before it those of its beginnings that are names here.
    private var beginnings: [[UInt8]] = []

    init(
        named name: [UInt8], holdBase: UInt64, header: ContentSpool.Extent? = nil, isHeld: Bool = false,
        waiting: [(name: [UInt8], what: Waiting)] = []
    ) {
        self.name = name
        self.holdBase = holdBase
        self.header = header
        self.isHeld = isHeld
        self.waiting = waiting
    }

    /// The least name that may still come when `name` comes now: itself, or one of its beginnings.
    ///
    /// In git's order the directory `foo` comes behind `foo-bar` and `foo.txt`, in NAR's before them: where the byte
    /// that follows is less than a slash. That is so of every beginning that is not a name here already.
    /// - Returns: how many bytes of `name` it has.
    func least(with name: [UInt8]) -> Int {
        var length = 1
        while length < name.count {
            if name[length] < TreePath.slash, !has(beginning: length, of: name) { return length }
            length += 1
        }
        return name.count
    }

    private func has(beginning length: Int, of name: [UInt8]) -> Bool {
        for known in beginnings where known.count == length && Self.share(length, known, name) { return true }
        return place(ofBeginning: length, of: name) != nil
    }

    private static func share(_ length: Int, _ a: [UInt8], _ b: [UInt8]) -> Bool {
        for index in 0..<length where a[index] != b[index] { return false }
        return true
    }

    // MARK: What waits

    var isAnythingWaiting: Bool { firstWaiting < waiting.count }

    func has(waiting name: [UInt8]) -> Bool { place(ofBeginning: name.count, of: name) != nil }

    /// Whether something waits that lies in the hold.
    var hasSerializedWaiting: Bool { serializedCount > 0 }

    /// The place of what waits under the first bytes of a name.
    private func place(ofBeginning length: Int, of name: [UInt8]) -> Int? {
        let place = placeOfWaiting(notBelow: length, of: name)
        return place < waiting.count && waiting[place].name.count == length
            && Self.share(length, waiting[place].name, name) ? place : nil
    }

    /// The place of the first that waits and is not less than the first bytes of a name.
    private func placeOfWaiting(notBelow length: Int, of name: [UInt8]) -> Int {
        var (low, high) = (firstWaiting, waiting.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.precedes(waiting[middle].name, length, of: name) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func precedes(_ a: [UInt8], _ length: Int, of b: [UInt8]) -> Bool {
        for index in 0..<min(a.count, length) where a[index] != b[index] { return a[index] < b[index] }
        return a.count < length
    }

    /// Takes out the first that waits, in NAR order, if it is less than the first bytes of a name.
    mutating func takeWaiting(below length: Int, of name: [UInt8]) -> (name: [UInt8], what: Waiting)? {
        guard isAnythingWaiting, Self.precedes(waiting[firstWaiting].name, length, of: name) else { return nil }
        return takeWaiting()
    }

    /// Takes out the first that waits, in NAR order.
    mutating func takeWaiting() -> (name: [UInt8], what: Waiting)? {
        guard isAnythingWaiting else { return nil }
        var taken: (name: [UInt8], what: Waiting) = ([], .node(0))
        swap(&taken, &waiting[firstWaiting])
        firstWaiting += 1
        if firstWaiting == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            firstWaiting = 0
        } else if firstWaiting >= 1024 && firstWaiting * 2 >= waiting.count {
            waiting.removeFirst(firstWaiting)
            firstWaiting = 0
        }
        if case .serialized = taken.what { serializedCount -= 1 }
        return taken
    }

    /// Takes out what waits under this name.
    mutating func takeWaiting(named name: [UInt8]) -> Waiting? {
        guard let place = place(ofBeginning: name.count, of: name) else { return nil }
        if place == firstWaiting { return takeWaiting()?.what }
        let taken = waiting.remove(at: place).what
        if case .serialized = taken { serializedCount -= 1 }
        return taken
    }

    /// Adds an entry that was serialised.
    mutating func add(_ extents: [ContentSpool.Extent], named name: [UInt8]) {
        for extent in extents { entries.join(extent) }
        lastEntry = name
    }

    /// Notes that what was serialised of the directory has been written into the NAR, and that all else will be.
    mutating func isWrittenNow() {
        header = nil
        entries = []
        isHeld = false
    }

    /// Notes that a name came, whether it is written now or waits.
    mutating func note(_ name: [UInt8]) {
        while let last = beginnings.last, last.count >= name.count || !Self.share(last.count, last, name) {
            beginnings.removeLast()
        }
        beginnings.append(name)
    }

    /// Notes that an entry is written now; false when its turn is over.
    mutating func write(_ name: [UInt8]) -> Bool {
        guard isAfterLast(name) else { return false }
        lastWritten = name
        return true
    }

    private func isAfterLast(_ name: [UInt8]) -> Bool { Self.precedes(lastWritten, name.count, of: name) }

    func canWait(_ name: [UInt8]) -> Bool { isAfterLast(name) && !has(waiting: name) }

    /// Lets a serialised entry wait; false when its turn is over, the name is there already, or too many came before it
    /// that it belongs in front of.
    mutating func wait(_ name: [UInt8], _ extents: [ContentSpool.Extent]) -> Bool {
        guard canWait(name) else { return false }
        let place = placeOfWaiting(notBelow: name.count, of: name)
        // In git's order only names of which this is a beginning come before it, so that each makes room at most as
        // often as it has beginnings. In random order it is half of all that wait, each time.
        insertions.count += 1
        insertions.moved += waiting.count - place
        guard insertions.moved <= insertions.count * NARLimits.nameLength else { return false }
        waiting.insert((name, .serialized(extents)), at: place)
        serializedCount += 1
        return true
    }
}

extension [ContentSpool.Extent] {
    /// Adds a piece at the end, as a part of the last one where it follows that.
    mutating func join(_ extent: ContentSpool.Extent) {
        if let last, last.end == extent.offset {
            self[count - 1].size += extent.size
        } else {
            append(extent)
        }
    }
}
