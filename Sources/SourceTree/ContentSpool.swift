internal import Archive

/// The contents of a tree's files, one after the other: in memory as long as they are few, then in an unlinked file.
struct ContentSpool {
    /// Where a file's contents lie.
    struct Extent {
        var offset: UInt64
        var size: UInt64
    }

    private let directory: String
    private let memoryLimit: Int
    private let blockSize: Int
    private var memory: [UInt8] = []
    private var file: UnlinkedFile?

    /// - Parameters:
    ///   - directory: where the file lies when there is one.
    ///   - memoryLimit: how many bytes are kept in memory while there is no file.
    init(directory: String, memoryLimit: Int = 4 << 20) {
        self.directory = directory
        self.memoryLimit = memoryLimit
        blockSize = min(memoryLimit, 256 << 10)
    }

    private var fileSize: UInt64 { file?.size ?? 0 }

    /// Where the next byte will lie.
    var end: UInt64 { fileSize + UInt64(memory.count) }

    /// - Throws: `ArchiveError.spoolFailed`
    mutating func append(_ bytes: RawSpan) throws(ArchiveError) {
        bytes.withUnsafeBytes { memory.append(contentsOf: $0) }
        if memory.count > (file == nil ? memoryLimit : blockSize) { try flush() }
    }

    private mutating func flush() throws(ArchiveError) {
        let target: UnlinkedFile
        let isFirst = file == nil
        if let file {
            target = file
        } else {
            target = try UnlinkedFile(in: directory)
            file = target
        }
        try target.append(memory.span.bytes)
        // The large buffer was there to do without a file; a small one does from now on, and stays in the cache.
        memory.removeAll(keepingCapacity: !isFirst)
    }

    /// Hands over the contents of one file, in blocks that fit `buffer`'s purpose of being reused.
    /// - Throws: `ArchiveError.spoolFailed` and what `body` throws.
    func read(_ extent: Extent, buffer: inout [UInt8], _ body: (RawSpan) throws -> Void) throws {
        var offset = extent.offset
        let end = extent.offset + extent.size
        if let file {
            while offset < min(end, fileSize) {
                let count = Int(min(end, fileSize) - offset, atMost: 256 << 10)
                try file.read(into: &buffer, count: count, at: offset)
                try body(buffer.span.bytes)
                offset += UInt64(count)
            }
        }
        guard offset < end else { return }
        let start = Int(offset - fileSize)
        let bytes = memory.span.bytes.extracting(start..<start + Int(end - offset))
        try body(bytes)
    }
}

extension Int {
    fileprivate init(_ value: UInt64, atMost limit: Int) {
        self = value > UInt64(limit) ? limit : Int(value)
    }
}
