internal import Synchronization

/// A number that one thread counts and others read.
final class Counter: Sendable {
    private let number = Atomic<UInt64>(0)

    var value: UInt64 { number.load(ordering: .acquiring) }

    func add(_ count: UInt64) { number.wrappingAdd(count, ordering: .releasing) }

    func subtract(_ count: UInt64) { number.wrappingSubtract(count, ordering: .releasing) }
}
