internal import CGit2

extension WorkingRepository {
    // MARK: Names

    /// What is checked out.
    /// - Returns: the commit, nil when there is none yet; the branch, nil when `HEAD` is detached.
    /// - Throws: `WorkingRepositoryError`
    public func head() throws(WorkingRepositoryError) -> (commit: ObjectID?, branch: String?) {
        let repository = try open()
        return try repository.head()
    }

    /// The commit that a revision stands for, as of `git rev-parse REVISION^{commit}` (gitrevisions(7)).
    /// - Throws: `WorkingRepositoryError.unknownRevision`, `.ambiguousRevision`, `.notACommit`
    public func commit(_ revision: String) throws(WorkingRepositoryError) -> ObjectID {
        // A C string ends at a NUL.
        guard !revision.isEmpty, !revision.utf8.contains(0) else { throw .unknownRevision(revision) }
        let repository = try open()
        var object: OpaquePointer?
        switch git_revparse_single(&object, repository.pointer, revision) {
        case 0: break
        case GIT_ENOTFOUND.rawValue, GIT_EINVALIDSPEC.rawValue: throw .unknownRevision(revision)
        case GIT_EAMBIGUOUS.rawValue: throw .ambiguousRevision(revision)
        // What stands behind `^` and does not fit is an invalid specification, and some of them are a plain error.
        case GIT_ERROR.rawValue, GIT_EPEEL.rawValue: throw .unknownRevision(revision)
        case let code: throw RepositoryHandle.failure("git_revparse_single", code)
        }
        defer { git_object_free(object) }
        var commit: OpaquePointer?
        guard git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0 else { throw .notACommit(revision) }
        defer { git_object_free(commit) }
        guard let id = ObjectID(git_object_id(commit)) else { throw .notACommit(revision) }
        return id
    }

    // MARK: Files

    /// A file of a commit.
    ///
    /// - Parameters:
    ///   - path: from the top, as `relativePath` has it.
    ///   - limit: how many bytes it may have.
    /// - Returns: nil when the commit has nothing of that name.
    /// - Throws: `WorkingRepositoryError.notAFile`, `.tooLarge`, `.missingObject`
    public func file(
        _ path: String, in commit: ObjectID, limit: Int
    ) throws(WorkingRepositoryError) -> [UInt8]? {
        let repository = try open()
        guard let entry = try repository.entry(path, in: commit) else { return nil }
        guard entry.isRegularFile else { throw .notAFile(path: path, commit: commit) }
        return try repository.blob(entry.id, path: path, limit: limit)
    }

    // MARK: History

    /// A commit that both lead back to, as good as any; nil when there is none here.
    /// - Throws: `WorkingRepositoryError`
    public func mergeBase(_ one: ObjectID, _ other: ObjectID) throws(WorkingRepositoryError) -> ObjectID? {
        let repository = try open()
        var (first, second, base) = (git_oid(one), git_oid(other), git_oid())
        let code = git_merge_base(&base, repository.pointer, &first, &second)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try RepositoryHandle.check("git_merge_base", code)
        return ObjectID(base)
    }

    /// Whether a commit leads back to another, itself included; nil when one of them is not here.
    /// - Throws: `WorkingRepositoryError`
    public func isAncestor(_ old: ObjectID, of new: ObjectID) throws(WorkingRepositoryError) -> Bool? {
        let repository = try open()
        for id in [old, new] where !repository.hasCommit(id) { return nil }
        guard old != new else { return true }
        var (commit, ancestor) = (git_oid(new), git_oid(old))
        let code = git_graph_descendant_of(repository.pointer, &commit, &ancestor)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try RepositoryHandle.check("git_graph_descendant_of", code)
        return code == 1
    }

    // MARK: Configuration

    /// A variable of git's configuration as git sees it in this repository: of the system, the user, the repository, the
    /// work tree and the environment, with what they include; the last one counts.
    ///
    /// - Returns: nil where it is not set; `true` where it stands without a value.
    /// - Throws: `WorkingRepositoryError.configuration`
    public func setting(_ key: String) throws(WorkingRepositoryError) -> String? {
        try settings().value(key)
    }

    /// All of git's configuration.
    func settings() throws(WorkingRepositoryError) -> GitSettings {
        let line = RepositorySearch.firstLine(of: LocalPath.join(gitDirectory, "HEAD"))
        let branch = line.flatMap { line -> String? in
            guard line.hasPrefix("ref:") else { return nil }
            return RefName.branch(of: String(line.dropFirst(4).drop { $0 == " " }))
        }
        return try GitSettings.gather(for: self, branch: branch)
    }
}

/// An entry of a tree.
struct LocalTreeEntry: Equatable {
    let id: ObjectID
    let mode: UInt32

    var isRegularFile: Bool { mode & 0o170000 == 0o100000 }

    /// Whether both are one file to git, which tells modes apart by whether they let a file run.
    func isSameFile(as other: LocalTreeEntry) -> Bool {
        id == other.id && isRegularFile && other.isRegularFile && mode & 0o100 == other.mode & 0o100
    }
}

extension RepositoryHandle {
    /// - Throws: `WorkingRepositoryError`
    func head() throws(WorkingRepositoryError) -> (commit: ObjectID?, branch: String?) {
        var reference: OpaquePointer?
        try Self.check("git_reference_lookup", git_reference_lookup(&reference, pointer, "HEAD"))
        defer { git_reference_free(reference) }
        guard git_reference_type(reference) == GIT_REFERENCE_SYMBOLIC else {
            return (ObjectID(git_reference_target(reference)), nil)
        }
        let name = String(decoding: cBytes(git_reference_symbolic_target(reference)), as: UTF8.self)
        let branch = RefName.branch(of: name) ?? name
        var resolved: OpaquePointer?
        let code = git_reference_resolve(&resolved, reference)
        if code == GIT_ENOTFOUND.rawValue { return (nil, branch) }
        try Self.check("git_reference_resolve", code)
        defer { git_reference_free(resolved) }
        return (ObjectID(git_reference_target(resolved)), branch)
    }

    func hasCommit(_ id: ObjectID) -> Bool {
        var (oid, commit): (git_oid, OpaquePointer?) = (git_oid(id), nil)
        guard git_commit_lookup(&commit, pointer, &oid) == 0 else { return false }
        git_commit_free(commit)
        return true
    }

    /// Looks a commit up for as long as the call takes.
    /// - Throws: `WorkingRepositoryError.missingObject`, and what `body` throws.
    func withCommit<Value>(
        _ id: ObjectID, _ body: (OpaquePointer) throws(WorkingRepositoryError) -> Value
    ) throws(WorkingRepositoryError) -> Value {
        var (oid, commit): (git_oid, OpaquePointer?) = (git_oid(id), nil)
        let code = git_commit_lookup(&commit, pointer, &oid)
        if code == GIT_ENOTFOUND.rawValue { throw .missingObject(id) }
        guard code == 0, let commit else { throw Self.failure("git_commit_lookup", code) }
        defer { git_commit_free(commit) }
        return try body(commit)
    }

    /// What a commit has at a path; nil when there is nothing.
    /// - Throws: `WorkingRepositoryError.missingObject`
    func entry(_ path: String, in commit: ObjectID) throws(WorkingRepositoryError) -> LocalTreeEntry? {
        try withCommit(commit) { (commit) throws(WorkingRepositoryError) in try entry(path, of: commit) }
    }

    /// What a commit has at a path, if there is one.
    func entry(_ path: String, in commit: ObjectID?) throws(WorkingRepositoryError) -> LocalTreeEntry? {
        guard let commit else { return nil }
        return try entry(path, in: commit)
    }

    func entry(_ path: String, of commit: OpaquePointer) throws(WorkingRepositoryError) -> LocalTreeEntry? {
        guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
        var tree: OpaquePointer?
        let code = git_commit_tree(&tree, commit)
        if code == GIT_ENOTFOUND.rawValue, let id = ObjectID(git_commit_tree_id(commit)) { throw .missingObject(id) }
        try Self.check("git_commit_tree", code)
        defer { git_tree_free(tree) }
        var entry: OpaquePointer?
        let found = git_tree_entry_bypath(&entry, tree, path)
        if found == GIT_ENOTFOUND.rawValue { return nil }
        try Self.check("git_tree_entry_bypath", found)
        defer { git_tree_entry_free(entry) }
        guard let id = ObjectID(git_tree_entry_id(entry)) else { return nil }
        return LocalTreeEntry(id: id, mode: UInt32(git_tree_entry_filemode_raw(entry).rawValue))
    }

    /// - Throws: `WorkingRepositoryError.missingObject`, `.tooLarge`
    func blob(_ id: ObjectID, path: String, limit: Int) throws(WorkingRepositoryError) -> [UInt8] {
        var (oid, blob): (git_oid, OpaquePointer?) = (git_oid(id), nil)
        let code = git_blob_lookup(&blob, pointer, &oid)
        if code == GIT_ENOTFOUND.rawValue { throw .missingObject(id) }
        try Self.check("git_blob_lookup", code)
        defer { git_blob_free(blob) }
        let size = Int(git_blob_rawsize(blob))
        guard size <= limit else { throw .tooLarge(path: path, limit: limit) }
        return Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(blob), count: size))
    }
}
