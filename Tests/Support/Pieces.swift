public import Threads

/// Bytes as a stream in pieces of a size, which tells of each one before it is given, and may break at its end.
public final class Pieces: ByteSource {
    /// What the stream breaks with.
    public struct Broken: Error, Equatable {
        public init() {}
    }

    private var rest: ArraySlice<UInt8>
    private let size: Int
    private let breaks: Bool
    private let before: @Sendable (Int) -> Void
    private var count = 0

    /// - Parameters:
    ///   - breaks: whether an error comes where the end would be.
    ///   - before: is called with the number of each piece before it is given.
    public init(
        _ bytes: [UInt8], of size: Int, breaks: Bool = false, before: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        rest = bytes[...]
        self.size = size
        self.breaks = breaks
        self.before = before
    }

    public var interruption: @Sendable () -> Void { {} }

    public func next(_ chunk: inout [UInt8]) throws -> Bool {
        before(count)
        count += 1
        guard !rest.isEmpty else {
            if breaks { throw Broken() }
            return false
        }
        chunk = Array(rest.prefix(size))
        rest = rest.dropFirst(size)
        return true
    }
}
