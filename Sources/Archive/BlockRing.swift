internal import Threads

/// A bounded stream of blocks of memory from the thread that decompresses to the one that reads the archive.
///
/// The blocks are allocated once and filled again and again; who reads one has it until the next.
final class BlockRing: @unchecked Sendable {
    // @unchecked: the counters and flags are read and written with `monitor` locked. Of the memory, the slot at `filled`
    // is touched by the producer alone, and the one before `taken` by the consumer alone; they are never the same slot,
    // for the producer is given one only while fewer than all are in use, or once the consumer reads no more.

    /// What the consumer makes of the rest.
    enum Wish {
        case blocks
        /// It has what it wants, and the stream is read to its end for what that tells.
        case end
        /// It is gone.
        case nothing
    }

    static let blockSize = 4 * Chunk.size

    private let monitor = Monitor()
    private let slots: [UnsafeMutableRawBufferPointer]
    private var sizes: [Int]
    private var filled = 0
    private var taken = 0
    private var released = 0
    private var opening: Opening?
    private var ending: Result<Void, any Error>?
    private var outcome: Result<Void, any Error>?
    private var wish = Wish.blocks

    /// What is known of the stream before its first block.
    struct Opening {
        /// Its first bytes as it was downloaded, by which formats are told.
        var head: [UInt8]
        /// How many compressions are around it.
        var compressions: Int
    }

    init(count: Int = 32) {
        slots = (0..<count).map { _ in .allocate(byteCount: Self.blockSize, alignment: 4096) }
        sizes = Array(repeating: 0, count: count)
    }

    deinit { for slot in slots { slot.deallocate() } }

    private func locked<Value>(_ body: () throws -> Value) rethrows -> Value {
        monitor.lock()
        defer { monitor.unlock() }
        return try body()
    }

    // MARK: Producer

    /// Says what the stream is, once.
    func open(_ opening: Opening) {
        locked {
            self.opening = opening
            monitor.broadcast()
        }
    }

    /// Waits for a block to fill; nil once nobody wants any.
    func blockToFill() -> UnsafeMutableRawBufferPointer? {
        locked {
            while filled - released == slots.count && wish == .blocks { monitor.wait() }
            return wish == .blocks ? slots[filled % slots.count] : nil
        }
    }

    /// Hands over the block that was filled.
    func push(_ count: Int) {
        locked {
            sizes[filled % slots.count] = count
            filled += 1
            monitor.broadcast()
        }
    }

    /// Ends the blocks; an error comes after them.
    func end(_ result: Result<Void, any Error>) {
        locked {
            ending = result
            monitor.broadcast()
        }
    }

    /// Waits until the consumer has what it wants, or is gone.
    func waitForWish() -> Wish {
        locked {
            while wish == .blocks { monitor.wait() }
            return wish
        }
    }

    /// Says how the whole stream ended, last of all.
    func conclude(_ result: Result<Void, any Error>) {
        locked {
            if ending == nil { ending = result }
            outcome = result
            monitor.broadcast()
        }
    }

    // MARK: Consumer

    /// Waits for what is said of the stream before its first block.
    /// - Throws: what it ended with before that; `CancellationError` once nothing is wished for.
    func waitForOpening() throws -> Opening {
        try locked {
            while opening == nil && ending == nil && wish != .nothing { monitor.wait() }
            if wish == .nothing { throw CancellationError() }
            if let opening { return opening }
            try ending?.get()
            return Opening(head: [], compressions: 0)
        }
    }

    /// Waits for the next block, and gives back the one before it; nil at the end.
    /// - Throws: what the stream ended with; `CancellationError` once nothing is wished for, whatever is still there.
    func next() throws -> UnsafeRawBufferPointer? {
        try locked {
            released = taken
            monitor.broadcast()
            while taken == filled && ending == nil && wish != .nothing { monitor.wait() }
            if wish == .nothing { throw CancellationError() }
            guard taken < filled else {
                try ending?.get()
                return nil
            }
            let slot = taken % slots.count
            taken += 1
            return UnsafeRawBufferPointer(rebasing: slots[slot][..<sizes[slot]])
        }
    }

    /// Wants no more blocks.
    func wish(for wish: Wish) {
        locked {
            if self.wish != .nothing { self.wish = wish }
            monitor.broadcast()
        }
    }

    /// How the whole stream ended, once it did.
    func conclusion() throws {
        try locked { try outcome?.get() }
    }
}
