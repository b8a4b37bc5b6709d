internal import Archive

/// Takes down what versions of Nix see differently in an archive: each thing once, with the first entry it is about.
struct Divergences {
    /// How much Nix asks libarchive for at once.
    private static let nixBufferSize: UInt64 = 128 << 10

    private(set) var found: [Divergence] = []

    /// Whether it has been noted.
    func has(_ kind: Divergence.Kind) -> Bool { found.contains { $0.kind == kind } }

    mutating func note(_ kind: Divergence.Kind, at path: [UInt8]? = nil) {
        if !has(kind) { found.append(Divergence(kind, at: path)) }
    }

    /// Looks at the name of an entry, or at the target of a hard link.
    mutating func noteName(_ path: [UInt8], of entry: ArchiveEntry, limits: TreeLimits) {
        if TreePath.hasParentComponent(path) { note(.parentComponent, at: entry.path) }
        // The root itself is everybody's.
        if path.first == TreePath.slash, let components = try? TreePath.components(of: path, limits: limits),
            !components.isEmpty
        {
            note(.absoluteName, at: entry.path)
        }
    }

    /// Looks at a hole that the contents of a file end in.
    mutating func noteHole(from start: UInt64, at path: [UInt8]) {
        if start.isMultiple(of: Self.nixBufferSize) { note(.holeAtEnd, at: path) }
    }

    /// Looks at a top level that is no single directory.
    /// - Parameter count: how many entries there are, or more when there are several.
    mutating func noteTop(of count: Int) {
        note(count == 0 ? .nothing : count == 1 ? .singleFileAtTop : .severalAtTop)
    }
}
