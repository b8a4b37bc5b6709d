internal import NixHash
internal import Threads

/// Goes through a tree in NAR order and hands it to a NAR writer.
///
/// One use, on one thread.
struct TreeWalk {
    /// How many threads inflate; the hash has one more.
    private static let threads = 2

    private let plan: TreePlan
    private let cancellation: Cancellation
    private let objects: ReadAhead
    private var attributes = AttributeScan()
    /// The path of the open folder, with a slash at its end unless it is the top.
    private var path: [UInt8] = []

    /// - Throws: `GitError`, `CancellationError`
    init(_ repository: GitRepository, commit: ObjectID, cancellation: Cancellation) throws {
        plan = try TreePlan(repository, commit: commit, cancellation: cancellation)
        self.cancellation = cancellation
        objects = ReadAhead(plan.nodes.filter(\.isRead).map(\.id), from: repository.database)
    }

    /// - Throws: `GitError`, `CancellationError`
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
            hasEmptySubtrees: plan.hasEmptySubtrees)
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
            attributes.add(object.bytes, isTopLevel: path.isEmpty)
        }
        try nar.beginFile(size: UInt64(object.size), isExecutable: isExecutable)
        try object.withBytes { try nar.contents($0.bytes) }
        try nar.endFile()
    }

    private func writeSymlink(_ node: TreePlan.Node, into nar: inout NARWriter) throws {
        let target = try objects.next().bytes
        guard !target.isEmpty, !target.contains(0)
        else { throw GitTree.unrepresentable(path, node.name, .illegalTarget) }
        guard target.count <= NARLimits.targetLength
        else { throw GitTree.unrepresentable(path, node.name, .targetTooLong) }
        try nar.symlink(to: target)
    }
}
