internal import NixHash
internal import Threads

/// A tree with all of its folders, flat and in NAR order, before any file is read.
///
/// `GitRepository.plan` makes that of one commit, `TreeAssembly` that of a commit with submodules.
struct TreePlan: Sendable {
    /// What comes next in the NAR.
    struct Node: Sendable {
        enum Kind: Sendable {
            case file(isExecutable: Bool)
            case symlink
            case beginDirectory
            /// The top folder of a commit: that of the whole tree, or that of a submodule.
            case beginCommit
            case endDirectory
            /// A submodule's place that nothing fills: an empty folder.
            case gitlink
        }

        /// Empty for the top folder of the whole tree, and for the end of a folder.
        let name: [UInt8]
        let kind: Kind
        /// Whose object `id` is: an index of `origins`, small so that a node is no larger for it.
        let origin: UInt16
        /// What to read, for a file or link.
        let id: ObjectID
    }

    /// A commit that files of the tree come from.
    struct Origin: Sendable {
        let repository: GitRepository
        let commit: ObjectID
        /// Where the repository was fetched from; nil for one that was only opened.
        let url: GitURL?
    }

    /// How many files, links and folders a plan has at most: ten times what the largest known trees have.
    static let maximumEntries = 5_000_000

    let nodes: [Node]
    /// The whole tree's own commit comes first.
    let origins: [Origin]
    /// What the nodes of that kind stand for, in their order.
    let gitlinks: [Gitlink]
    let hasEmptySubtrees: Bool
}

extension TreePlan.Node {
    /// Whether an object has to be read for it.
    var isRead: Bool {
        switch kind {
        case .file, .symlink: true
        case .beginDirectory, .beginCommit, .endDirectory, .gitlink: false
        }
    }
}

extension GitRepository {
    /// Reads all folders of a commit.
    ///
    /// - Parameters:
    ///   - url: where the repository was fetched from.
    ///   - limit: how many files, links and folders there may be.
    /// - Throws: `GitError`, `CancellationError`
    func plan(
        ofCommit commit: ObjectID, url: GitURL? = nil, limit: Int = TreePlan.maximumEntries, cancellation: Cancellation
    ) throws -> TreePlan {
        var planning = TreePlanning(repository: self, limit: limit, cancellation: cancellation)
        try planning.addTree(try self.commit(commit).tree, named: [], depth: 0)
        return TreePlan(
            nodes: planning.nodes, origins: [TreePlan.Origin(repository: self, commit: commit, url: url)],
            gitlinks: planning.gitlinks, hasEmptySubtrees: planning.hasEmptySubtrees)
    }
}

/// Goes through the folders of one commit.
private struct TreePlanning {
    let repository: GitRepository
    let limit: Int
    let cancellation: Cancellation
    private(set) var nodes: [TreePlan.Node] = []
    private(set) var gitlinks: [Gitlink] = []
    private(set) var hasEmptySubtrees = false
    /// How many nodes there are, the ends of folders left out.
    private var count = 0
    /// The path of the open folder, with a slash at its end unless it is the top.
    private var path: [UInt8] = []

    init(repository: GitRepository, limit: Int, cancellation: Cancellation) {
        self.repository = repository
        self.limit = limit
        self.cancellation = cancellation
    }

    /// - Throws: `GitError`, `CancellationError`
    mutating func addTree(_ id: ObjectID, named name: [UInt8], depth: Int) throws {
        guard depth <= NARLimits.depth else { throw GitTree.unrepresentable(path, [], .tooDeep) }
        try cancellation.throwIfCancelled()
        let entries = try repository.entries(ofTree: id, at: path, limit: limit)
        if entries.isEmpty && depth > 0 { hasEmptySubtrees = true }
        try append(name, depth == 0 ? .beginCommit : .beginDirectory, id)
        let length = path.count
        for entry in entries {
            switch entry.kind {
            case .file(let isExecutable): try append(entry.name, .file(isExecutable: isExecutable), entry.id)
            case .symlink: try append(entry.name, .symlink, entry.id)
            case .directory:
                path += entry.name + [UInt8(ascii: "/")]
                try addTree(entry.id, named: entry.name, depth: depth + 1)
                path.removeSubrange(length...)
            case .gitlink:
                guard depth < NARLimits.depth else { throw GitTree.unrepresentable(path, entry.name, .tooDeep) }
                gitlinks.append(Gitlink(path: path + entry.name, commit: entry.id))
                try append(entry.name, .gitlink, entry.id)
            }
        }
        nodes.append(TreePlan.Node(name: [], kind: .endDirectory, origin: 0, id: id))
    }

    private mutating func append(_ name: [UInt8], _ kind: TreePlan.Node.Kind, _ id: ObjectID) throws {
        count += 1
        guard count <= limit else { throw GitTree.unrepresentable(path, name, .tooManyEntries(limit: limit)) }
        nodes.append(TreePlan.Node(name: name, kind: kind, origin: 0, id: id))
    }
}
