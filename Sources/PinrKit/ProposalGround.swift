internal import Git
internal import Lockfile
internal import Threads
internal import Updates

/// What proposals are made on: the commit that the base branch of the remote repository is at, with its pins.
///
/// Neither the files of the work tree, nor the index, nor what is checked out count; nothing of them is touched.
struct ProposalGround: Sendable {
    let repository: WorkingRepository
    /// Where branches are pushed to.
    let url: GitURL
    /// The branch that is proposed to, without `refs/heads/`.
    let base: String
    let tip: ObjectID
    /// The paths of the two files, from the top of the work tree; the second is nil where none is kept.
    let lockPath: String
    let defaultNixPath: String?
    let document: LockDocument
    /// What `default.nix` has to be replaced by; nil where it stays.
    let defaultNix: [UInt8]?
}

extension Pinr {
    /// The repository that the lock is in.
    func proposalRepository() async throws -> WorkingRepository {
        let (store, environment) = (context.store, context.environment)
        return try await onThread { _ in
            try WorkingRepository.require(
                holding: store.realPath, called: store.location.path, environment,
                hint: "run it in a checkout of the project")
        }
    }

    /// Reads what the base branch has.
    ///
    /// - Throws: `Problem` where the checkout is behind the base branch, or apart from it; `GitError`, `TransferError`,
    ///   `WorkingRepositoryError`, `LockfileError`
    func proposalGround(
        _ repository: WorkingRepository, at url: GitURL, base: String
    ) async throws -> ProposalGround {
        let ref = RefName.ofBranch(base)
        guard let tip = try await context.git.refs(of: url, matching: [.named(ref)])[ref]?.id else {
            throw Problem(
                .notFound, "`\(printable(url.text))` has no branch `\(printable(base))` to propose to", url: url.text,
                hint: "`--base` names another one")
        }
        let (store, console) = (context.store, context.console)
        return try await onThread { _ in
            try Self.requireContained(tip, base, in: repository, console)
            let lockPath = try repository.relativePath(of: store.realPath)
            let defaultNixPath = try store.location.defaultNixPath.map { try repository.relativePath(of: $0) }
            guard let bytes = try repository.file(lockPath, in: tip, limit: LockDocument.maximumSize) else {
                throw Problem(
                    .notFound, "`\(printable(lockPath))` is not in the branch `\(printable(base))`",
                    hint: "commit it and push it; proposals are made on what is there")
            }
            let document: LockDocument
            do throws(LockfileError) {
                document = try LockDocument(parsing: bytes)
            } catch {
                throw error.inFile("\(base):\(lockPath)")
            }
            var replacement: [UInt8]?
            if let defaultNixPath {
                let old = try repository.file(defaultNixPath, in: tip, limit: LockDocument.maximumSize)
                switch old.map(DefaultNix.inspect) {
                case nil, .older: replacement = DefaultNix.text
                case .current, .newer, .edited, .foreign: break
                }
            }
            return ProposalGround(
                repository: repository, url: url, base: base, tip: tip, lockPath: lockPath,
                defaultNixPath: defaultNixPath, document: document, defaultNix: replacement)
        }
    }

    /// Whoever looks at the checkout must not be surprised by what is proposed.
    private static func requireContained(
        _ tip: ObjectID, _ base: String, in repository: WorkingRepository, _ console: any Console
    ) throws {
        let branch = "`\(printable(base))`"
        guard let head = try repository.head().commit else {
            throw Problem(
                .notFound, "nothing is checked out here yet", hint: "check the branch \(branch) out")
        }
        if head == tip { return }
        switch try repository.isAncestor(tip, of: head) {
        case true?:
            console.warn(
                Notice(
                    "the checkout has commits that \(branch) of the remote has not; proposals are made without them",
                    hint: "push them first if they matter"))
        case false?:
            throw Problem(
                .changedMeanwhile,
                "the checkout does not have what \(branch) of the remote has: it is behind, or apart",
                hint: "`git pull`, and run it again")
        case nil:
            throw Problem(
                .changedMeanwhile,
                "the checkout is behind \(branch) of the remote, which is at \(Summary.short(tip.hex))",
                hint: "`git fetch` it and check it out, and run it again")
        }
    }

    /// What a branch of the remote repository has on it.
    func branch(
        _ name: String, at tip: ObjectID?, on ground: ProposalGround, _ mark: ProposalMark
    ) async throws -> ProposalPlan.Branch {
        guard let tip else { return .absent }
        let repository = ground.repository
        let isEmpty = try await onThread { _ in
            try tip == ground.tip || repository.isAncestor(tip, of: ground.tip) == true
        }
        if isEmpty { return .empty(tip: tip) }
        let (commit, message) = try await context.git.readCommit(tip, of: ground.url, ref: RefName.ofBranch(name))
        guard mark.isOn(commit, message: message), let base = commit.parents.first else { return .foreign(tip: tip) }
        return .own(tip: tip, base: base, tree: commit.tree)
    }
}
