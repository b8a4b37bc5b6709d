internal import CGit2
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A repository in a folder of this machine, opened by libgit2 to find its objects and its refs.
struct LocalRepository: ~Copyable {
    let repository: OpaquePointer

    /// - Throws: `GitError.notARepository`, `.sha256Repository`, `.library`
    init(path: String) throws(GitError) {
        try Libgit2.ensureStarted()
        var repository: OpaquePointer?
        var code = GIT_ENOTFOUND.rawValue
        // As git does: `file:///srv/x` may mean `/srv/x.git`. Folders above are not looked at.
        for candidate in [path, path + ".git"] where code == GIT_ENOTFOUND.rawValue {
            let flags = UInt32(GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue)
            code = git_repository_open_ext(&repository, candidate, flags, nil)
            if code != 0 && Self.isSHA256(candidate) { throw .sha256Repository(url: "file://" + candidate) }
        }
        if code == GIT_ENOTFOUND.rawValue { throw .notARepository(path: path) }
        guard code == 0, let repository else { throw Libgit2.failure("git_repository_open_ext", code) }
        self.repository = repository
    }

    deinit {
        git_repository_free(repository)
    }

    /// Where the objects are; all work trees of a repository share them.
    var objectsFolder: String {
        String(cString: git_repository_commondir(repository)) + "objects"
    }

    /// Whether history is left out; then a file lists where it is cut off.
    ///
    /// libgit2 looks for it in the folder of one work tree, where git has it in the one that they share.
    var isShallow: Bool {
        var status = stat()
        let file = String(cString: git_repository_commondir(repository)) + "shallow"
        return git_repository_is_shallow(repository) == 1 || (stat(file, &status) == 0 && status.st_size > 0)
    }

    /// libgit2 does not open such a repository; git's own answer is in the repository's configuration.
    private static func isSHA256(_ path: String) -> Bool {
        for folder in [path, path + "/.git"] {
            var config: OpaquePointer?
            guard access(folder + "/config", R_OK) == 0, git_config_open_ondisk(&config, folder + "/config") == 0
            else { continue }
            defer { git_config_free(config) }
            var buffer = git_buf()
            guard git_config_get_string_buf(&buffer, config, "extensions.objectformat") == 0 else { continue }
            defer { git_buf_dispose(&buffer) }
            if let value = buffer.ptr, String(cString: value).lowercased() == "sha256" { return true }
        }
        return false
    }

    /// Whether a commit is in the history of another; nil when one of them is not here.
    /// - Throws: `GitError.library`
    func isAncestor(_ old: ObjectID, of new: ObjectID) throws(GitError) -> Bool? {
        var (commit, ancestor) = (git_oid(new), git_oid(old))
        let code = git_graph_descendant_of(repository, &commit, &ancestor)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try Libgit2.check("git_graph_descendant_of", code)
        return code == 1
    }

    /// The commits that lead to one and not to another, in no order; both have to be here.
    /// - Throws: `GitError.library`, `CancellationError`
    func commits(leadingTo new: ObjectID, andNotTo old: ObjectID, _ cancellation: Cancellation) throws -> [ObjectID] {
        var walk: OpaquePointer?
        try Libgit2.check("git_revwalk_new", git_revwalk_new(&walk, repository))
        defer { git_revwalk_free(walk) }
        var (start, end) = (git_oid(new), git_oid(old))
        try Libgit2.check("git_revwalk_push", git_revwalk_push(walk, &start))
        try Libgit2.check("git_revwalk_hide", git_revwalk_hide(walk, &end))
        var commits: [ObjectID] = []
        var next = git_oid()
        while true {
            try cancellation.throwIfCancelled()
            let code = git_revwalk_next(&next, walk)
            if code == GIT_ITEROVER.rawValue { return commits }
            try Libgit2.check("git_revwalk_next", code)
            if let id = ObjectID(next) { commits.append(id) }
        }
    }

    // MARK: Refs

    /// Every ref, annotated tags peeled.
    /// - Throws: `GitError.library`, and what reading a tag throws.
    func refs(peelingWith repository: GitRepository) throws(GitError) -> RemoteRefs {
        var iterator: OpaquePointer?
        try Libgit2.check("git_reference_iterator_new", git_reference_iterator_new(&iterator, self.repository))
        defer { git_reference_iterator_free(iterator) }
        var refs: [RemoteRef] = []
        while true {
            var reference: OpaquePointer?
            let code = git_reference_next(&reference, iterator)
            if code == GIT_ITEROVER.rawValue { break }
            try Libgit2.check("git_reference_next", code)
            defer { git_reference_free(reference) }
            guard let name = refName(cBytes(git_reference_name(reference))),
                let id = Self.resolve(reference), repository.contains(id)
            else { continue }
            let commit = try? repository.peelToCommit(id)
            refs.append(RemoteRef(name: name, id: id, peeled: commit == id ? nil : commit))
        }
        refs.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let (head, headCommit) = try readHead()
        return RemoteRefs(head: head, headCommit: headCommit, refs: refs)
    }

    private func readHead() throws(GitError) -> (String?, ObjectID?) {
        var reference: OpaquePointer?
        let code = git_reference_lookup(&reference, repository, "HEAD")
        if code == GIT_ENOTFOUND.rawValue { return (nil, nil) }
        try Libgit2.check("git_reference_lookup", code)
        defer { git_reference_free(reference) }
        let target = git_reference_symbolic_target(reference).flatMap { refName(cBytes($0)) }
        return (target, Self.resolve(reference))
    }

    /// The object that a ref leads to, symbolic refs followed; nil for one that leads nowhere.
    static func resolve(_ reference: OpaquePointer?) -> ObjectID? {
        var resolved: OpaquePointer?
        guard git_reference_resolve(&resolved, reference) == 0 else { return nil }
        defer { git_reference_free(resolved) }
        return ObjectID(git_reference_target(resolved))
    }
}
