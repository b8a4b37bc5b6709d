internal import NixHash
internal import Threads

/// Goes through a tree in NAR order and hands it to a NAR writer.
///
/// One use, on one thread.
struct TreeWalk {
    /// The longest target of a symbolic link, as on Linux and in newer versions of Nix.
    private static let maximumTarget = 4095
    /// How many threads inflate; the hash has one more.
    private static let threads = 2

    private let plan: TreePlan
    private let replacements: TreeReplacements
    private let cancellation: Cancellation
    private let objects: ReadAhead
    private var attributes = AttributeScan()
    private var lookups: [Int: LookupBox] = [:]
    private var pointers: [LFSFile] = []
    /// The path of the open folder, with a slash at its end unless it is the top.
    private var path: [UInt8] = []

    /// - Throws: `GitError`, `CancellationError`, and what `replacements` throws.
    init(
        _ repository: GitRepository, commit: ObjectID, replacements: TreeReplacements, cancellation: Cancellation
    ) throws {
        plan = try TreePlan(repository, commit: commit, replacements: replacements, cancellation: cancellation)
        self.replacements = replacements
        self.cancellation = cancellation
        objects = ReadAhead(
            plan.nodes.filter(\.isRead).map { ReadAhead.Request(id: $0.id, source: $0.source) },
            from: plan.sources.map(\.repository.database))
    }

    /// - Throws: `GitError`, `CancellationError`, and what the replacements throw.
    consuming func hash() throws -> TreeHash {
        objects.start(threads: Self.threads)
        defer { objects.stop() }
        var nar = NARWriter()
        for node in plan.nodes {
            try cancellation.throwIfCancelled()
            try write(node, into: &nar)
        }
        return TreeHash(
            summary: try nar.finish(), attributes: attributes.used, gitlinks: plan.gitlinks,
            usesLFS: attributes.usesLFS, hasEmptySubtrees: plan.hasEmptySubtrees, lfsPointers: pointers)
    }

    private mutating func write(_ node: TreePlan.Node, into nar: inout NARWriter) throws {
        if !node.name.isEmpty { try nar.entry(named: node.name) }
        switch node.kind {
        case .file(let isExecutable): try writeFile(node, isExecutable, into: &nar)
        case .symlink: try writeSymlink(node, into: &nar)
        case .beginDirectory:
            if !node.name.isEmpty { path += node.name + [UInt8(ascii: "/")] }
            try nar.beginDirectory()
        case .endDirectory:
            let parent = path.dropLast().lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
            path.removeSubrange(parent...)
            try nar.endDirectory()
        case .emptyDirectory:
            try nar.beginDirectory()
            try nar.endDirectory()
        }
    }

    private mutating func writeFile(
        _ node: TreePlan.Node, _ isExecutable: Bool, into nar: inout NARWriter
    ) throws {
        let object = try objects.next()
        if node.name.elementsEqual(".gitattributes".utf8) {
            attributes.add(object.bytes, isTopLevel: path.count == plan.sources[node.source].prefix)
        }
        if let file = try lfsFile(node, object), try writeLFSObject(file, isExecutable, into: &nar) { return }
        try nar.beginFile(size: UInt64(object.size), isExecutable: isExecutable)
        try object.withBytes { try nar.contents($0.bytes) }
        try nar.endFile()
    }

    private func writeSymlink(_ node: TreePlan.Node, into nar: inout NARWriter) throws {
        let target = try objects.next().bytes
        guard !target.isEmpty, !target.contains(0)
        else { throw GitTree.unrepresentable(path, node.name, .illegalTarget) }
        guard target.count <= Self.maximumTarget
        else { throw GitTree.unrepresentable(path, node.name, .targetTooLong) }
        try nar.symlink(to: target)
    }

    // MARK: Git LFS

    /// The file, if it is a pointer and the attributes say that it is meant as one.
    private mutating func lfsFile(_ node: TreePlan.Node, _ object: LoadedObject) throws -> LFSFile? {
        guard object.size < LFSPointer.maximumSize,
            object.withBytes({ $0.starts(with: LFSPointer.firstLine) }),
            let pointer = LFSPointer(parsing: object.bytes)
        else { return nil }
        let source = plan.sources[node.source]
        let name = path + node.name
        let lookup =
            try lookups[node.source]
            ?? LookupBox(
                AttributeLookup(objectsFolder: source.repository.database.objectsFolder, commit: source.commit))
        lookups[node.source] = lookup
        guard try lookup.lookup.isLFS(Array(name[source.prefix...])) else { return nil }
        return LFSFile(path: name, pointer: pointer)
    }

    /// Writes the object that the pointer stands for, if there is a replacement for it.
    private mutating func writeLFSObject(
        _ file: LFSFile, _ isExecutable: Bool, into nar: inout NARWriter
    ) throws -> Bool {
        guard let contents = try replacements.lfsObject(file) else {
            pointers.append(file)
            return false
        }
        try nar.beginFile(size: file.pointer.size, isExecutable: isExecutable)
        var chunk: [UInt8] = []
        while try contents.next(&chunk) {
            try cancellation.throwIfCancelled()
            try nar.contents(chunk.span.bytes)
        }
        try nar.endFile()
        return true
    }
}

/// Holds a lookup where only copyable values can be.
private final class LookupBox {
    var lookup: AttributeLookup

    init(_ lookup: consuming AttributeLookup) {
        self.lookup = lookup
    }
}
