/// The bytes of a NAR around what varies, appended to any buffer; nothing is checked.
///
/// `NARWriter` writes with it, and so does who has to serialise an entry before its turn: those bytes go into the NAR
/// later, with `NARWriter.beginSerialized`.
public enum NARFraming {
    /// What a NAR begins with.
    static let magic = framed("nix-archive-1")
    private static let fileStart = framed("(", "type", "regular", "contents")
    private static let executableStart = framed("(", "type", "regular", "executable", "", "contents")
    private static let symlinkStart = framed("(", "type", "symlink", "target")
    private static let directoryStart = framed("(", "type", "directory")
    private static let entryStart = framed("entry", "(", "name")
    private static let nodeStart = framed("node")
    private static let close = framed(")")

    /// The start of a directory's entry, up to its node.
    public static func appendEntryStart(named name: [UInt8], to buffer: inout [UInt8]) {
        buffer.append(contentsOf: entryStart)
        appendString(name, to: &buffer)
        buffer.append(contentsOf: nodeStart)
    }

    /// The end of a node, and that of an entry.
    public static func appendEnd(to buffer: inout [UInt8]) { buffer.append(contentsOf: close) }

    /// The start of a regular file, up to its contents.
    public static func appendFileStart(size: UInt64, isExecutable: Bool, to buffer: inout [UInt8]) {
        buffer.append(contentsOf: isExecutable ? executableStart : fileStart)
        appendNumber(size, to: &buffer)
    }

    /// What follows the contents of a regular file of `size` bytes.
    public static func appendFileEnd(size: UInt64, to buffer: inout [UInt8]) {
        appendPadding(after: size, to: &buffer)
        buffer.append(contentsOf: close)
    }

    /// A whole symbolic link.
    public static func appendSymlink(to target: [UInt8], to buffer: inout [UInt8]) {
        buffer.append(contentsOf: symlinkStart)
        appendString(target, to: &buffer)
        buffer.append(contentsOf: close)
    }

    /// The start of a directory, up to its first entry.
    public static func appendDirectoryStart(to buffer: inout [UInt8]) { buffer.append(contentsOf: directoryStart) }

    private static func appendString(_ bytes: [UInt8], to buffer: inout [UInt8]) {
        appendNumber(UInt64(bytes.count), to: &buffer)
        buffer.append(contentsOf: bytes)
        appendPadding(after: UInt64(bytes.count), to: &buffer)
    }

    private static func appendNumber(_ number: UInt64, to buffer: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { buffer.append(contentsOf: $0) }
    }

    /// Zeros up to a multiple of eight.
    private static func appendPadding(after size: UInt64, to buffer: inout [UInt8]) {
        let zeros: UInt64 = 0
        withUnsafeBytes(of: zeros) { buffer.append(contentsOf: $0.prefix(Int((8 - size % 8) % 8))) }
    }

    private static func framed(_ strings: String...) -> [UInt8] {
        var bytes: [UInt8] = []
        for string in strings { appendString(Array(string.utf8), to: &bytes) }
        return bytes
    }
}
