public import NixHash
public import Threads

/// The Nix hash of a git tree, and what else was seen in it.
public struct TreeHash: Sendable {
    /// The hash and the length of the tree's NAR.
    public let summary: NARWriter.Summary
    /// Which of `export-ignore`, `export-subst`, `eol`, `ident` and `filter` the tree's `.gitattributes` files use, sorted.
    ///
    /// Where one is used, git's archive or checkout of the tree may differ from the tree as committed.
    public let attributes: [String]
    /// The places for submodules that were left empty.
    public let gitlinks: [Gitlink]
    /// Whether `.gitattributes` hands any file to Git LFS.
    public let usesLFS: Bool
    /// Whether a folder has nothing in it; git makes none, and an archive of the tree leaves it out.
    public let hasEmptySubtrees: Bool
    /// The files that are pointers to objects of Git LFS, by their contents and their attributes, and were not replaced.
    public let lfsPointers: [LFSFile]
}

/// A place for a submodule.
public struct Gitlink: Hashable, Sendable {
    /// From the top of the hashed tree; bytes that need not be UTF-8.
    public let path: [UInt8]
    /// The commit that belongs there.
    public let commit: ObjectID
}

/// A file that is a pointer to an object of Git LFS.
public struct LFSFile: Hashable, Sendable {
    /// From the top of the hashed tree.
    public let path: [UInt8]
    public let pointer: LFSPointer
}

/// What stands in for a link to another repository or store when a tree is hashed.
public struct TreeReplacements: Sendable {
    /// The repository and commit for the place of a submodule; nil leaves an empty folder.
    public var submodule: @Sendable (Gitlink) throws -> (repository: GitRepository, commit: ObjectID)?
    /// The contents for a pointer of Git LFS, of exactly the size that the pointer says; nil leaves the pointer.
    public var lfsObject: @Sendable (LFSFile) throws -> (any ByteSource)?

    public init(
        submodule: @escaping @Sendable (Gitlink) throws -> (repository: GitRepository, commit: ObjectID)? = { _ in nil
        },
        lfsObject: @escaping @Sendable (LFSFile) throws -> (any ByteSource)? = { _ in nil }
    ) {
        self.submodule = submodule
        self.lfsObject = lfsObject
    }
}

/// The pointer that Git LFS commits in place of a large file.
///
/// Specified in docs/spec.md of git-lfs.
public struct LFSPointer: Hashable, Sendable {
    /// The SHA-256 of the object.
    public let digest: SHA256Digest
    /// The object's size in bytes.
    public let size: UInt64

    /// No pointer is longer.
    static let maximumSize = 1024
    static let firstLine = "version https://git-lfs.github.com/spec/v1\n"

    /// Nil when the file is not a pointer.
    public init?(parsing file: [UInt8]) {
        guard file.count < Self.maximumSize, file.starts(with: Self.firstLine) else { return nil }
        var digest: SHA256Digest?
        var size: UInt64?
        for line in file.split(separator: UInt8(ascii: "\n")) {
            if line.starts(with: "oid sha256:"), line.count == 75 {
                digest = try? SHA256Digest(parsingDigits: String(decoding: line.dropFirst(11), as: UTF8.self))
            }
            if line.starts(with: "size ") { size = UInt64(String(decoding: line.dropFirst(5), as: UTF8.self)) }
        }
        guard let digest, let size else { return nil }
        self.digest = digest
        self.size = size
    }
}
