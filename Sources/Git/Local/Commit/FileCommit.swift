internal import CGit2
public import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A commit of a few files of the work tree that is about to be made: everything that could keep it from being made has
/// been looked at, and the files had no changes.
public struct FileCommit: Sendable {
    let repository: WorkingRepository
    /// The files, from the top.
    public let paths: [String]
    /// The same as they were named, and what git would have committed of each when it was looked at.
    private let seen: [(file: String, content: ObjectID?)]
    /// What was checked out; nil when there is no commit yet.
    public let parent: ObjectID?
    /// The ref that moves: a branch, or `HEAD` when it is detached.
    let reference: String
    /// The files that are not in the repository yet.
    public let newPaths: [String]
    private let signing: Bool

    /// Looks at everything.
    ///
    /// - Parameters:
    ///   - files: paths of this machine. None of them may have changes, but each may be new.
    ///   - companions: files that are left out where they are not in the repository and to be ignored.
    ///   - signing: as of `makeCommit`.
    /// - Throws: `CommitError`, `WorkingRepositoryError`
    public init(
        of files: [String], companions: [String] = [], in repository: WorkingRepository, signing: Bool
    ) throws {
        self.repository = repository
        self.signing = signing
        let settings = try repository.settings()
        _ = try CommitWriter(repository, settings, signing: signing, at: nil)
        let handle = try repository.openForWriting(settings)
        if let operation = handle.operation { throw CommitError.busy(operation) }
        (parent, reference) = try handle.tip()
        let lock = repository.indexPath + ".lock"
        if LocalPath.status(lock, following: false) != nil { throw CommitError.indexLocked(lock: lock) }
        let index = try IndexLock.open(repository.indexPath, in: handle)
        defer { git_index_free(index) }
        if git_index_has_conflicts(index) == 1 { throw CommitError.unmerged }

        var (paths, newPaths): ([String], [String]) = ([], [])
        var seen: [(file: String, content: ObjectID?)] = []
        for file in files + companions {
            let path = try repository.relativePath(of: LocalPath.real(file) ?? file)
            let committed = try handle.entry(path, in: parent)
            let content = try handle.content(of: path)?.id
            if let committed {
                guard committed.isRegularFile, handle.staged(path, in: index)?.isSameFile(as: committed) ?? false,
                    content == committed.id
                else { throw CommitError.uncommittedChanges(path: path) }
            } else if handle.staged(path, in: index) == nil, try handle.isIgnored(path) {
                if companions.contains(file) { continue }
                throw CommitError.ignored(path: path)
            } else {
                newPaths.append(path)
            }
            if let driver = handle.filter(of: path), settings.isFilter(driver) {
                throw CommitError.filtered(path: path, driver: driver)
            }
            paths.append(path)
            seen.append((file, content))
        }
        (self.paths, self.newPaths, self.seen) = (paths, newPaths, seen)
    }

    /// What the commit that is checked out has of a file.
    ///
    /// - Parameter limit: how many bytes it may have.
    /// - Returns: nil when it is not there.
    /// - Throws: `WorkingRepositoryError`
    public func committed(_ path: String, limit: Int) throws -> [UInt8]? {
        guard let parent else { return nil }
        return try repository.file(path, in: parent, limit: limit)
    }

    /// Commits what the files have now, and moves the branch.
    ///
    /// The files' entries in the index become what was committed; what else is staged or changed stays so. Either all of this
    /// happens or nothing.
    /// - Parameter written: what the files have been given, by the paths that they were named by. Each has to have that, or
    ///   what it had when it was looked at: what somebody else has put there meanwhile is not ours to commit. Nil for
    ///   whatever they have.
    /// - Returns: nil when the files are as they were, and no commit was made.
    /// - Throws: `CommitError`, `WorkingRepositoryError`; `CancellationError` while a program signs.
    public func commit(
        message: String, written: [String: [UInt8]]? = nil, at now: Int64? = nil,
        cancellation: Cancellation = Cancellation()
    ) throws -> ObjectID? {
        let settings = try repository.settings()
        let writer = try CommitWriter(repository, settings, signing: signing, at: now)
        let handle = try repository.openForWriting(settings)
        let lock = try IndexLock(handle)
        guard handle.operation == nil, try handle.tip() == (parent, reference) else { throw CommitError.headMoved }

        var changed: [(path: String, id: ObjectID)] = []
        for (path, seen) in zip(paths, seen) {
            let committed = try handle.entry(path, in: parent)
            // Somebody may have staged something meanwhile, which is not ours to commit.
            if let committed, !(handle.staged(path, in: lock.index)?.isSameFile(as: committed) ?? false) {
                throw CommitError.uncommittedChanges(path: path)
            }
            let content = try handle.content(of: path)
            if let written, content?.id != seen.content {
                guard let expected = written[seen.file], try content?.id == handle.contentID(of: expected, at: path)
                else { throw CommitError.uncommittedChanges(path: path) }
            }
            guard let content else { continue }
            if content.id == committed?.id { continue }
            let id = try handle.makeBlob(content.bytes)
            try handle.stage(path, id, content.status, committed, in: lock.index)
            changed.append((path, id))
        }
        if changed.isEmpty { return nil }
        let tree = try handle.makeTree(changed, onto: parent)
        let commit = try writer.write(tree, onto: parent, message, in: handle, cancellation)
        try lock.prepare()
        let subject = String(message.prefix { !$0.isNewline })
        let kind = parent == nil ? "commit (initial)" : "commit"
        try RepositoryHandle.check(
            "git_repository_set_ident",
            git_repository_set_ident(handle.pointer, writer.committer.name, writer.committer.email))
        try handle.move(reference, from: parent, to: commit, "\(kind): \(subject)")
        try lock.finish()
        return commit
    }
}

extension GitSettings {
    /// Whether files pass through programs that are configured by that name.
    fileprivate func isFilter(_ driver: String) -> Bool {
        ["clean", "process"].contains { value("filter.\(driver).\($0)").map { !$0.isEmpty } ?? false }
    }
}
