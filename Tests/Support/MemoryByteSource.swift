public import Threads

/// Bytes that are already in memory, as a stream of one chunk.
public final class MemoryByteSource: ByteSource {
    private var bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var interruption: @Sendable () -> Void { {} }

    public func next(_ chunk: inout [UInt8]) throws -> Bool {
        guard !bytes.isEmpty else { return false }
        chunk = bytes
        bytes = []
        return true
    }
}
