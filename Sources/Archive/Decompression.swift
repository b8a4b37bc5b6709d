internal import Synchronization
internal import Threads

/// Pulls an archive from its source and takes its compressions off, on a thread of its own.
final class Decompression: Sendable {
    let ring = BlockRing()
    let progress: Progress

    private let inflation: Inflation
    private let interruption: @Sendable () -> Void
    /// Until the thread takes it.
    private let source: Mutex<(any ByteSource)?>

    init(_ source: sending any ByteSource, _ inflation: Inflation, _ limits: DecompressionLimits) {
        self.inflation = inflation
        progress = Progress(limits)
        interruption = source.interruption
        self.source = Mutex(source)
    }

    /// Makes `run` return soon, whatever stage is at work.
    func cancel() {
        progress.cancellation.cancel()
        ring.wish(for: .nothing)
        interruption()
    }

    /// The thread's body.
    func run() {
        let taken = source.withLock { $0.take() }
        guard let taken else { return }
        let input = RawInput(taken, progress)
        ring.conclude(Result { try decode(input) })
    }

    private func decode(_ input: RawInput) throws {
        do {
            let content = try open(Window(input))
            while let block = ring.blockToFill() {
                let (count, failure) = fill(block, from: content)
                if count > 0 { ring.push(count) }
                if let failure { throw failure }
                if count < block.count { break }
            }
            ring.end(.success(()))
            if ring.waitForWish() == .end { try verify(content) }
        } catch let failure as DecodeFailure {
            // The archive may be at its end before this.
            ring.end(.failure(failure))
        } catch ArchiveError.expandsTooMuch(let ratio) {
            ring.end(.failure(ArchiveError.expandsTooMuch(ratio: ratio)))
        }
        guard ring.waitForWish() == .end else { return }
        try input.drain()
    }

    /// Finds out what the stream is.
    private func open(_ window: Window) throws -> any Decoder {
        _ = try window.ahead(ForeignFormat.headSize)
        let head = Array(window.bytes.prefix(ForeignFormat.headSize))
        // A zip archive is copied as it is.
        let stack = ForeignFormat.isZip(head) ? nil : Result { try DecoderStack(window, inflation, progress) }
        switch stack {
        case nil:
            ring.open(BlockRing.Opening(head: head, compressions: 0))
            return window
        case .success(let stack):
            ring.open(BlockRing.Opening(head: head, compressions: stack.count))
            return stack.content
        case .failure(let error):
            if error is DecodeFailure { ring.open(BlockRing.Opening(head: head, compressions: 1)) }
            throw error
        }
    }

    /// Fills a block, but for the end and before a failure.
    private func fill(
        _ block: UnsafeMutableRawBufferPointer, from content: any Decoder
    ) -> (count: Int, failure: (any Error)?) {
        var filled = 0
        do {
            while filled < block.count {
                let count = try content.read(into: UnsafeMutableRawBufferPointer(rebasing: block[filled...]))
                if count == 0 { break }
                filled += count
            }
            return (filled, nil)
        } catch {
            return (filled, error)
        }
    }

    /// Decodes what stands behind the archive, for its checksums alone.
    private func verify(_ content: any Decoder) throws {
        guard progress.unverified.value > 0 else { return }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: BlockRing.blockSize, alignment: 64)
        defer { block.deallocate() }
        while try content.read(into: block) > 0 {}
    }

    /// Whether what was decoded can be relied on.
    ///
    /// - Parameter isWhole: whether the stream was decoded to its end, so that every checksum should have been met.
    func verdict(isWhole: Bool) -> InflationVerdict {
        if progress.doubts.value > 0 { return .doubtful }
        return isWhole && progress.unverified.value > 0 ? .doubtful : .certain
    }
}
