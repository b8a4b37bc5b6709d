/// A stage's bytes with the possibility to look ahead, for the stage after it.
///
/// As in libarchive, a failure that is met while looking ahead makes the rest of the stage unreadable.
final class Window: Decoder {
    /// What has to be there before the first byte comes out is nowhere longer than a block of `lz4 -l`: 8 MiB and more.
    private static let limit = 16 << 20

    private let upstream: any Decoder
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * Chunk.size, alignment: 64)
    private var filled = 0..<0
    /// What broke the stage before.
    private(set) var failure: DecodeFailure?

    init(_ upstream: any Decoder) { self.upstream = upstream }

    deinit { memory.deallocate() }

    /// What is there without asking the stage before; good until more is read.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[filled]) }

    /// Goes on by `count` bytes, which are there.
    func consume(_ count: Int) {
        filled = filled.lowerBound + count..<filled.upperBound
    }

    /// Sees to it that so many bytes are there; false when the stage before ends earlier.
    func ahead(_ count: Int) throws -> Bool {
        if let failure { throw failure }
        while filled.count < count { guard try more() else { return false } }
        return true
    }

    /// Adds to what is there; false at the end.
    func more() throws -> Bool {
        if let failure { throw failure }
        do {
            try makeRoom()
            let room = memory[filled.upperBound..<filled.upperBound + Chunk.whole(memory.count - filled.upperBound)]
            let count = try upstream.read(into: UnsafeMutableRawBufferPointer(rebasing: room))
            filled = filled.lowerBound..<filled.upperBound + count
            return count > 0
        } catch let error as DecodeFailure {
            failure = error
            throw error
        }
    }

    /// Makes room for a chunk behind what is there.
    private func makeRoom() throws {
        if filled.isEmpty { filled = 0..<0 }
        if memory.count - filled.upperBound >= Chunk.size { return }
        guard let base = memory.baseAddress else { return }
        if memory.count - filled.count >= Chunk.size {
            base.copyMemory(from: base + filled.lowerBound, byteCount: filled.count)
        } else {
            guard memory.count < Self.limit else {
                throw ArchiveError.malformed(entry: nil, detail: "16 MiB of compressed data begin with nothing")
            }
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * memory.count, alignment: 64)
            larger.copyMemory(from: bytes)
            memory.deallocate()
            memory = larger
        }
        filled = 0..<filled.count
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let failure { throw failure }
        if filled.isEmpty { return try upstream.read(into: buffer) }
        let count = min(buffer.count, filled.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        consume(count)
        return count
    }
}
