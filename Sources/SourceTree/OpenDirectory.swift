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
    private(set) var waiting: [(name: [UInt8], what: Waiting)] = []
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
    func least(with name: [UInt8]) -> Int {
        var length = 1
        while length < name.count {
            if name[length] < TreePath.slash, !has(name.prefix(length)) { return length }
            length += 1
        }
        return name.count
    }

    private func has(_ name: ArraySlice<UInt8>) -> Bool {
        beginnings.contains { $0.count == name.count && name.elementsEqual($0) } || place(of: name) != nil
    }

    func has(waiting name: [UInt8]) -> Bool { place(of: name[...]) != nil }

    /// Whether something waits that lies in the hold.
    var hasSerializedWaiting: Bool {
        waiting.contains { if case .serialized = $0.what { true } else { false } }
    }

    /// The place of what waits under this name.
    private func place(of name: ArraySlice<UInt8>) -> Int? {
        let place = firstWaiting(notBelow: name)
        return place < waiting.count && name.elementsEqual(waiting[place].name) ? place : nil
    }

    /// The place of the first that waits and is not less than `name`.
    private func firstWaiting(notBelow name: ArraySlice<UInt8>) -> Int {
        var (low, high) = (0, waiting.count)
        while low < high {
            let middle = (low + high) / 2
            if waiting[middle].name.lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Takes out what waits and is less than `name`, in NAR order.
    mutating func takeWaiting(below name: ArraySlice<UInt8>) -> [(name: [UInt8], what: Waiting)] {
        if waiting.isEmpty { return [] }
        let count = firstWaiting(notBelow: name)
        defer { waiting.removeFirst(count) }
        return Array(waiting.prefix(count))
    }

    /// Takes out everything that waits, in NAR order.
    mutating func takeWaiting() -> [(name: [UInt8], what: Waiting)] {
        defer { waiting = [] }
        return waiting
    }

    /// Takes out what waits under this name.
    mutating func takeWaiting(named name: [UInt8]) -> Waiting? {
        place(of: name[...]).map { waiting.remove(at: $0).what }
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
        while let last = beginnings.last, !(last.count < name.count && name.starts(with: last)) {
            beginnings.removeLast()
        }
        beginnings.append(name)
    }

    /// Notes that an entry is written now; false when its turn is over.
    mutating func write(_ name: [UInt8]) -> Bool {
        guard lastWritten.isEmpty || lastWritten.lexicographicallyPrecedes(name) else { return false }
        lastWritten = name
        return true
    }

    /// Lets an entry wait; false when its turn is over, or the name is there already.
    mutating func wait(_ name: [UInt8], _ what: Waiting) -> Bool {
        guard canWait(name) else { return false }
        waiting.insert((name, what), at: firstWaiting(notBelow: name[...]))
        return true
    }

    func canWait(_ name: [UInt8]) -> Bool {
        (lastWritten.isEmpty || lastWritten.lexicographicallyPrecedes(name)) && !has(waiting: name)
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
