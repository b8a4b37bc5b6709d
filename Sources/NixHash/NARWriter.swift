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
        case file(missing: UInt64, size: UInt64)
        /// Inside an entry that was serialised before.
        case serialized
        case end
    }

    /// What is hashed at a time: OpenSSL loses a fifth of its speed on updates of 64 bytes, and a thread is told of each.
    private let bufferSize: Int

    private var hash = SHA256()
    /// What hashes instead, beside the writer.
    private let thread: SHA256Thread?
    private var buffer: [UInt8] = []
    private var size: UInt64 = 0
    private var state = State.node
    /// The last name in each open directory, outermost first; empty where there was none yet.
    private var lastNames: [[UInt8]] = []
    private let depthLimit: Int
    private let tap: ((RawSpan) -> Void)?

    /// - Parameters:
    ///   - depthLimit: how many directories may lie within each other, the root not counted.
    ///   - hashesOnThread: whether a thread of its own hashes, as far as the system has one to give.
    ///   - tap: is handed the bytes of the NAR as they are hashed.
    public init(
        depthLimit: Int = NARLimits.depth, hashesOnThread: Bool = false, tap: ((RawSpan) -> Void)? = nil
    ) {
        self.depthLimit = depthLimit
        self.tap = tap
        thread = hashesOnThread ? try? SHA256Thread() : nil
        bufferSize = thread == nil ? 32 << 10 : 256 << 10
        buffer.reserveCapacity(bufferSize + 1024)
        write { $0.append(contentsOf: NARFraming.magic) }
    }

    // MARK: Nodes

    /// Writes a symbolic link; the target is neither empty nor too long, and has no NUL.
    /// - Throws: `NARError`
    public mutating func symlink(to target: [UInt8]) throws(NARError) {
        try expectNode()
        guard NARLimits.allows(target: target) else { throw .illegalTarget(target) }
        write { NARFraming.appendSymlink(to: target, to: &$0) }
        endNode()
    }

    /// Opens a regular file of `size` bytes.
    /// - Throws: `NARError`
    public mutating func beginFile(size: UInt64, isExecutable: Bool) throws(NARError) {
        try expectNode()
        write { NARFraming.appendFileStart(size: size, isExecutable: isExecutable, to: &$0) }
        state = .file(missing: size, size: size)
    }

    /// Adds to the contents of the open file.
    /// - Throws: `NARError` when the file gets longer than it was said to be.
    public mutating func contents(_ bytes: RawSpan) throws(NARError) {
        guard case .file(let missing, let fileSize) = state else { throw .outOfPlace }
        let count = UInt64(bytes.byteCount)
        guard count <= missing else { throw .wrongFileSize }
        append(bytes)
        state = .file(missing: missing - count, size: fileSize)
    }

    /// Adds to the contents of the open file what `fill` puts into the writer's own buffer, some of what is missing.
    ///
    /// There is room for one byte more than that, for who wants to see whether there is one.
    /// - Returns: how many bytes that was.
    /// - Throws: `NARError` when the file gets longer than it was said to be, and what `fill` throws.
    public mutating func contents(filledBy fill: (inout OutputSpan<UInt8>) throws -> Void) throws -> Int {
        guard case .file(let missing, let fileSize) = state else { throw NARError.outOfPlace }
        let before = buffer.count
        let room = bufferSize - before
        try buffer.append(
            addingCapacity: missing < UInt64(room) ? Int(missing) + 1 : room, initializingWith: fill)
        let count = buffer.count - before
        guard UInt64(count) <= missing else { throw NARError.wrongFileSize }
        size += UInt64(count)
        state = .file(missing: missing - UInt64(count), size: fileSize)
        if buffer.count >= bufferSize { flush() }
        return count
    }

    /// Closes the open file.
    /// - Throws: `NARError` when bytes are missing.
    public mutating func endFile() throws(NARError) {
        guard case .file(let missing, let fileSize) = state else { throw .outOfPlace }
        guard missing == 0 else { throw .wrongFileSize }
        write { NARFraming.appendFileEnd(size: fileSize, to: &$0) }
        endNode()
    }

    /// Opens a directory.
    /// - Throws: `NARError`
    public mutating func beginDirectory() throws(NARError) {
        try expectNode()
        guard lastNames.count <= depthLimit else { throw .tooDeep }
        write { NARFraming.appendDirectoryStart(to: &$0) }
        lastNames.append([])
        state = .directory
    }

    /// Names the node that follows, in the open directory.
    /// - Throws: `NARError` when the name is not greater, byte by byte, than the one before it, or is none a NAR has.
    public mutating func entry(named name: [UInt8]) throws(NARError) {
        try next(name)
        write { NARFraming.appendEntryStart(named: name, to: &$0) }
        state = .node
    }

    /// Opens an entry of the open directory that was serialised before, name and all, with `NARFraming`.
    /// - Throws: `NARError`, as `entry` does.
    public mutating func beginSerialized(named name: [UInt8]) throws(NARError) {
        try next(name)
        state = .serialized
    }

    /// Adds to the bytes of the entry that was serialised before; what they say is the caller's responsibility.
    /// - Throws: `NARError`
    public mutating func serialized(_ bytes: RawSpan) throws(NARError) {
        guard case .serialized = state else { throw .outOfPlace }
        append(bytes)
    }

    /// Closes the entry that was serialised before.
    /// - Throws: `NARError`
    public mutating func endSerialized() throws(NARError) {
        guard case .serialized = state else { throw .outOfPlace }
        state = .directory
    }

    private mutating func next(_ name: [UInt8]) throws(NARError) {
        guard case .directory = state, let last = lastNames.last else { throw .outOfPlace }
        guard Self.isAllowed(name: name) else { throw .illegalName(name) }
        guard last.isEmpty || last.lexicographicallyPrecedes(name) else { throw .outOfOrder(name, after: last) }
        lastNames[lastNames.count - 1] = name
    }

    /// Closes the open directory.
    /// - Throws: `NARError`
    public mutating func endDirectory() throws(NARError) {
        guard case .directory = state else { throw .outOfPlace }
        lastNames.removeLast()
        write { NARFraming.appendEnd(to: &$0) }
        endNode()
    }

    /// Ends the NAR.
    /// - Throws: `NARError` when a node is still open or there is none.
    public consuming func finish() throws(NARError) -> Summary {
        guard case .end = state else { throw .outOfPlace }
        flush()
        if let thread { return Summary(digest: thread.finish(), size: size) }
        return Summary(digest: hash.finish(), size: size)
    }

    /// Whether a NAR can have an entry of this name.
    private static func isAllowed(name: [UInt8]) -> Bool {
        !name.isEmpty && name.count <= NARLimits.nameLength && name != [0x2E] && name != [0x2E, 0x2E]
            && !name.contains { $0 == 0 || $0 == 0x2F }
    }

    // MARK: Bytes

    private func expectNode() throws(NARError) {
        guard case .node = state else { throw .outOfPlace }
    }

    private mutating func endNode() {
        if lastNames.isEmpty {
            state = .end
        } else {
            // Closes the entry that holds the node.
            write { NARFraming.appendEnd(to: &$0) }
            state = .directory
        }
    }

    private mutating func write(_ framing: (inout [UInt8]) -> Void) {
        let before = buffer.count
        framing(&buffer)
        size += UInt64(buffer.count - before)
        if buffer.count >= bufferSize { flush() }
    }

    private mutating func append(_ bytes: RawSpan) {
        size += UInt64(bytes.byteCount)
        // Copying more than this costs more than telling OpenSSL of it does.
        if thread == nil && bytes.byteCount >= 8 << 10 {
            flush()
            hash.update(bytes)
            tap?(bytes)
            return
        }
        var rest = bytes
        while rest.byteCount > 0 {
            let count = min(rest.byteCount, bufferSize - buffer.count)
            rest.extracting(first: count).withUnsafeBytes { buffer.append(contentsOf: $0) }
            rest = rest.extracting(droppingFirst: count)
            if buffer.count >= bufferSize { flush() }
        }
    }

    private mutating func flush() {
        guard !buffer.isEmpty else { return }
        tap?(buffer.span.bytes)
        if let thread {
            thread.update(exchanging: &buffer)
            buffer.reserveCapacity(bufferSize + 1024)
        } else {
            hash.update(buffer)
            buffer.removeAll(keepingCapacity: true)
        }
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
