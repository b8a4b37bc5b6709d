internal import Archive
internal import NixHash
internal import Threads

/// Contents, one after the other: the first of them in memory, what no longer fits there in an unlinked file.
///
/// What lies at the end can be taken back, so that the spool serves as a stack too.
struct ContentSpool: ~Copyable {
    /// Where a piece of contents lies.
    struct Extent {
        var offset: UInt64
        var size: UInt64

        var end: UInt64 { offset + size }
    }

    /// Memory is asked for in pieces of this size, and what goes to the file is gathered up to it.
    private static let pageSize = 256 << 10

    private let directory: String
    private var memoryLimit: Int
    /// Each of `pageSize`, filled in order; pages whose contents were taken back stay for the next ones.
    private var pages: [[UInt8]] = []
    private var memoryEnd = 0
    private var file: UnlinkedFile?
    private var fileEnd: UInt64 = 0
    /// What comes after the file's bytes and is not written yet.
    private var tail: [UInt8] = []

    /// - Parameters:
    ///   - directory: where the file lies when there is one.
    ///   - memoryLimit: how many bytes are kept in memory.
    init(directory: String, memoryLimit: Int) {
        self.directory = directory
        self.memoryLimit = memoryLimit
    }

    /// Keeps more in memory from now on; too late once there is something in the file.
    mutating func allow(memory: Int) {
        if fileEnd == 0 && tail.isEmpty { memoryLimit = max(memoryLimit, memory) }
    }

    /// Where the next byte will lie.
    var end: UInt64 { UInt64(memoryEnd) + fileEnd + UInt64(tail.count) }

    /// - Throws: `ArchiveError.spoolFailed`
    mutating func append(_ bytes: RawSpan) throws(ArchiveError) {
        // Memory is full before the first byte goes to the file, so that an offset tells where a byte is.
        let inMemory = min(bytes.byteCount, memoryLimit - memoryEnd)
        if inMemory > 0 { appendToMemory(bytes.extracting(first: inMemory)) }
        guard inMemory < bytes.byteCount else { return }
        bytes.extracting(droppingFirst: inMemory).withUnsafeBytes { tail.append(contentsOf: $0) }
        if tail.count >= Self.pageSize { try flush() }
    }

    /// - Throws: `ArchiveError.spoolFailed`
    mutating func append(_ bytes: [UInt8]) throws(ArchiveError) { try append(bytes.span.bytes) }

    private mutating func appendToMemory(_ bytes: RawSpan) {
        var done = 0
        while done < bytes.byteCount {
            let (page, start) = memoryEnd.quotientAndRemainder(dividingBy: Self.pageSize)
            if page == pages.count { pages.append([UInt8](repeating: 0, count: Self.pageSize)) }
            let count = min(bytes.byteCount - done, Self.pageSize - start)
            bytes.extracting(done..<done + count).withUnsafeBytes { source in
                pages[page].withUnsafeMutableBytes { target in
                    UnsafeMutableRawBufferPointer(rebasing: target[start..<start + count]).copyMemory(from: source)
                }
            }
            done += count
            memoryEnd += count
        }
    }

    private mutating func flush() throws(ArchiveError) {
        let target: UnlinkedFile
        if let file {
            target = file
        } else {
            target = try UnlinkedFile(in: directory)
            file = target
        }
        try target.write(tail.span.bytes, at: fileEnd)
        fileEnd += UInt64(tail.count)
        tail.removeAll(keepingCapacity: true)
    }

    /// Takes back everything from `offset` on.
    mutating func truncate(to offset: UInt64) {
        if offset <= UInt64(memoryLimit) {
            memoryEnd = min(memoryEnd, Int(offset))
            fileEnd = 0
            tail.removeAll(keepingCapacity: true)
        } else {
            let rest = offset - UInt64(memoryLimit)
            if rest >= fileEnd {
                tail.removeLast(tail.count - Int(min(rest - fileEnd, UInt64(tail.count))))
            } else {
                fileEnd = rest
                tail.removeAll(keepingCapacity: true)
            }
        }
    }

    // MARK: Reading

    /// Hands over a piece of the contents in blocks.
    /// - Parameter buffer: what the file is read into; a loop that keeps one allocates nothing.
    /// - Throws: `ArchiveError.spoolFailed` and what `body` throws.
    func read(_ extent: Extent, buffer: inout [UInt8], _ body: (RawSpan) throws -> Void) throws {
        try readMemory(extent, body)
        if let file {
            var rest = inFile(extent)
            while !rest.isEmpty {
                let count = Int(UInt64(rest.count), atMost: Self.pageSize)
                try file.read(into: &buffer, count: count, at: rest.lowerBound)
                try body(buffer.span.bytes.extracting(first: count))
                rest = rest.lowerBound + UInt64(count)..<rest.upperBound
            }
        }
        try readTail(extent, body)
    }

    /// Writes a piece of the contents into the open file of a NAR; from the file straight into the writer's buffer.
    /// - Throws: `ArchiveError.spoolFailed`, `NARError`, and `CancellationError` when cancelled.
    func write(_ extent: Extent, into nar: inout NARWriter, cancellation: Cancellation) throws {
        try readMemory(extent) {
            try cancellation.throwIfCancelled()
            try nar.contents($0)
        }
        if let file {
            var rest = inFile(extent)
            while !rest.isEmpty {
                try cancellation.throwIfCancelled()
                let count = try nar.contents {
                    try file.read(into: &$0, atMost: Int(clamping: rest.count), at: rest.lowerBound)
                }
                rest = rest.lowerBound + UInt64(count)..<rest.upperBound
            }
        }
        try readTail(extent) { try nar.contents($0) }
    }

    private func readMemory(_ extent: Extent, _ body: (RawSpan) throws -> Void) throws {
        var offset = extent.offset
        while offset < min(extent.end, UInt64(memoryEnd)) {
            let (page, start) = Int(offset).quotientAndRemainder(dividingBy: Self.pageSize)
            let count = Int(min(extent.end, UInt64(memoryEnd)) - offset, atMost: Self.pageSize - start)
            let bytes = pages[page]
            try body(bytes.span.bytes.extracting(start..<start + count))
            offset += UInt64(count)
        }
    }

    /// What of an extent lies in the file, counted from the file's first byte; memory is full then.
    private func inFile(_ extent: Extent) -> Range<UInt64> {
        let (start, end) = (max(extent.offset, UInt64(memoryLimit)), min(extent.end, UInt64(memoryLimit) + fileEnd))
        return start < end ? start - UInt64(memoryLimit)..<end - UInt64(memoryLimit) : 0..<0
    }

    private func readTail(_ extent: Extent, _ body: (RawSpan) throws -> Void) throws {
        let tailStart = UInt64(memoryEnd) + fileEnd
        guard extent.end > tailStart, !tail.isEmpty else { return }
        let start = Int(max(extent.offset, tailStart) - tailStart)
        guard start < Int(extent.end - tailStart) else { return }
        try body(tail.span.bytes.extracting(start..<Int(extent.end - tailStart)))
    }
}

extension Int {
    fileprivate init(_ value: UInt64, atMost limit: Int) {
        self = value > UInt64(limit) ? limit : Int(value)
    }
}
