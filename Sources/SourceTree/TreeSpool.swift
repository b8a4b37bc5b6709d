internal import Archive
internal import NixHash
internal import Threads

/// Gathers the entries of an archive in any order, and hashes the tree that Nix would make of them.
///
/// What a second entry of the same name, a hard link or a `..` means is what `builtins.fetchTarball` of current
/// versions of Nix makes of it. Where that differs from older ones and nothing says which is right, the tree is refused
/// instead of guessed.
struct TreeSpool: ~Copyable {
    enum Node {
        case directory(children: [[UInt8]: Int])
        case file(ContentSpool.Extent, isExecutable: Bool)
        case symlink(target: [UInt8])

        var kind: String {
            switch self {
            case .directory: "directory"
            case .file: "file"
            case .symlink: "symbolic link"
            }
        }
    }

    static let root = 0

    private(set) var nodes: [Node] = [.directory(children: [:])]
    var links: [HardLink] = []
    /// Which of `links` was the last of a name.
    var linkIndices: [[[UInt8]]: Int] = [:]
    var divergences = Divergences()
    var contents: ContentSpool
    private(set) var lastModified: Int64?
    /// Where the entry before went: an archive has most files of a directory one after the other.
    private var lastParent: (path: [UInt8], index: Int)?

    let limits: TreeLimits
    private(set) var entryCount = 0
    private var fileCount = 0
    /// The entry with the first directory that would be too deep if the top-level directory were not stripped.
    private var deepest: [UInt8]?

    /// - Parameters:
    ///   - directory: where contents that are too large for memory lie, in an unlinked file.
    ///   - memoryLimit: how many bytes of contents are kept in memory.
    ///   - limits: what the entries may be in all.
    init(spoolDirectory directory: String, memoryLimit: Int, limits: TreeLimits = TreeLimits()) {
        contents = ContentSpool(directory: directory, memoryLimit: memoryLimit)
        self.limits = limits
    }

    /// How many bytes the contents have that were added, also those that were overwritten.
    var contentSize: UInt64 { contents.end }

    /// Whether a hard link waits for the end, when its target has to be there.
    var hasHardLinks: Bool { !links.isEmpty }

    /// Lets this much of the contents be kept in memory, if there is still room for all that are there.
    mutating func allow(memory: Int) { contents.allow(memory: memory) }

    // MARK: Entries

    /// Adds an entry; `read` hands over the contents when it is a file.
    /// - Throws: `TreeError`, and what `read` throws.
    mutating func add(
        _ entry: ArchiveEntry, contents read: ((RawSpan) throws -> Void) throws -> Void
    ) throws {
        entryCount += 1
        guard entryCount <= limits.entries else { throw TreeError.tooManyEntries(limit: limits.entries) }
        lastModified = max(lastModified ?? entry.modified, entry.modified)
        switch entry.kind {
        case .directory:
            let components = try TreePath.components(of: entry.path, limits: limits)
            _ = try directory(at: components[...], of: entry.path, isEntry: true)
        case .file(_, let isExecutable):
            // What is wrong with the name comes before what is wrong with the contents, as in `TreeStream`.
            let place = try place(of: entry.path)
            let start = contents.end
            try read { try contents.append($0) }
            let extent = ContentSpool.Extent(offset: start, size: contents.end - start)
            fileCount += 1
            try put(.file(extent, isExecutable: isExecutable), at: place, of: entry.path)
        case .symlink(let target):
            guard NARLimits.allows(target: target) else { throw TreeError.illegalTarget(path: entry.path) }
            try put(.symlink(target: target), at: place(of: entry.path), of: entry.path)
        case .hardLink(let target):
            try addLink(at: entry.path, to: target, contents: read)
        case .special(let type):
            throw TreeError.unsupportedType(type, path: entry.path)
        }
        try checkDepth()
    }

    /// The node of the directory at `components`, made together with its parents where it is missing.
    ///
    /// - Parameter isEntry: whether the archive has the directory itself, and not only what is in it.
    private mutating func directory(
        at components: ArraySlice<[UInt8]>, of path: [UInt8], isEntry: Bool
    ) throws(TreeError) -> Int {
        var index = Self.root
        for (depth, name) in components.enumerated() {
            guard depth < limits.depth || depth == limits.depth && mayBeStripped else {
                throw .tooDeep(path: path, limit: limits.depth)
            }
            guard !TreePath.isReserved(name) else { throw .reservedName(path: path) }
            guard case .directory(var children) = nodes[index] else {
                throw .throughNonDirectory(path: path, parent: join(components.prefix(depth)))
            }
            if let child = children[name] {
                if case .directory = nodes[child] {
                    index = child
                    continue
                }
                // Never followed. Over a file, versions of Nix differ; over a symbolic link, Nix 2.34 keeps either, by
                // chance: its threads race.
                guard isEntry, depth == components.count - 1 else {
                    throw .throughNonDirectory(path: path, parent: join(components.prefix(depth + 1)))
                }
                throw .conflict(path: path, first: nodes[child].kind, second: "directory")
            }
            try checkCount()
            // Empties the node first, so that its dictionary is changed in place and not copied.
            nodes[index] = .directory(children: [:])
            children[name] = nodes.count
            nodes[index] = .directory(children: children)
            index = nodes.count
            nodes.append(.directory(children: [:]))
            if depth == limits.depth && deepest == nil { deepest = path }
        }
        return index
    }

    /// Where something goes that is no directory.
    struct Place {
        let parent: Int
        let name: [UInt8]
        /// What is there already.
        let existing: Int?
    }

    /// Finds the place of an entry, and makes the directories that its name implies.
    mutating func place(of path: [UInt8]) throws(TreeError) -> Place {
        let (parent, name) = try parent(of: path)
        guard !TreePath.isReserved(name) else { throw .reservedName(path: path) }
        guard case .directory(let children) = nodes[parent] else {
            throw .throughNonDirectory(path: path, parent: TreePath.parent(of: path))
        }
        let existing = children[name]
        if existing == nil { try checkCount() }
        return Place(parent: parent, name: name, existing: existing)
    }

    mutating func put(_ node: Node, at place: Place, of path: [UInt8]) throws(TreeError) {
        guard let existing = place.existing else {
            guard case .directory(var children) = nodes[place.parent] else { return }
            nodes[place.parent] = .directory(children: [:])
            children[place.name] = nodes.count
            nodes[place.parent] = .directory(children: children)
            nodes.append(node)
            return
        }
        switch (nodes[existing], node) {
        case (.file, .file):
            nodes[existing] = node
        case (.symlink, .file) where fileCount > 1:
            // The archive's first file does not take the place of a symbolic link in Nix 2.34, where later ones do.
            nodes[existing] = node
        case (.symlink(let old), .symlink(let new)) where old == new:
            // Of two that differ, Nix 2.34 keeps the first, or either, and older versions the last.
            break
        default:
            throw .conflict(path: path, first: nodes[existing].kind, second: node.kind)
        }
    }

    /// Checks that there may be one node more. Of the directories that names imply there may be many to an entry.
    private func checkCount() throws(TreeError) {
        // The root is not counted.
        guard nodes.count <= limits.entries else { throw .tooManyEntries(limit: limits.entries) }
    }

    /// Whether there is nothing at the top yet but one directory, or nothing.
    private var mayBeStripped: Bool {
        if case .directory(let children) = nodes[Self.root], children.isEmpty { return true }
        return top.node != Self.root
    }

    /// The root of the NAR: the only top-level directory where there is nothing else, and its name.
    var top: (node: Int, name: [UInt8]) {
        if case .directory(let children) = nodes[Self.root], children.count == 1, let only = children.first,
            case .directory = nodes[only.value]
        {
            return (only.value, only.key)
        }
        return (Self.root, [])
    }

    /// Checks that directories which are only as deep as they may be below a top-level directory that is stripped
    /// lie below one.
    func checkDepth() throws(TreeError) {
        if let deepest, !mayBeStripped { throw .tooDeep(path: deepest, limit: limits.depth) }
    }

    /// The directory that an entry goes to, and its name there.
    private mutating func parent(of path: [UInt8]) throws(TreeError) -> (index: Int, name: [UInt8]) {
        // Once a directory, a node is one for ever, so that what was found for the entry before still holds.
        if let lastParent, let name = TreePath.name(of: path, in: lastParent.path, limits: limits) {
            return (lastParent.index, name)
        }
        let components = try TreePath.components(of: path, limits: limits)
        guard let name = components.last else { throw .rootIsNoDirectory(path: path) }
        // A directory's name is no entry of its own here: a parent that is missing is implied.
        let index = try directory(at: components.dropLast(), of: path, isEntry: false)
        let parent = TreePath.parent(of: path)
        if TreePath.name(of: path, in: parent, limits: limits) != nil { lastParent = (parent, index) }
        return (index, name)
    }

    private func join(_ components: some Collection<[UInt8]>) -> [UInt8] {
        Array(components.joined(separator: [UInt8(ascii: "/")]))
    }

    // MARK: Hashing

    /// Hashes the tree, without its top-level directory where that is all there is, as `builtins.fetchTarball` does.
    /// - Parameters:
    ///   - isZip: whether the entries came out of a zip archive, which the summary passes on.
    ///   - divergences: what was noted of the entries' names.
    /// - Throws: `TreeError`, and `CancellationError` when cancelled.
    consuming func finish(
        isZip: Bool = false, divergences earlier: Divergences = Divergences(), cancellation: Cancellation
    ) throws -> TreeSummary {
        try resolveLinks()
        let top = top.node
        if top == Self.root, case .directory(let children) = nodes[top] { divergences.noteTop(of: children.count) }
        var earlier = earlier
        earlier.noteDepth(isStripped: top != Self.root)
        var nar = NARWriter(depthLimit: limits.depth, hashesOnThread: true)
        try write(top, depth: 0, into: &nar, cancellation: cancellation)
        return TreeSummary(
            nar: try nar.finish(), lastModified: lastModified, isStripped: top != Self.root, isZip: isZip,
            divergences: earlier.found + divergences.found)
    }

    /// Writes a node with all that is in it.
    /// - Parameter depth: how many directories it lies in, the root not counted.
    /// - Throws: `TreeError`, `CancellationError`, and `ArchiveError.spoolFailed`.
    func write(_ index: Int, depth: Int, into nar: inout NARWriter, cancellation: Cancellation) throws {
        switch nodes[index] {
        case .symlink(let target):
            try nar.symlink(to: target)
        case .file(let extent, let isExecutable):
            try nar.beginFile(size: extent.size, isExecutable: isExecutable)
            try contents.write(extent, into: &nar, cancellation: cancellation)
            try nar.endFile()
        case .directory(let children):
            try cancellation.throwIfCancelled()
            try nar.beginDirectory()
            for (name, child) in Self.sorted(children) {
                try nar.entry(named: name)
                try write(child, depth: depth + 1, into: &nar, cancellation: cancellation)
            }
            try nar.endDirectory()
        }
    }

    /// A directory's children in NAR order.
    static func sorted(_ children: [[UInt8]: Int]) -> [(name: [UInt8], node: Int)] {
        children.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { (name: $0.key, node: $0.value) }
    }
}
