internal import NixHash
internal import Threads

/// A tree with all of its folders, flat and in NAR order, before any file is read.
struct TreePlan {
    /// What comes next in the NAR.
    struct Node {
        enum Kind {
            case file(isExecutable: Bool)
            case symlink
            case beginDirectory
            case endDirectory
            /// A submodule's place.
            case emptyDirectory
        }

        /// Empty for the top folder, and for the end of a folder.
        let name: [UInt8]
        let kind: Kind
        /// What to read, for a file or link.
        let id: ObjectID
    }

    /// How many files, links and folders a plan has at most: ten times what the largest known trees have.
    static let maximumEntries = 5_000_000

    private(set) var nodes: [Node] = []
    private(set) var gitlinks: [Gitlink] = []
    private(set) var hasEmptySubtrees = false

    private let repository: GitRepository
    private let limit: Int
    /// How many nodes there are, the ends of folders left out.
    private var count = 0
    private let cancellation: Cancellation
    /// The path of the open folder, with a slash at its end unless it is the top.
    private var path: [UInt8] = []

    /// - Throws: `GitError`, `CancellationError`
    init(
        _ repository: GitRepository, commit: ObjectID, limit: Int = maximumEntries, cancellation: Cancellation
    ) throws {
        self.repository = repository
        self.limit = limit
        self.cancellation = cancellation
        try addTree(try repository.commit(commit).tree, named: [], depth: 0)
    }

    private mutating func addTree(_ id: ObjectID, named name: [UInt8], depth: Int) throws {
        guard depth <= NARLimits.depth else { throw GitTree.unrepresentable(path, [], .tooDeep) }
        try cancellation.throwIfCancelled()
        let entries = try repository.entries(ofTree: id, at: path, limit: limit)
        if entries.isEmpty && depth > 0 { hasEmptySubtrees = true }
        try append(Node(name: name, kind: .beginDirectory, id: id))
        let length = path.count
        for entry in entries {
            switch entry.kind {
            case .file(let isExecutable):
                try append(Node(name: entry.name, kind: .file(isExecutable: isExecutable), id: entry.id))
            case .symlink: try append(Node(name: entry.name, kind: .symlink, id: entry.id))
            case .directory:
                path += entry.name + [UInt8(ascii: "/")]
                try addTree(entry.id, named: entry.name, depth: depth + 1)
                path.removeSubrange(length...)
            case .gitlink:
                guard depth < NARLimits.depth else { throw GitTree.unrepresentable(path, entry.name, .tooDeep) }
                gitlinks.append(Gitlink(path: path + entry.name, commit: entry.id))
                try append(Node(name: entry.name, kind: .emptyDirectory, id: entry.id))
            }
        }
        nodes.append(Node(name: [], kind: .endDirectory, id: id))
    }

    private mutating func append(_ node: Node) throws {
        count += 1
        guard count <= limit else { throw GitTree.unrepresentable(path, node.name, .tooManyEntries(limit: limit)) }
        nodes.append(node)
    }
}

extension TreePlan.Node {
    /// Whether an object has to be read for it.
    var isRead: Bool {
        switch kind {
        case .file, .symlink: true
        case .beginDirectory, .endDirectory, .emptyDirectory: false
        }
    }
}
