import Testing

@testable import Archive

struct FedBlocksTests {
    /// Whatever the blocks are like, what was given since `keep` can be looked at, byte for byte.
    @Test(arguments: [1, 2, 3, 7, 16, 64])
    func `What was given lately can be looked at again`(size: Int) {
        let stream = (0..<64).map { UInt8($0) }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { block.deallocate() }
        var fed = FedBlocks()
        fed.keep(false)
        var given = 0
        func give(_ fed: inout FedBlocks) {
            fed.willGive()
            // Nothing of the last block is left.
            for index in block.indices { block[index] = 0xFF }
            let count = min(size, stream.count - given)
            guard count > 0 else { return }
            for index in 0..<count { block[index] = stream[given + index] }
            fed.give(UnsafeRawBufferPointer(rebasing: block[..<count]))
            given += count
        }
        while given < 20 { give(&fed) }
        let first = given - min(size, given)
        #expect(fed.bytes(at: UInt64(first), count: 99) == Array(stream[first..<given]))
        fed.keep(true)
        while given < stream.count { give(&fed) }
        give(&fed)
        for offset in first...stream.count {
            #expect(fed.byte(at: UInt64(offset)) == (offset < stream.count ? stream[offset] : nil))
            for count in [0, 1, 5, 100] {
                #expect(fed.bytes(at: UInt64(offset), count: count) == Array(stream[offset...].prefix(count)))
            }
        }
        if first > 0 { #expect(fed.bytes(at: UInt64(first - 1), count: 1) == nil) }
        #expect(fed.bytes(at: UInt64(stream.count + 1), count: 1) == nil)
    }
}
