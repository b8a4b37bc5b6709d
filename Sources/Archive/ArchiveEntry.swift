/// One entry of an archive, as it is written there; what it means for a tree is SourceTree's business.
public struct ArchiveEntry: Equatable, Sendable {
    /// What an entry is.
    public enum Kind: Equatable, Sendable {
        case directory
        /// `size` is nil where the format says it only after the contents.
        case file(size: UInt64?, isExecutable: Bool)
        case symlink(target: [UInt8])
        /// A second name for the entry `target`, which is counted from the archive's root.
        case hardLink(target: [UInt8])
        /// A device, FIFO or socket, which no Nix store holds.
        case special(String)
    }

    /// The raw bytes of the name, in no particular encoding; may have `.`, `..`, doubled and leading slashes.
    public let path: [UInt8]
    public let kind: Kind
    /// When it was last changed, in seconds since 1970 UTC.
    public let modified: Int64

    public init(path: [UInt8], kind: Kind, modified: Int64) {
        self.path = path
        self.kind = kind
        self.modified = modified
    }
}
