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
}
