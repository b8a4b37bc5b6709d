public import NixHash

/// The Nix hash of a git tree, and what else was seen in it.
public struct TreeHash: Sendable {
    /// The hash and the length of the tree's NAR.
    public let summary: NARWriter.Summary
    /// Which of `export-ignore`, `export-subst`, `eol`, `ident` and `filter` the tree's `.gitattributes` files use, sorted.
    ///
    /// Where one is used, git's archive or checkout of the tree may differ from the tree as committed.
    public let attributes: [String]
    /// The places for submodules, which are empty.
    public let gitlinks: [Gitlink]
    /// Whether a folder has nothing in it; git makes none, and an archive of the tree leaves it out.
    public let hasEmptySubtrees: Bool
    /// Whether a file that is hashed as it is looks like a pointer to an object of Git LFS, in a commit whose attributes
    /// name a filter.
    public let hasLFSPointers: Bool
}

/// A place for a submodule.
public struct Gitlink: Hashable, Sendable {
    /// From the top of the hashed tree; bytes that need not be UTF-8.
    public let path: [UInt8]
    /// The commit that belongs there.
    public let commit: ObjectID
}
