/// The options of `add` that shape a source.
public struct SourceOptions: Sendable, Equatable {
    /// Track this branch.
    public var branch: String?
    /// Stay at this tag or revision.
    public var at: String?
    /// Another host of the same kind of forge.
    public var host: String?
    /// Whether a URL's file is unpacked; nil when its name decides.
    public var unpack: Bool?

    /// Whether a repository's submodules are wanted.
    public var submodules: Bool
    /// Whether the objects of Git LFS are wanted.
    public var lfs: Bool

    public init(
        branch: String? = nil, at: String? = nil, host: String? = nil, unpack: Bool? = nil, submodules: Bool = false,
        lfs: Bool = false
    ) {
        self.branch = branch
        self.at = at
        self.host = host
        self.unpack = unpack
        self.submodules = submodules
        self.lfs = lfs
    }
}
