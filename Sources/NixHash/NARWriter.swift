/// Writes a Nix archive (NAR), node by node, and hashes it as it goes; nothing is kept.
///
/// The format is the one of `dumpPath` in Nix: strings are a 64-bit little-endian length, the bytes, and zeros up to a
/// multiple of eight. The caller gives the nodes in NAR order; the writer refuses any other.
///
/// ```swift
/// var nar = NARWriter()
/// try nar.beginDirectory()
/// try nar.entry(named: Array("hello".utf8))
/// try nar.beginFile(size: 5, isExecutable: false)
/// try nar.contents(Array("world".utf8).span.bytes)
/// try nar.endFile()
/// try nar.endDirectory()
/// let digest = try nar.finish().digest
/// ```
public struct NARWriter: ~Copyable {
    /// What is in a NAR: its hash, and its length in bytes (Nix's `narSize`).
    public struct Summary: Hashable, Sendable {
        public let digest: SHA256Digest
        public let size: UInt64
    }

    private enum State {
        /// A node must follow: the root, or an entry's after its name.
        case node
        /// Inside a directory, after the entry of this name (nil at its start).
        case directory
        /// Inside a file of which this many bytes are still missing.
        case file(missing: UInt64, padding: Int)
        case end
    }

    /// Framing is gathered up to this size: OpenSSL loses a fifth of its speed on updates of 64 bytes.
    private static let bufferSize = 32 << 10

    private var hash = SHA256()
    private var buffer: [UInt8] = []
    private var size: UInt64 = 0
    private var state = State.node
    /// The last name in each open directory, outermost first; empty where there was none yet.
    private var lastNames: [[UInt8]] = []
    private let tap: ((RawSpan) -> Void)?

    /// - Parameter tap: is handed the bytes of the NAR as they are hashed.
    public init(tap: ((RawSpan) -> Void)? = nil) {
        self.tap = tap
        buffer.reserveCapacity(Self.bufferSize + 1024)
        write(Self.magic)
    }

    // MARK: Nodes

    /// Writes a symbolic link; the target is neither empty nor too long, and has no NUL.
    /// - Throws: `NARError`
    public mutating func symlink(to target: [UInt8]) throws(NARError) {
        try expectNode()
        guard !target.isEmpty, target.count <= NARLimits.targetLength, !target.contains(0) else {
            throw .illegalTarget(target)
        }
        write(Self.symlinkStart)
        writeString(target)
        write(Self.close)
        endNode()
    }

    /// Opens a regular file of `size` bytes.
    /// - Throws: `NARError`
    public mutating func beginFile(size: UInt64, isExecutable: Bool) throws(NARError) {
        try expectNode()
        write(isExecutable ? Self.executableStart : Self.fileStart)
        writeNumber(size)
        state = .file(missing: size, padding: Int(truncatingIfNeeded: (8 - size % 8) % 8))
    }

    /// Adds to the contents of the open file.
    /// - Throws: `NARError` when the file gets longer than it was said to be.
    public mutating func contents(_ bytes: RawSpan) throws(NARError) {
        guard case .file(let missing, let padding) = state else { throw .outOfPlace }
        let count = UInt64(bytes.byteCount)
        guard count <= missing else { throw .wrongFileSize }
        if bytes.byteCount < Self.bufferSize {
            bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
            size += count
            if buffer.count >= Self.bufferSize { flush() }
        } else {
            flush()
            hash.update(bytes)
            tap?(bytes)
            size += count
        }
        state = .file(missing: missing - count, padding: padding)
    }

    /// Closes the open file.
    /// - Throws: `NARError` when bytes are missing.
    public mutating func endFile() throws(NARError) {
        guard case .file(let missing, let padding) = state else { throw .outOfPlace }
        guard missing == 0 else { throw .wrongFileSize }
        for _ in 0..<padding { buffer.append(0) }
        size += UInt64(padding)
        write(Self.close)
        endNode()
    }

    /// Opens a directory.
    /// - Throws: `NARError`
    public mutating func beginDirectory() throws(NARError) {
        try expectNode()
        guard lastNames.count <= NARLimits.depth else { throw .tooDeep }
        write(Self.directoryStart)
        lastNames.append([])
        state = .directory
    }

    /// Names the node that follows, in the open directory.
    /// - Throws: `NARError` when the name is not greater, byte by byte, than the one before it, or is none a NAR has.
    public mutating func entry(named name: [UInt8]) throws(NARError) {
        guard case .directory = state, let last = lastNames.last else { throw .outOfPlace }
        guard Self.isAllowed(name: name) else { throw .illegalName(name) }
        guard last.isEmpty || last.lexicographicallyPrecedes(name) else { throw .outOfOrder(name, after: last) }
        lastNames[lastNames.count - 1] = name
        write(Self.entryStart)
        writeString(name)
        write(Self.nodeStart)
        state = .node
    }

    /// Closes the open directory.
    /// - Throws: `NARError`
    public mutating func endDirectory() throws(NARError) {
        guard case .directory = state else { throw .outOfPlace }
        lastNames.removeLast()
        write(Self.close)
        endNode()
    }

    /// Ends the NAR.
    /// - Throws: `NARError` when a node is still open or there is none.
    public consuming func finish() throws(NARError) -> Summary {
        guard case .end = state else { throw .outOfPlace }
        flush()
        return Summary(digest: hash.finish(), size: size)
    }

    /// Whether a NAR can have an entry of this name.
    private static func isAllowed(name: [UInt8]) -> Bool {
        !name.isEmpty && name.count <= NARLimits.nameLength && name != [0x2E] && name != [0x2E, 0x2E]
            && !name.contains { $0 == 0 || $0 == 0x2F }
    }

    // MARK: Framing

    private func expectNode() throws(NARError) {
        guard case .node = state else { throw .outOfPlace }
    }

    private mutating func endNode() {
        if lastNames.isEmpty {
            state = .end
        } else {
            // Closes the entry that holds the node.
            write(Self.close)
            state = .directory
        }
    }

    private mutating func write(_ bytes: [UInt8]) {
        buffer.append(contentsOf: bytes)
        size += UInt64(bytes.count)
        if buffer.count >= Self.bufferSize { flush() }
    }

    private mutating func writeNumber(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { buffer.append(contentsOf: $0) }
        size += 8
    }

    private mutating func writeString(_ bytes: [UInt8]) {
        writeNumber(UInt64(bytes.count))
        write(bytes)
        let padding = (8 - bytes.count % 8) % 8
        for _ in 0..<padding { buffer.append(0) }
        size += UInt64(padding)
    }

    private mutating func flush() {
        guard !buffer.isEmpty else { return }
        hash.update(buffer)
        tap?(buffer.span.bytes)
        buffer.removeAll(keepingCapacity: true)
    }

    // The fixed runs of strings between what varies.
    private static let magic = framed("nix-archive-1")
    private static let fileStart = framed("(", "type", "regular", "contents")
    private static let executableStart = framed("(", "type", "regular", "executable", "", "contents")
    private static let symlinkStart = framed("(", "type", "symlink", "target")
    private static let directoryStart = framed("(", "type", "directory")
    private static let entryStart = framed("entry", "(", "name")
    private static let nodeStart = framed("node")
    private static let close = framed(")")

    private static func framed(_ strings: String...) -> [UInt8] {
        var bytes: [UInt8] = []
        for string in strings {
            withUnsafeBytes(of: UInt64(string.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: string.utf8)
            while !bytes.count.isMultiple(of: 8) { bytes.append(0) }
        }
        return bytes
    }
}

/// What cannot be written into a NAR.
public enum NARError: Error, Equatable, Sendable {
    /// A call that the state of the writer does not allow: a node where a name is due, an end with something open.
    case outOfPlace
    /// More or fewer bytes than the file was said to have.
    case wrongFileSize
    /// Empty, `.`, `..`, longer than 255 bytes, or with a slash or NUL in it.
    case illegalName([UInt8])
    /// A name that is not greater than the one before it.
    case outOfOrder([UInt8], after: [UInt8])
    /// A symbolic link's target that is empty, longer than 4095 bytes, or has a NUL in it.
    case illegalTarget([UInt8])
    /// A directory within 63 others below the root.
    case tooDeep
}
