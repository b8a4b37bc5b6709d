internal import CGit2

// The repository's own configuration, written. What git reads beside it is in `GitSettings`.

extension WorkingRepository {
    /// Sets a variable in the repository's own configuration.
    /// - Throws: `WorkingRepositoryError.illegalKey`, `.library`; `CommitError.foreignOwner`
    public func set(_ key: String, to value: String) throws {
        guard !value.utf8.contains(0) else { throw WorkingRepositoryError.illegalKey(key) }
        try changeConfiguration(key) { (config) throws(WorkingRepositoryError) in
            try RepositoryHandle.check("git_config_set_string", git_config_set_string(config, key, value))
        }
    }

    /// Takes a variable out of the repository's own configuration, if it is there.
    /// - Returns: whether it was.
    /// - Throws: `WorkingRepositoryError.illegalKey`, `.library`; `CommitError.foreignOwner`
    public func unset(_ key: String) throws -> Bool {
        try changeConfiguration(key) { (config) throws(WorkingRepositoryError) in
            let code = git_config_delete_entry(config, key)
            if code == GIT_ENOTFOUND.rawValue { return false }
            try RepositoryHandle.check("git_config_delete_entry", code)
            return true
        }
    }

    private func changeConfiguration<Value>(
        _ key: String, _ change: (OpaquePointer?) throws(WorkingRepositoryError) -> Value
    ) throws -> Value {
        guard GitKey.canonical(key) != nil else { throw WorkingRepositoryError.illegalKey(key) }
        try requireOwn(try settings())
        // So that libgit2 is ready, and the repository is one that it understands.
        _ = try open()
        var config: OpaquePointer?
        let path = LocalPath.join(commonDirectory, "config")
        try RepositoryHandle.check("git_config_open_ondisk", git_config_open_ondisk(&config, path))
        defer { git_config_free(config) }
        return try change(config)
    }
}
