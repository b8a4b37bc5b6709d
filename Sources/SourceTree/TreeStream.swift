internal import Archive
internal import NixHash
internal import Threads

/// Hashes entries as they come, as long as they come in NAR's order or git's; nothing that was hashed is kept.
///
/// Git sorts `foo-bar`, `foo.txt`, `foo/`, NAR sorts `foo`, `foo-bar`, `foo.txt`: what has a beginning that may still
/// come as a directory waits, serialised, until that cannot be any more. It is trusted that no entry comes to a directory
/// that is over, and that what came alone at the top stays alone; where that trust was wrong, `NotStreamable` says that
/// the archive has to be read again and gathered in a `TreeSpool`, which needs no order. A hash that comes out is right:
/// the names of each directory were written in strictly rising order, and nothing is ever taken back.
struct TreeStream: ~Copyable {
    /// The archive has an entry that cannot be hashed any more, or that may change what was hashed.
    struct NotStreamable: Error {}

    /// What came before, of which some may wait still.
    let tree: TreeSpool
    let limits: TreeLimits
    let isStripped: Bool
    var nar: NARWriter
    /// From the archive's root inwards; where that is stripped, the first has no place in the NAR.
    var open: [OpenDirectory] = []
    /// The parent's name, as it was written, of the entry before, when that is the innermost open directory.
    var lastParent: [UInt8]?
    /// Serialised entries that wait, and pieces of such.
    var hold: ContentSpool
    /// How far the hold may reach before what should wait is trusted; nil where it may reach into its file.
    private var holdLimit: UInt64?
    private let holdMemory: UInt64
    private var buffer: [UInt8] = []
    var framing: [UInt8] = []

    private var lastModified: Int64?
    private var entryCount: Int
    private var nodeCount: Int
    private let cancellation: Cancellation

    // MARK: Beginning

    /// Whether the entry could be added after those of `tree`.
    static func canContinue(
        _ tree: borrowing TreeSpool, with entry: ArchiveEntry, excess: ReadingPlan.Excess
    ) -> Bool {
        // A hard link has to be gathered, and then so has all that came before it.
        if case .hardLink = entry.kind { return false }
        guard !tree.hasHardLinks, case .directory(let top) = tree.nodes[TreeSpool.root], !top.isEmpty,
            let components = try? TreePath.components(of: entry.path, limits: tree.limits)
        else { return false }
        var node = TreeSpool.root
        for (depth, name) in components.dropLast().enumerated() {
            guard case .directory(let children) = tree.nodes[node] else { return false }
            guard let child = children[name] else { break }
            // A directory that has to wait for its turn has been gathered, and goes on being gathered.
            let isAlone = depth == 0 && children.count == 1
            let waits = name.indices.dropFirst().contains {
                name[$0] < TreePath.slash && children[Array(name.prefix($0))] == nil
            }
            if waits && !isAlone && excess == .spills { return false }
            node = child
        }
        return true
    }

    /// - Parameters:
    ///   - tree: the archive's entries so far.
    ///   - plan: of this, how much that waits is kept in memory, and what becomes of more.
    /// - Throws: `NARError`
    init(
        continuing tree: consuming TreeSpool, _ plan: ReadingPlan, spoolDirectory: String, cancellation: Cancellation
    ) throws {
        limits = tree.limits
        nar = NARWriter(depthLimit: tree.limits.depth)
        hold = ContentSpool(directory: spoolDirectory, memoryLimit: plan.holdMemory)
        holdMemory = UInt64(plan.holdMemory)
        holdLimit = plan.excess == .isTrusted ? holdMemory : nil
        self.cancellation = cancellation
        lastModified = tree.lastModified
        entryCount = tree.entryCount
        nodeCount = tree.nodes.count
        let top = tree.top
        isStripped = top.node != TreeSpool.root
        open = [OpenDirectory(named: [], holdBase: 0, waiting: isStripped ? [] : tree.waiting(in: TreeSpool.root))]
        if isStripped {
            open.append(OpenDirectory(named: top.name, holdBase: 0, waiting: tree.waiting(in: top.node)))
        }
        self.tree = tree
        try nar.beginDirectory()
    }

    // MARK: Entries

    /// Adds an entry; `read` hands over the contents when it is a file.
    /// - Throws: `NotStreamable`, `TreeError`, and what `read` throws.
    mutating func add(_ entry: ArchiveEntry, contents read: ((RawSpan) throws -> Void) throws -> Void) throws {
        entryCount += 1
        guard entryCount <= limits.entries else { throw TreeError.tooManyEntries(limit: limits.entries) }
        lastModified = max(lastModified ?? entry.modified, entry.modified)
        switch entry.kind {
        case .directory:
            try enterDirectory(entry.path)
        case .file(let size?, let isExecutable):
            let name = try enterParent(of: entry.path)
            try addFile(named: name, at: entry.path, size: size, isExecutable: isExecutable, read)
        case .symlink(let target):
            guard NARLimits.allows(target: target) else { throw TreeError.illegalTarget(path: entry.path) }
            let name = try enterParent(of: entry.path)
            try addSymlink(named: name, to: target, at: entry.path)
        case .special(let type):
            throw TreeError.unsupportedType(type, path: entry.path)
        case .hardLink, .file(nil, _):
            throw NotStreamable()
        }
    }

    private mutating func addFile(
        named name: [UInt8], at path: [UInt8], size: UInt64, isExecutable: Bool,
        _ read: ((RawSpan) throws -> Void) throws -> Void
    ) throws {
        let isNow = try arrive(name, at: path, size: size)
        if isNow && isInNAR {
            try nar.entry(named: name)
            try nar.beginFile(size: size, isExecutable: isExecutable)
            do {
                try read { try nar.contents($0) }
                try nar.endFile()
            } catch NARError.wrongFileSize {
                throw NotStreamable()
            }
        } else {
            let start = hold.end
            framing.removeAll(keepingCapacity: true)
            NARFraming.appendEntryStart(named: name, to: &framing)
            NARFraming.appendFileStart(size: size, isExecutable: isExecutable, to: &framing)
            try hold.append(framing)
            let contents = hold.end
            try read { try hold.append($0) }
            guard hold.end - contents == size else { throw NotStreamable() }
            framing.removeAll(keepingCapacity: true)
            NARFraming.appendFileEnd(size: size, to: &framing)
            NARFraming.appendEnd(to: &framing)
            try hold.append(framing)
            try keep(name, ContentSpool.Extent(offset: start, size: hold.end - start), waits: !isNow)
        }
    }

    private mutating func addSymlink(named name: [UInt8], to target: [UInt8], at path: [UInt8]) throws {
        let isNow = try arrive(name, at: path)
        if isNow && isInNAR {
            try nar.entry(named: name)
            try nar.symlink(to: target)
        } else {
            let start = hold.end
            framing.removeAll(keepingCapacity: true)
            NARFraming.appendEntryStart(named: name, to: &framing)
            NARFraming.appendSymlink(to: target, to: &framing)
            NARFraming.appendEnd(to: &framing)
            try hold.append(framing)
            try keep(name, ContentSpool.Extent(offset: start, size: hold.end - start), waits: !isNow)
        }
    }

    /// Whether what is written in the innermost directory goes into the NAR, or waits with that directory.
    var isInNAR: Bool { open[open.count - 1].header == nil }

    /// Keeps what was serialised: until its turn comes, or as a part of a directory that waits.
    private mutating func keep(_ name: [UInt8], _ extent: ContentSpool.Extent, waits: Bool) throws {
        if waits {
            guard open[open.count - 1].wait(name, [extent]) else { throw NotStreamable() }
        } else {
            open[open.count - 1].add([extent], named: name)
        }
    }

    /// Writes what has waited and whose turn it is when `name` comes to the innermost directory, and says whether the
    /// turn of `name` itself has come.
    /// - Parameters:
    ///   - size: how many bytes would wait.
    ///   - isGathered: whether it waits already, gathered, so that it was counted and cannot be serialised.
    mutating func arrive(
        _ name: [UInt8], at path: [UInt8], size: UInt64 = 0, isGathered: Bool = false
    ) throws -> Bool {
        guard !TreePath.isReserved(name) else { throw TreeError.reservedName(path: path) }
        let innermost = open.count - 1
        var least = open[innermost].least(with: name)
        if least < name.count || !isInNAR, let holdLimit, isGathered || hold.end + size > holdLimit {
            try trustOpenDirectories()
            least = name.count
        }
        try writeWaiting(below: least, of: name, in: innermost)
        open[innermost].note(name)
        let isNow = least == name.count
        guard isNow ? open[innermost].write(name) : open[innermost].canWait(name) else { throw NotStreamable() }
        // What is there already, and counted, has thrown.
        if !isGathered {
            nodeCount += 1
            guard nodeCount - 1 <= limits.entries else { throw TreeError.tooManyEntries(limit: limits.entries) }
        }
        return isNow
    }

    /// Writes entries that have waited in an open directory, those that are less than the first bytes of a name.
    private mutating func writeWaiting(below length: Int, of name: [UInt8], in index: Int) throws {
        guard open[index].isAnythingWaiting else { return }
        while let (name, what) = open[index].takeWaiting(below: length, of: name) {
            try write(what, named: name, in: index)
        }
        giveBackHold(of: index)
    }

    /// Writes an entry that has waited in an open directory, which is the innermost of those in the NAR, or in none.
    mutating func write(_ waiting: OpenDirectory.Waiting, named name: [UInt8], in index: Int) throws {
        guard open[index].write(name) else { throw NotStreamable() }
        switch waiting {
        case .node(let node):
            // Only directories that go into the NAR have such.
            try nar.entry(named: name)
            try tree.write(node, depth: depth(of: index) + 1, into: &nar, cancellation: cancellation)
        case .serialized(let extents):
            if open[index].header == nil {
                try writeSerialized(extents, upTo: name)
            } else {
                open[index].add(extents, named: name)
            }
        }
    }

    /// Frees what has waited in the innermost directory, once nothing does any more.
    mutating func giveBackHold(of index: Int) {
        // What lies there for directories around this one lies before its base.
        if index == open.count - 1 && isInNAR && !open[index].hasSerializedWaiting {
            hold.truncate(to: open[index].holdBase)
        }
    }

    /// Writes serialised entries into the NAR, of which the last has this name.
    private mutating func writeSerialized(_ extents: [ContentSpool.Extent], upTo name: [UInt8]) throws {
        try cancellation.throwIfCancelled()
        try nar.beginSerialized(named: name)
        for extent in extents { try hold.read(extent, buffer: &buffer) { try nar.serialized($0) } }
        try nar.endSerialized()
    }

    /// Writes the open directories that wait into the NAR, in the hope that nothing comes that they should wait for.
    private mutating func trustOpenDirectories() throws {
        for index in open.indices.dropFirst() where open[index].header != nil {
            let name = open[index].name
            try writeWaiting(below: name.count, of: name, in: index - 1)
            if open[index].isHeld { guard open[index - 1].write(name) else { throw NotStreamable() } }
            try nar.entry(named: name)
            try nar.beginDirectory()
            if !open[index].entries.isEmpty {
                try writeSerialized(open[index].entries, upTo: open[index].lastEntry)
            }
            open[index].isWrittenNow()
        }
        if !open.contains(where: \.hasSerializedWaiting) {
            hold.truncate(to: 0)
            for index in open.indices { open[index].holdBase = 0 }
        }
        // What waits on stays where it is, and has memory as before above it.
        holdLimit = hold.end + holdMemory
    }

    // MARK: The end

    /// Ends the tree.
    /// - Parameters:
    ///   - isZip: whether the entries came out of a zip archive, which the summary passes on.
    ///   - divergences: what was noted of the entries' names.
    /// - Throws: `NotStreamable`, `CancellationError`, and `ArchiveError.spoolFailed`.
    consuming func finish(isZip: Bool, divergences: Divergences) throws -> TreeSummary {
        var divergences = divergences
        // One that is alone and not stripped is a file; with a directory there would be no more than that.
        if !isStripped { divergences.noteTop(of: nodeCount - 1) }
        divergences.noteDepth(isStripped: isStripped)
        while open.count > (isStripped ? 1 : 0) { try close() }
        return TreeSummary(
            nar: try nar.finish(), lastModified: lastModified, isStripped: isStripped, isZip: isZip,
            divergences: divergences.found)
    }
}
