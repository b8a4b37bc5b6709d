/// The members of a JSON object, each key once, in the order of the keys' UTF-8 bytes.
///
/// Not a dictionary, because a dictionary's keys are compared by canonical equivalence, which would let the one of two
/// names that differ only in their Unicode normalisation replace the other.
public struct JSONObject: Sendable {
    private var members: [(key: String, value: JSON)]

    /// An object without members.
    public init() { members = [] }

    /// The last of several values under one key counts.
    public init(_ members: some Sequence<(String, JSON)>) {
        self.init()
        for (key, value) in members { self[key] = value }
    }

    /// The members are in order and each key is there once.
    init(sorted members: [(key: String, value: JSON)]) {
        self.members = members
    }

    /// The keys in the order of their UTF-8 bytes.
    public var keys: [String] { members.map(\.key) }

    /// How many members there are.
    public var count: Int { members.count }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// The value under a key that has the same UTF-8 bytes; setting nil removes the member.
    public subscript(key: String) -> JSON? {
        get {
            let (index, isThere) = position(of: key)
            return isThere ? members[index].value : nil
        }
        set {
            let (index, isThere) = position(of: key)
            switch (newValue, isThere) {
            case (let value?, true): members[index].value = value
            case (let value?, false): members.insert((key, value), at: index)
            case (nil, true): members.remove(at: index)
            case (nil, false): break
            }
        }
    }

    /// Takes the member under `key` out and returns its value.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSON? {
        let (index, isThere) = position(of: key)
        return isThere ? members.remove(at: index).value : nil
    }

    /// Sets every member of `other`, replacing those that are here already.
    public mutating func merge(_ other: JSONObject) {
        for (key, value) in other { self[key] = value }
    }

    /// The keys under which the two have not the same value, or one of them has none; in order.
    public func keys(differingFrom other: JSONObject) -> [String] {
        var both = self
        both.merge(other)
        return both.keys.filter { self[$0] != other[$0] }
    }

    /// Where the key is, or where it would have to be inserted.
    private func position(of key: String) -> (index: Int, isThere: Bool) {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if ByteOrder.precedes(members[middle].key, key) { low = middle + 1 } else { high = middle }
        }
        return (low, low < members.count && ByteOrder.areEqual(members[low].key, key))
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> IndexingIterator<[(key: String, value: JSON)]> { members.makeIterator() }
}

extension JSONObject: Equatable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.elementsEqual(right.members) { ByteOrder.areEqual($0.key, $1.key) && $0.value == $1.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// The last of several values under one key counts.
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
