import Testing

@testable import Git

struct NewestFirstTests {
    @Test func `The newest comes first, and of one time the one that came first`() {
        var random: UInt32 = 7
        for count in 0..<200 {
            var queue = NewestFirst<Int>()
            var waiting: [(number: Int, time: Int64)] = []
            func expectNext() {
                let expected = waiting.min { ($1.time, $0.number) < ($0.time, $1.number) }?.number
                #expect(queue.pop() == expected)
                waiting.removeAll { $0.number == expected }
            }
            for number in 0..<count {
                random = random &* 1_664_525 &+ 1_013_904_223
                let time = Int64(random >> 28) - 8
                queue.insert(number, time: time)
                waiting.append((number, time))
                if random >> 20 & 3 == 0 { expectNext() }
            }
            for _ in 0...waiting.count { expectNext() }
        }
    }
}
