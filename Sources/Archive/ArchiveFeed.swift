internal import Threads

/// What libarchive pulls its bytes from: keeps each chunk in place until the next one is asked for.
final class ArchiveFeed {
    /// The first bytes of the stream, by which formats are told.
    let head: [UInt8]
    /// What the source threw; libarchive's callback can only return -1.
    private(set) var failure: (any Error)?

    /// What was read so far, until the format is known: a zip archive needs it again. Nil afterwards.
    private var kept: [UInt8]? = []
    /// Open as long as the archive that was copied to it is read.
    private var copy: UnlinkedFile?
    private let source: any ByteSource
    private var pending: [UInt8]
    private var chunk: [UInt8] = []
    private var block: UnsafeMutableRawBufferPointer

    /// - Throws: what `source` throws.
    init(_ source: any ByteSource) throws {
        self.source = source
        // Enough for the signature that lies deepest, that of ISO 9660.
        var gathered: [UInt8] = []
        while gathered.count < 0x8006, try source.next(&chunk) { gathered += chunk }
        head = gathered
        pending = gathered
        block = .allocate(byteCount: 256 << 10, alignment: 16)
    }

    deinit { block.deallocate() }

    /// Whether the stream is a zip archive from its first byte; such a one is read by the directory at its end.
    var startsAsZip: Bool { head.starts(with: Array("PK".utf8)) }

    /// The next bytes for libarchive: their count, 0 at the end, -1 when the source failed.
    func read(_ result: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
        do {
            guard try advance(&chunk) else { return 0 }
            kept?.append(contentsOf: chunk)
        } catch {
            failure = error
            return -1
        }
        if block.count < chunk.count {
            block.deallocate()
            block = .allocate(byteCount: chunk.count, alignment: 16)
        }
        block.copyBytes(from: chunk)
        result?.pointee = UnsafeRawPointer(block.baseAddress)
        return chunk.count
    }

    /// Drops what was kept: the format is known and the stream is read on.
    func keepsNothing() { kept = nil }

    /// Copies the whole stream, from its first byte, to an unlinked file that lives as long as the feed.
    /// - Throws: `ArchiveError.spoolFailed` and what the source throws.
    func spool(in directory: String) throws -> UnlinkedFile {
        let file = try UnlinkedFile(in: directory)
        copy = file
        var bytes = kept ?? []
        kept = nil
        try file.append(bytes.span.bytes)
        while try advance(&bytes) { try file.append(bytes.span.bytes) }
        return file
    }

    private func advance(_ bytes: inout [UInt8]) throws -> Bool {
        if !pending.isEmpty {
            bytes = pending
            pending = []
            return true
        }
        return try source.next(&bytes)
    }
}
