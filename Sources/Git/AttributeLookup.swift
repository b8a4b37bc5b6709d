internal import CGit2

/// Looks up the attributes that a commit's own `.gitattributes` files give to its files.
///
/// With libgit2's reading of patterns, which is that of the versions of Nix that know Git LFS, and not git's own.
struct AttributeLookup: ~Copyable {
    private let repository: OpaquePointer
    private var options = git_attr_options()

    /// - Throws: `GitError.library`
    init(objectsFolder: String, commit: ObjectID) throws(GitError) {
        var database: OpaquePointer?
        try Libgit2.check("git_odb_open", git_odb_open(&database, objectsFolder))
        defer { git_odb_free(database) }
        // Without a folder there is neither an index nor a work tree nor `info/attributes` to look into.
        var repository: OpaquePointer?
        let code = git_repository_wrap_odb(&repository, database)
        guard code == 0, let repository else { throw Libgit2.failure("git_repository_wrap_odb", code) }
        self.repository = repository
        options.version = UInt32(GIT_ATTR_OPTIONS_VERSION)
        options.flags = UInt32(
            GIT_ATTR_CHECK_INDEX_ONLY | GIT_ATTR_CHECK_NO_SYSTEM | GIT_ATTR_CHECK_INCLUDE_COMMIT)
        options.attr_commit_id = git_oid(commit)
    }

    deinit {
        git_repository_free(repository)
    }

    /// Whether the file is handed to Git LFS.
    /// - Throws: `GitError.library`
    mutating func isLFS(_ path: [UInt8]) throws(GitError) -> Bool {
        var value: UnsafePointer<CChar>?
        let name = path.map { CChar(bitPattern: $0) } + [0]
        try Libgit2.check("git_attr_get_ext", git_attr_get_ext(&value, repository, &options, name, "filter"))
        guard let value, git_attr_value(value) == GIT_ATTR_VALUE_STRING else { return false }
        return String(cString: value) == "lfs"
    }
}
