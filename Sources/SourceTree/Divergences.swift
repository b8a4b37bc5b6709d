internal import Archive
internal import NixHash

/// Takes down what versions of Nix see differently in an archive: each thing once, with the first entry it is about.
struct Divergences {
    /// How much Nix asks libarchive for at once.
    private static let nixBufferSize: UInt64 = 128 << 10

    private(set) var found: [Divergence] = []
    /// The entry that lies deepest, where the user's limit is above Nix's; the archive's top-level directory is counted.
    private var deepest: (directories: Int, path: [UInt8]) = (0, [])

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

    /// Looks at an entry that only raised limits let in.
    mutating func noteExcess(_ entry: ArchiveEntry, limits: TreeLimits) {
        let usual = TreeLimits()
        guard limits.depth > usual.depth || limits.pathLength > usual.pathLength else { return }
        if entry.path.count > usual.pathLength { note(.pathTooLong, at: entry.path) }
        guard let components = try? TreePath.components(of: entry.path, limits: limits) else { return }
        let directories = components.count - (entry.kind == .directory ? 0 : 1)
        if directories > deepest.directories { deepest = (directories, entry.path) }
    }

    /// Looks at the depth of the whole tree.
    mutating func noteDepth(isStripped: Bool) {
        if deepest.directories - (isStripped ? 1 : 0) > NARLimits.depth { note(.tooDeep, at: deepest.path) }
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
