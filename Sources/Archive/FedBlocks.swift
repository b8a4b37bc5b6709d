/// What libarchive was given lately, by where it stands in the stream: the headers of an entry can be looked at again.
///
/// libarchive has whole blocks in advance of what it has read. The block that it has now lies where whoever feeds it keeps
/// it; of those before, copies are made only while `isKeeping`.
struct FedBlocks {
    /// How much is kept at least, however far libarchive skips meanwhile; more than any run of headers.
    private static let limit = 8 << 20

    /// Where the block that libarchive has now begins.
    private var start: UInt64 = 0
    /// Stays valid until `willGive`.
    private var block: UnsafeRawBufferPointer?
    /// What comes right before that block.
    private var kept: [UInt8] = []
    private(set) var isKeeping = true

    /// Begins, or ends, to copy the blocks that are given back.
    mutating func keep(_ isKeeping: Bool) {
        self.isKeeping = isKeeping
        kept.removeAll(keepingCapacity: true)
    }

    /// Takes leave of the block that libarchive has, before its bytes are overwritten.
    mutating func willGive() {
        guard let block else { return }
        if isKeeping {
            if kept.count > 2 * Self.limit { kept.removeFirst(kept.count - Self.limit) }
            kept.append(contentsOf: block)
        }
        start += UInt64(block.count)
        self.block = nil
    }

    /// Notes the block that libarchive is given.
    mutating func give(_ bytes: UnsafeRawBufferPointer) { block = bytes }

    /// The byte at an offset of the stream; nil when it is no longer, or not yet, there.
    func byte(at offset: UInt64) -> UInt8? {
        if offset >= start {
            guard let block, offset - start < UInt64(block.count) else { return nil }
            return block[Int(offset - start)]
        }
        let distance = start - offset
        return distance <= UInt64(kept.count) ? kept[kept.count - Int(distance)] : nil
    }

    /// The bytes from an offset of the stream on, as many of them as there are.
    /// - Returns: nil when the first of them is no longer, or not yet, there.
    func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
        let first = start - UInt64(kept.count)
        guard offset >= first, offset - first <= UInt64(kept.count + (block?.count ?? 0)) else { return nil }
        let skipped = Int(offset - first)
        var bytes = Array(kept.dropFirst(skipped).prefix(count))
        if let block, bytes.count < count {
            let begin = max(0, skipped - kept.count)
            bytes.append(contentsOf: block.dropFirst(begin).prefix(count - bytes.count))
        }
        return bytes
    }
}
