import Synchronization
import Testing

@testable import PinrKit

struct ConcurrentlyTests {
    @Test(arguments: [1, 2, 7, 100])
    func `Results are in the order of the items, and no more than the limit are at work`(limit: Int) async {
        let work = Mutex((now: 0, most: 0))
        let results = await concurrently(Array(0..<40), limit: limit) { item in
            work.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            // The later ones are done first.
            try? await Task.sleep(for: .milliseconds((40 - item) % 5))
            work.withLock { $0.now -= 1 }
            return item * item
        }
        #expect(results == (0..<40).map { $0 * $0 })
        let most = work.withLock { $0.most }
        #expect(most <= min(limit, 40))
        if limit > 1 { #expect(most > 1) }
    }

    @Test func `Of nothing there is nothing`() async {
        #expect(await concurrently([Int](), limit: 3) { $0 }.isEmpty)
    }

    @Test func `The order says what is begun first, and not where results stand`() async {
        let begun = Mutex<[Int]>([])
        let results = await concurrently(Array(0..<6), limit: 1, order: [5, 0, 3, 1, 4, 2]) { item in
            begun.withLock { $0.append(item) }
            return item
        }
        #expect(results == [0, 1, 2, 3, 4, 5])
        #expect(begun.withLock { $0 } == [5, 0, 3, 1, 4, 2])
    }

    @Test func `Each kind has its turn before one has its second`() {
        #expect(spread(["a", "a", "a", "b", nil, "b", "c", nil]) == [0, 3, 4, 6, 7, 1, 5, 2])
        #expect(spread([String?]()) == [])
    }
}
