internal import CGit2

/// Which objects another repository lacks: what commits bring that their parents have not.
///
/// In a shallow clone the history ends at a commit whose parents are not there. Such a commit came from the server, and is
/// taken to be on it; if it is not, the server finds that out and refuses.
struct PushedObjects {
    private let repository: GitRepository
    private(set) var ids: [ObjectID] = []
    private var seen: Set<ObjectID> = []

    /// - Parameters:
    ///   - tips: the commits that are to be there.
    ///   - known: commits that are there, with all that they lead to; they need not be here.
    /// - Throws: `GitError.missingObject`, `.notACommit`, `.corruptObject`
    init(_ tips: [ObjectID], without known: Set<ObjectID>, in repository: GitRepository) throws(GitError) {
        self.repository = repository
        for commit in try Self.missing(tips, known, repository) {
            add(commit.id)
            var before: [ObjectID] = []
            for parent in commit.parents where repository.contains(parent) {
                before.append(try repository.commit(parent).tree)
            }
            try add(tree: commit.tree, besides: before, depth: 0)
        }
    }

    // MARK: Commits

    /// The commits that the tips lead to and those that are known do not, as git finds them: newest first, until nothing is
    /// left that could be missing. A date that is wrong makes some be sent that are there, and never leaves one out.
    private static func missing(
        _ tips: [ObjectID], _ known: Set<ObjectID>, _ repository: GitRepository
    ) throws(GitError) -> [GitCommit] {
        var queue: [GitCommit] = []
        var isKnown: [ObjectID: Bool] = [:]
        for id in known {
            // Much of what a server has is not here; and a tag says nothing about commits.
            guard let commit = try? repository.commit(id) else { continue }
            isKnown[id] = true
            queue.append(commit)
        }
        for id in tips where isKnown[id] == nil && !known.contains(id) {
            isKnown[id] = false
            queue.append(try repository.commit(id))
        }
        var found: [GitCommit] = []
        while queue.contains(where: { isKnown[$0.id] == false }),
            let newest = queue.indices.max(by: { queue[$0].committerTime < queue[$1].committerTime })
        {
            let commit = queue.remove(at: newest)
            let isThere = isKnown[commit.id] ?? false
            if !isThere { found.append(commit) }
            for id in commit.parents where repository.contains(id) {
                let before = isKnown[id]
                if before == true || before == false && !isThere { continue }
                let parent = try repository.commit(id)
                // What history is cut off at came from there.
                isKnown[id] = isThere || !parent.parents.allSatisfy { repository.contains($0) }
                queue.append(parent)
            }
        }
        return found.filter { isKnown[$0.id] == false }
    }

    // MARK: Trees

    private mutating func add(_ id: ObjectID) {
        if seen.insert(id).inserted { ids.append(id) }
    }

    /// Adds what is in a tree and not at the same place in one of those before.
    private mutating func add(tree id: ObjectID, besides before: [ObjectID], depth: Int) throws(GitError) {
        guard !before.contains(id), !seen.contains(id) else { return }
        // Git itself goes no deeper; a tree that is damaged may go round in a circle of names only.
        guard depth < 2048 else { throw .corruptObject(id, .malformed) }
        let entries = try entries(of: id)
        add(id)
        var old: [[RawTreeEntry]] = []
        for tree in before where repository.contains(tree) { old.append(try self.entries(of: tree)) }
        for entry in entries {
            let same = old.compactMap { $0.first { $0.name == entry.name } }
            if entry.isGitlink || same.contains(where: { $0.id == entry.id }) { continue }
            if entry.isTree {
                try add(tree: entry.id, besides: same.filter(\.isTree).map(\.id), depth: depth + 1)
            } else {
                add(entry.id)
            }
        }
    }

    private func entries(of id: ObjectID) throws(GitError) -> [RawTreeEntry] {
        let object = try repository.database.read(id, as: GIT_OBJECT_TREE)
        guard let entries = RawTreeEntry.entries(in: object.bytes) else { throw .corruptObject(id, .malformed) }
        return entries
    }
}
