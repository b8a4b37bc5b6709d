internal import Synchronization
public import Threads

/// The tree of a fetched commit, with the trees of its submodules where they are wanted, before it is hashed.
public struct CommitTree: Sendable {
    /// The commit.
    public let commit: GitCommit
    /// Where versions of Nix see submodules differently, in the order of their paths.
    public let remarks: [SubmoduleRemark]
    /// Whether all of the commit's history had to be fetched with it, because the server can leave none out.
    public let hasWholeHistory: Bool
    /// What is to be hashed: every file of it with the repository that has it.
    let plan: TreePlan
    /// The objects that are there for pointers to them; nil when none were wanted.
    var lfs: LFSContents?
    private let repositories: FetchedRepositories

    init(
        commit: GitCommit, plan: TreePlan, remarks: [SubmoduleRemark], hasWholeHistory: Bool,
        repositories: FetchedRepositories
    ) {
        self.commit = commit
        self.plan = plan
        self.remarks = remarks
        self.hasWholeHistory = hasWholeHistory
        self.repositories = repositories
    }

    /// Hashes the tree as it was committed: raw contents, no attribute applied, but the objects of Git LFS for the
    /// pointers to them where they are wanted. Blocks.
    /// - Parameter cancellation: polled between files.
    /// - Throws: `GitError`, `CancellationError`
    public func hash(cancellation: Cancellation) throws -> TreeHash {
        try TreeWalk(plan, replacing: lfs?.replacements ?? [:], cancellation: cancellation).hash()
    }

    /// Removes temporary repositories and objects now; the tree must not be used any more.
    ///
    /// Without it they go with the last reference to the tree, which a thread may be about to drop when the program ends.
    public func close() {
        repositories.close()
        lfs?.objects.close()
    }
}

/// Repositories that are in use together, and are closed together.
final class FetchedRepositories: Sendable {
    private let repositories = Mutex<[GitRepository]>([])

    func add(_ repository: GitRepository) {
        repositories.withLock { $0.append(repository) }
    }

    func close() {
        let all = repositories.withLock { repositories in
            defer { repositories = [] }
            return repositories
        }
        for repository in all { repository.close() }
    }
}

extension GitRemotes {
    /// Fetches one commit with its tree and, where they are wanted, with those of its submodules and theirs.
    ///
    /// - Parameters:
    ///   - commit: a commit, or an annotated tag that leads to one.
    ///   - ref: a ref whose history has the commit, for servers that give no bare revision.
    ///   - submodules: whether submodules are fetched; their places are empty folders otherwise.
    ///   - lfs: whether the objects of Git LFS are fetched for the pointers to them, those of submodules too.
    /// - Throws: `GitError`, `SubmoduleError`, `LFSError`, `TransferError`, `CancellationError`
    public func tree(
        ofCommit commit: ObjectID, of url: GitURL, ref: String?, submodules: Bool, lfs: Bool = false
    ) async throws -> CommitTree {
        let repositories = FetchedRepositories()
        do {
            let fetched = try await fetch(commit, of: url, ref: ref)
            repositories.add(fetched.repository)
            let (top, plan) = try await onThread { cancellation in
                let repository = fetched.repository
                return (
                    try repository.commit(fetched.commit),
                    try repository.plan(ofCommit: fetched.commit, url: url, cancellation: cancellation)
                )
            }
            var (whole, remarks): (TreePlan, [SubmoduleRemark]) = (plan, [])
            if submodules {
                var gathering = SubmoduleGathering(self, repositories)
                try await gathering.gather(plan, of: url)
                (whole, remarks) = try await gathering.assembled()
            }
            var tree = CommitTree(
                commit: top, plan: whole, remarks: remarks, hasWholeHistory: fetched.hasWholeHistory,
                repositories: repositories)
            if lfs { tree.lfs = try await objects(for: tree.plan) }
            return tree
        } catch {
            repositories.close()
            throw error
        }
    }
}
