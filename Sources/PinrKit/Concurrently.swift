/// Does the same work on many items, a few at a time; the results are in the items' order.
func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item], limit: Int, _ work: @escaping @Sendable (Item) async -> Value
) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
        var results = [Value?](repeating: nil, count: items.count)
        var next = 0
        while next < min(limit, items.count) {
            let index = next
            group.addTask { (index, await work(items[index])) }
            next += 1
        }
        for await (index, value) in group {
            results[index] = value
            if next < items.count {
                let index = next
                group.addTask { (index, await work(items[index])) }
                next += 1
            }
        }
        return results.compactMap { $0 }
    }
}
