internal import CGit2
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

// What is checked out, and how files of the work tree become objects.

extension RepositoryHandle {
    /// What is under way.
    var operation: CommitError.Operation? {
        switch git_repository_state_t(UInt32(max(0, git_repository_state(pointer)))) {
        case GIT_REPOSITORY_STATE_MERGE: .merge
        case GIT_REPOSITORY_STATE_REVERT, GIT_REPOSITORY_STATE_REVERT_SEQUENCE: .revert
        case GIT_REPOSITORY_STATE_CHERRYPICK, GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE: .cherryPick
        case GIT_REPOSITORY_STATE_BISECT: .bisect
        case GIT_REPOSITORY_STATE_REBASE, GIT_REPOSITORY_STATE_REBASE_INTERACTIVE, GIT_REPOSITORY_STATE_REBASE_MERGE:
            .rebase
        case GIT_REPOSITORY_STATE_APPLY_MAILBOX, GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE: .applyMailbox
        default: nil
        }
    }

    /// The commit that is checked out and the ref that the next one moves, with all symbolic refs followed.
    /// - Throws: `WorkingRepositoryError`
    func tip() throws(WorkingRepositoryError) -> (commit: ObjectID?, reference: String) {
        var name = "HEAD"
        // A chain of symbolic refs that never ends is one that git does not follow either.
        for _ in 0..<5 {
            var reference: OpaquePointer?
            let code = git_reference_lookup(&reference, pointer, name)
            if code == GIT_ENOTFOUND.rawValue { return (nil, name) }
            try Self.check("git_reference_lookup", code)
            defer { git_reference_free(reference) }
            if git_reference_type(reference) == GIT_REFERENCE_DIRECT {
                return (ObjectID(git_reference_target(reference)), name)
            }
            guard let target = refName(cBytes(git_reference_symbolic_target(reference))) else { break }
            name = target
        }
        throw .unknownRevision("HEAD")
    }

    /// Moves a ref that is still where it was, and writes into its log.
    /// - Throws: `CommitError.headMoved`; `WorkingRepositoryError.library`
    func move(_ reference: String, from old: ObjectID?, to new: ObjectID, _ message: String) throws {
        var (moved, target): (OpaquePointer?, git_oid) = (nil, git_oid(new))
        let code: Int32
        if let old {
            var current = git_oid(old)
            code = git_reference_create_matching(&moved, pointer, reference, &target, 1, &current, message)
        } else {
            code = git_reference_create(&moved, pointer, reference, &target, 0, message)
        }
        git_reference_free(moved)
        switch code {
        case GIT_EMODIFIED.rawValue, GIT_EEXISTS.rawValue, GIT_ENOTFOUND.rawValue: throw CommitError.headMoved
        default: try Self.check("git_reference_create_matching", code)
        }
    }

    // MARK: Files of the work tree

    /// What git would commit of a file: its bytes with the conversions that git does itself, of line ends and `$Id$`.
    struct Content {
        let id: ObjectID
        let bytes: [UInt8]
        /// What the system says of the file.
        let status: stat
    }

    /// - Returns: nil when there is no file.
    /// - Throws: `WorkingRepositoryError`
    func content(of path: String) throws(WorkingRepositoryError) -> Content? {
        guard let workTree = repository.workTree else { throw .bare(path: repository.gitDirectory) }
        let file = LocalPath.join(workTree, path)
        // Taken before the file is read, so that one that changes meanwhile is not taken for unchanged.
        guard let status = LocalPath.status(file, following: false), status.st_mode & S_IFMT == S_IFREG
        else { return nil }
        let raw: [UInt8]
        do {
            raw = try WholeFile.read(file, limit: 256 << 20)
        } catch .tooLarge(let limit) {
            throw .tooLarge(path: path, limit: limit)
        } catch .system(let errnum) {
            throw .system(call: "read", path: file, errnum: errnum)
        } catch {
            return nil
        }
        let bytes = try cleaned(raw, path)
        return Content(id: try blobID(of: bytes), bytes: bytes, status: status)
    }

    /// What git would call bytes if they were a file's.
    /// - Throws: `WorkingRepositoryError.library`
    func contentID(of bytes: [UInt8], at path: String) throws(WorkingRepositoryError) -> ObjectID {
        try blobID(of: cleaned(bytes, path))
    }

    private func blobID(of bytes: [UInt8]) throws(WorkingRepositoryError) -> ObjectID {
        var oid = git_oid()
        let code = bytes.withUnsafeBytes { git_odb_hash(&oid, $0.baseAddress, $0.count, GIT_OBJECT_BLOB) }
        try Self.check("git_odb_hash", code)
        return try Self.id(oid)
    }

    private func cleaned(_ bytes: [UInt8], _ path: String) throws(WorkingRepositoryError) -> [UInt8] {
        var filters: OpaquePointer?
        let flags = GIT_FILTER_ALLOW_UNSAFE.rawValue
        try Self.check(
            "git_filter_list_load", git_filter_list_load(&filters, pointer, nil, path, GIT_FILTER_TO_ODB, flags))
        guard let filters else { return bytes }
        defer { git_filter_list_free(filters) }
        var out = git_buf()
        defer { git_buf_dispose(&out) }
        let code = bytes.withUnsafeBytes { bytes in
            git_filter_list_apply_to_buffer(
                &out, filters, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        try Self.check("git_filter_list_apply_to_buffer", code)
        return Array(UnsafeRawBufferPointer(start: out.ptr, count: out.size))
    }

    /// The filter that the attributes name for a file.
    func filter(of path: String) -> String? {
        var value: UnsafePointer<CChar>?
        guard git_attr_get(&value, pointer, 0, path, "filter") == 0,
            git_attr_value(value) == GIT_ATTR_VALUE_STRING
        else { return nil }
        return String(decoding: cBytes(value), as: UTF8.self)
    }

    /// - Throws: `WorkingRepositoryError.library`
    func isIgnored(_ path: String) throws(WorkingRepositoryError) -> Bool {
        var isIgnored: Int32 = 0
        try Self.check("git_ignore_path_is_ignored", git_ignore_path_is_ignored(&isIgnored, pointer, path))
        return isIgnored == 1
    }

    // MARK: The index

    /// What the index has at a path.
    func staged(_ path: String, in index: OpaquePointer) -> LocalTreeEntry? {
        guard let entry = git_index_get_bypath(index, path, 0), let id = ObjectID(entry.pointee.id) else { return nil }
        return LocalTreeEntry(id: id, mode: entry.pointee.mode)
    }

    /// Puts a file into the index as it is in the work tree.
    /// - Throws: `WorkingRepositoryError.library`
    func stage(
        _ path: String, _ id: ObjectID, _ status: stat, _ committed: LocalTreeEntry?, in index: OpaquePointer
    ) throws(WorkingRepositoryError) {
        var entry = git_index_entry()
        entry.id = git_oid(id)
        entry.mode = committed?.mode ?? UInt32(GIT_FILEMODE_BLOB.rawValue)
        #if canImport(Darwin)
            let (changed, modified) = (status.st_ctimespec, status.st_mtimespec)
        #else
            let (changed, modified) = (status.st_ctim, status.st_mtim)
        #endif
        entry.ctime = git_index_time(
            seconds: Int32(truncatingIfNeeded: changed.tv_sec), nanoseconds: UInt32(truncatingIfNeeded: changed.tv_nsec)
        )
        entry.mtime = git_index_time(
            seconds: Int32(truncatingIfNeeded: modified.tv_sec),
            nanoseconds: UInt32(truncatingIfNeeded: modified.tv_nsec))
        entry.dev = UInt32(truncatingIfNeeded: status.st_dev)
        entry.ino = UInt32(truncatingIfNeeded: status.st_ino)
        entry.uid = status.st_uid
        entry.gid = status.st_gid
        entry.file_size = UInt32(truncatingIfNeeded: status.st_size)
        let code = path.withCString { path in
            entry.path = path
            return git_index_add(index, &entry)
        }
        try Self.check("git_index_add", code)
    }
}
