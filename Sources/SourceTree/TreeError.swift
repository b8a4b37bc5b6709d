/// Why entries make no tree that Nix would hash; paths are raw bytes.
public enum TreeError: Error, Equatable, Sendable {
    /// A device, FIFO or socket.
    case unsupportedType(String, path: [UInt8])
    /// A component of more than 255 bytes.
    case nameTooLong(path: [UInt8])
    /// A path of more bytes than the limit.
    case pathTooLong(path: [UInt8], limit: Int)
    /// More directories within each other than the limit.
    case tooDeep(path: [UInt8], limit: Int)
    /// A name that Nix refuses in a tree: `.git`, or one that some system takes for it.
    case reservedName(path: [UInt8])
    /// Something that is no directory bears the name of the root.
    case rootIsNoDirectory(path: [UInt8])
    /// The parent is a file or a symbolic link.
    case throughNonDirectory(path: [UInt8], parent: [UInt8])
    /// A symbolic link that no Nix takes: its target is empty, has a NUL, or is longer than 4095 bytes.
    case illegalTarget(path: [UInt8])
    /// A hard link to a name that is nowhere in the archive.
    case hardLinkTargetMissing(path: [UInt8], target: [UInt8])
    /// A hard link to another one, which Nix 2.34 makes later, since it goes by their names.
    case hardLinkToLaterLink(path: [UInt8], target: [UInt8])
    case hardLinkToDirectory(path: [UInt8], target: [UInt8])
    /// Two entries of one name, of kinds for which versions of Nix keep different ones.
    case conflict(path: [UInt8], first: String, second: String)
    /// The contents of the archive's files have, with this one, more bytes than the limit.
    case contentsTooLarge(path: [UInt8], limit: UInt64)
    /// The contents of the archive's files are, with this one, more than so many times as large as what was read of it.
    case expandsTooMuch(path: [UInt8], ratio: UInt64)
    /// The archive has more entries than the limit, or its tree more files and directories.
    case tooManyEntries(limit: Int)
    /// A file or folder on disk cannot be read.
    case unreadable(path: [UInt8], errnum: Int32)
    /// A file changed its size while it was read.
    case changedWhileRead(path: [UInt8])
}
