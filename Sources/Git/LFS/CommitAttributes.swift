internal import CGit2

/// The attributes that the `.gitattributes` files of one commit give to paths, as libgit2 reads them.
///
/// libgit2 and git differ (a pattern with a slash at its end matches nothing there), and it is libgit2 that Nix asks
/// (`git_attr_get_ext`, in a bare repository, with the attributes of the commit). Neither a work tree counts nor
/// `info/attributes`, nor what this machine's configuration says: the repository that is asked has nothing but the objects.
///
/// For one thread.
final class CommitAttributes {
    private let repository: OpaquePointer
    private let commit: ObjectID
    /// Where libgit2 finds the repository; gone with this.
    private let folder: TemporaryFolder

    /// - Throws: `GitError.library`, `.system`
    init(_ database: ObjectDatabase, commit: ObjectID, temporaryDirectory: String) throws(GitError) {
        let folder = try TemporaryFolder(in: temporaryDirectory)
        _ = try folder.makeBareRepository()
        repository = try Self.open(folder.path, objectsFolder: database.objectsFolder)
        self.folder = folder
        self.commit = commit
    }

    private static func open(_ path: String, objectsFolder: String) throws(GitError) -> OpaquePointer {
        var repository: OpaquePointer?
        var objects: OpaquePointer?
        try Libgit2.check("git_odb_open", git_odb_open(&objects, objectsFolder))
        // The repository keeps its own reference.
        defer { git_odb_free(objects) }
        let code = git_repository_open_bare(&repository, path)
        guard code == 0, let repository else { throw Libgit2.failure("git_repository_open_bare", code) }
        let set = git_repository_set_odb(repository, objects)
        guard set == 0 else {
            defer { git_repository_free(repository) }
            throw Libgit2.failure("git_repository_set_odb", set)
        }
        return repository
    }

    deinit {
        git_repository_free(repository)
    }

    /// Whether the path's `filter` is `lfs`.
    ///
    /// - Throws: `GitError.library`
    func isFilteredByLFS(_ path: [UInt8]) throws(GitError) -> Bool {
        var value: UnsafePointer<CChar>?
        var options = git_attr_options()
        options.version = UInt32(GIT_ATTR_OPTIONS_VERSION)
        options.flags = UInt32(GIT_ATTR_CHECK_INCLUDE_COMMIT | GIT_ATTR_CHECK_NO_SYSTEM)
        options.attr_commit_id = git_oid(commit)
        let code = (path + [0]).withUnsafeBufferPointer { path in
            path.withMemoryRebound(to: CChar.self) { path in
                git_attr_get_ext(&value, repository, &options, path.baseAddress, "filter")
            }
        }
        try Libgit2.check("git_attr_get_ext", code)
        guard let value, git_attr_value(value) == GIT_ATTR_VALUE_STRING else { return false }
        return zip("lfs\0".utf8, 0...).allSatisfy { byte, index in UInt8(bitPattern: value[index]) == byte }
    }
}
