internal import CGit2

/// What a file is in a commit, and what it was in those that the commit was made of, by the ids of their contents.
public struct FileLineage: Sendable, Equatable {
    /// Nil where the commit has no such file, or something else in its place.
    public let content: ObjectID?
    /// One for each parent; none for the first commit, and for the last of a shallow clone.
    public let parents: [ObjectID?]

    public init(content: ObjectID?, parents: [ObjectID?]) {
        self.content = content
        self.parents = parents
    }
}

extension WorkingRepository {
    /// What a file is in commits and in their parents, in the order of the commits.
    ///
    /// The order of history is one of dates, in which neighbours need not have been made of each other.
    /// - Throws: `WorkingRepositoryError.missingObject`
    public func lineages(
        of path: String, in commits: [ObjectID]
    ) throws(WorkingRepositoryError) -> [FileLineage] {
        let repository = try open()
        var lineages: [FileLineage] = []
        for commit in commits {
            var parents: [ObjectID?] = []
            for parent in try repository.parents(of: commit) where repository.hasCommit(parent) {
                parents.append(try repository.content(of: path, in: parent))
            }
            lineages.append(FileLineage(content: try repository.content(of: path, in: commit), parents: parents))
        }
        return lineages
    }
}

extension RepositoryHandle {
    fileprivate func parents(of commit: ObjectID) throws(WorkingRepositoryError) -> [ObjectID] {
        try withCommit(commit) { (commit) throws(WorkingRepositoryError) in
            (0..<git_commit_parentcount(commit)).compactMap { ObjectID(git_commit_parent_id(commit, $0)) }
        }
    }

    fileprivate func content(of path: String, in commit: ObjectID) throws(WorkingRepositoryError) -> ObjectID? {
        try entry(path, in: commit).flatMap { $0.isRegularFile ? $0.id : nil }
    }
}
