internal import NixHash
internal import Threads

/// Goes through a plan in NAR order and hands it to a NAR writer.
///
/// One use, on one thread.
struct TreeWalk {
    /// How many threads inflate; the hash has one more.
    private static let threads = 2

    private let plan: TreePlan
    /// Files whose contents are not those of their objects, by the index of their nodes.
    private let replacements: [Int: ReplacedContents]
    private let cancellation: Cancellation
    private let objects: ReadAhead
    /// The path of the open folder, with a slash at its end unless it is the top.
    private var path: [UInt8] = []
    /// The commits that the open folder lies in, the whole tree's first.
    private var commits: [OpenCommit] = []
    private var attributes: Set<String> = []
    private var hasLFSPointers = false

    /// A commit whose tree is being walked; attributes of one mean nothing in another.
    private struct OpenCommit {
        /// How long the path of its top folder is.
        let pathLength: Int
        var attributes = AttributeScan()
        var hasPointers = false
    }

    /// - Parameter replacements: files that are taken from elsewhere, by the index of their nodes in the plan.
    init(_ plan: TreePlan, replacing replacements: [Int: ReplacedContents] = [:], cancellation: Cancellation) {
        self.plan = plan
        self.replacements = replacements
        self.cancellation = cancellation
        let requests = plan.nodes.indices.lazy.filter { index in
            plan.nodes[index].isRead && (replacements.isEmpty || replacements[index] == nil)
        }
        objects = ReadAhead(
            requests.map { ReadAhead.Request(id: plan.nodes[$0].id, database: plan.nodes[$0].origin) },
            from: plan.origins.map(\.repository.database))
    }

    /// - Throws: `GitError`, `CancellationError`
    consuming func hash() throws -> TreeHash {
        objects.start(threads: Self.threads)
        defer { objects.stop() }
        var nar = NARWriter()
        for (index, node) in plan.nodes.enumerated() {
            try cancellation.throwIfCancelled()
            try write(node, at: index, into: &nar)
        }
        return TreeHash(
            summary: try nar.finish(), attributes: attributes.sorted(), gitlinks: plan.gitlinks,
            hasEmptySubtrees: plan.hasEmptySubtrees, hasLFSPointers: hasLFSPointers)
    }

    private mutating func write(_ node: TreePlan.Node, at index: Int, into nar: inout NARWriter) throws {
        if !node.name.isEmpty { try nar.entry(named: node.name) }
        switch node.kind {
        case .file(let isExecutable):
            if !replacements.isEmpty, let contents = replacements[index] {
                try contents.write(isExecutable: isExecutable, into: &nar, cancellation: cancellation)
            } else {
                try writeFile(node, isExecutable, into: &nar)
            }
        case .symlink: try writeSymlink(node, into: &nar)
        case .beginDirectory, .beginCommit:
            if !node.name.isEmpty { path += node.name + [UInt8(ascii: "/")] }
            if case .beginCommit = node.kind { commits.append(OpenCommit(pathLength: path.count)) }
            try nar.beginDirectory()
        case .endDirectory:
            if let commit = commits.last, commit.pathLength == path.count {
                let used = commit.attributes.used
                attributes.formUnion(used)
                if commit.hasPointers && used.contains("filter") { hasLFSPointers = true }
                plan.origins[Int(node.origin)].repository.database.rest()
                commits.removeLast()
            }
            let parent = path.dropLast().lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
            path.removeSubrange(parent...)
            try nar.endDirectory()
        case .gitlink:
            try nar.beginDirectory()
            try nar.endDirectory()
        }
    }

    private mutating func writeFile(
        _ node: TreePlan.Node, _ isExecutable: Bool, into nar: inout NARWriter
    ) throws {
        let object = try objects.next()
        if node.name.elementsEqual(".gitattributes".utf8), let commit = commits.indices.last {
            let isTopLevel = path.count == commits[commit].pathLength
            commits[commit].attributes.add(object.bytes, isTopLevel: isTopLevel)
        }
        if object.size <= LFSPointer.maximumLength, let commit = commits.indices.last, !commits[commit].hasPointers {
            commits[commit].hasPointers = object.withBytes { $0.starts(with: LFSPointer.version) }
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
