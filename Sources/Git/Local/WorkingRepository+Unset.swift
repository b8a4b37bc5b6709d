internal import CGit2

extension WorkingRepository {
    /// Takes a variable out of the repository's own configuration, if it is there.
    /// - Returns: whether it was.
    /// - Throws: `WorkingRepositoryError.illegalKey`, `.library`
    public func unset(_ key: String) throws(WorkingRepositoryError) -> Bool {
        guard GitKey.canonical(key) != nil else { throw .illegalKey(key) }
        let repository = try open()
        _ = repository.pointer
        var config: OpaquePointer?
        let path = LocalPath.join(commonDirectory, "config")
        try RepositoryHandle.check("git_config_open_ondisk", git_config_open_ondisk(&config, path))
        defer { git_config_free(config) }
        let code = git_config_delete_entry(config, key)
        if code == GIT_ENOTFOUND.rawValue { return false }
        try RepositoryHandle.check("git_config_delete_entry", code)
        return true
    }
}
