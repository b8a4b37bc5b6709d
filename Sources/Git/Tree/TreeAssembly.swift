internal import NixHash
internal import Threads

/// Puts the trees of submodules into the places that commits have for them.
///
/// One use, on one thread. What Nix allows a tree counts for the whole of it.
struct TreeAssembly {
    /// A commit's plan of its own, and what fills the places for submodules in it.
    struct Part: Sendable {
        let plan: TreePlan
        /// An index of the parts for each gitlink of the plan; nil leaves an empty folder.
        var submodules: [Int?]
    }

    private let parts: [Part]
    private let limit: Int
    private let cancellation: Cancellation
    private var nodes: [TreePlan.Node] = []
    private var gitlinks: [Gitlink] = []
    private var hasEmptySubtrees = false
    /// How many nodes there are, the ends of folders left out.
    private var count = 0
    private var depth = 0
    /// The path of the open folder, with a slash at its end unless it is the top.
    private var path: [UInt8] = []

    /// - Parameters:
    ///   - parts: the first is the whole tree's; one that several places name is there once. At most 65,536.
    ///   - limit: how many files, links and folders there may be.
    init(_ parts: [Part], limit: Int = TreePlan.maximumEntries, cancellation: Cancellation) {
        self.parts = parts
        self.limit = limit
        self.cancellation = cancellation
    }

    /// - Throws: `GitError.unrepresentableTree`, `CancellationError`
    consuming func plan() throws -> TreePlan {
        if !parts.isEmpty { try add(0, named: []) }
        return TreePlan(
            nodes: nodes, origins: parts.flatMap { $0.plan.origins.prefix(1) }, gitlinks: gitlinks,
            hasEmptySubtrees: hasEmptySubtrees)
    }

    /// Adds a commit where the path has led to. A commit that has itself in it ends with too many folders.
    private mutating func add(_ index: Int, named name: [UInt8]) throws {
        try cancellation.throwIfCancelled()
        let part = parts[index]
        var places = zip(part.plan.gitlinks, part.submodules).makeIterator()
        hasEmptySubtrees = hasEmptySubtrees || part.plan.hasEmptySubtrees
        for node in part.plan.nodes {
            switch node.kind {
            case .beginCommit: try enter(name, node, index)
            case .beginDirectory: try enter(node.name, node, index)
            case .endDirectory: leave(node, index)
            case .file, .symlink: try append(node.name, node, index)
            case .gitlink:
                guard let (gitlink, submodule) = places.next() else { break }
                if let submodule {
                    try add(submodule, named: node.name)
                } else {
                    gitlinks.append(Gitlink(path: path + node.name, commit: gitlink.commit))
                    try append(node.name, node, index)
                }
            }
        }
    }

    private mutating func enter(_ name: [UInt8], _ node: TreePlan.Node, _ origin: Int) throws {
        try append(name, node, origin)
        guard !name.isEmpty else { return }
        depth += 1
        guard depth <= NARLimits.depth else { throw GitTree.unrepresentable(path, name, .tooDeep) }
        path += name + [UInt8(ascii: "/")]
    }

    private mutating func leave(_ node: TreePlan.Node, _ origin: Int) {
        nodes.append(TreePlan.Node(name: [], kind: .endDirectory, origin: UInt16(origin), id: node.id))
        guard depth > 0 else { return }
        depth -= 1
        let parent = path.dropLast().lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        path.removeSubrange(parent...)
    }

    private mutating func append(_ name: [UInt8], _ node: TreePlan.Node, _ origin: Int) throws {
        count += 1
        guard count <= limit else { throw GitTree.unrepresentable(path, name, .tooManyEntries(limit: limit)) }
        nodes.append(TreePlan.Node(name: name, kind: node.kind, origin: UInt16(origin), id: node.id))
    }
}
