/// Does the same work on many items, a few at a time; the results are in the items' order.
///
/// - Parameter order: the indices of the items in the order in which they are begun; as they come when nil.
func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item], limit: Int, order: [Int]? = nil, _ work: @escaping @Sendable (Item) async -> Value
) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
        var results = [Value?](repeating: nil, count: items.count)
        var rest = (order ?? Array(items.indices))[...]
        for index in rest.prefix(limit) { group.addTask { (index, await work(items[index])) } }
        rest = rest.dropFirst(limit)
        for await (index, value) in group {
            results[index] = value
            if let index = rest.popFirst() { group.addTask { (index, await work(items[index])) } }
        }
        return results.compactMap { $0 }
    }
}

/// The indices of items with those first that are the first of their kind, then the second of each kind, and so on.
///
/// Items of one kind wait for the same thing: begun one after the other they would wait while nothing else is done.
/// - Parameter kinds: nil for an item that has nothing to do with any other.
func spread<Kind: Hashable>(_ kinds: [Kind?]) -> [Int] {
    var counts: [Kind: Int] = [:]
    let ranks = kinds.map { kind -> Int in
        guard let kind else { return 0 }
        defer { counts[kind, default: 0] += 1 }
        return counts[kind, default: 0]
    }
    return kinds.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
}
