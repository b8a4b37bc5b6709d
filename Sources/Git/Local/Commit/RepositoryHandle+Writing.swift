internal import CGit2

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

// The repository as its user's git would write to it.

extension WorkingRepository {
    /// Opens the repository with the part of git's configuration that says how files become objects.
    ///
    /// What of it is the user's libgit2 does not read by itself; it gets it as a file.
    /// - Throws: `WorkingRepositoryError`
    func openForWriting(_ settings: GitSettings) throws(WorkingRepositoryError) -> RepositoryHandle {
        let folder: TemporaryFolder
        do throws(GitError) {
            folder = try TemporaryFolder(in: environment["TMPDIR"] ?? "")
        } catch .system(let call, let path, let errnum) {
            throw .system(call: call, path: path, errnum: errnum)
        } catch {
            throw .system(call: "mkdtemp", path: "", errnum: 0)
        }
        var handle = try open()
        handle.keep(folder)
        let path = folder.path + "/config"
        try LocalFile.create(path, Array(coreConfiguration(settings).utf8))
        var config: OpaquePointer?
        try RepositoryHandle.check("git_config_open_ondisk", git_config_open_ondisk(&config, path))
        defer { git_config_free(config) }
        try RepositoryHandle.check(
            "git_repository_set_config", git_repository_set_config(handle.pointer, config))
        // libgit2 does not give the path back that it had, so nothing is said that it knows.
        if let workTree, !handle.hasWorkTree(workTree) {
            try RepositoryHandle.check(
                "git_repository_set_workdir", git_repository_set_workdir(handle.pointer, workTree, 0))
        }
        return handle
    }

    /// The section `core` as a file, with the places that are there by default and that libgit2 would not look for.
    private func coreConfiguration(_ settings: GitSettings) -> String {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        var lines: [(String, String)] = []
        if let folder = variable("XDG_CONFIG_HOME") ?? variable("HOME").map({ $0 + "/.config" }) {
            lines = [("attributesfile", folder + "/git/attributes"), ("excludesfile", folder + "/git/ignore")]
        }
        for entry in settings.entries where entry.key.starts(with: "core.".utf8) {
            let name = String(decoding: entry.key.dropFirst(5), as: UTF8.self)
            guard !name.contains("."), !["worktree", "bare", "repositoryformatversion"].contains(name) else { continue }
            let value = entry.value.map { String(decoding: $0, as: UTF8.self) } ?? "true"
            lines.append((name, settings.expandingHome(value, environment)))
        }
        return lines.reduce(into: "[core]\n") { text, line in
            var value = ""
            for scalar in line.1.unicodeScalars {
                switch scalar {
                case "\\", "\"": value += "\\\(scalar)"
                case "\n": value += "\\n"
                case "\t": value += "\\t"
                default: value.unicodeScalars.append(scalar)
                }
            }
            text += "\t\(line.0) = \"\(value)\"\n"
        }
    }

    /// Where the index is.
    var indexPath: String {
        guard let named = environment["GIT_INDEX_FILE"], !named.isEmpty
        else { return LocalPath.join(gitDirectory, "index") }
        return LocalPath.resolvingFolder(of: named)
    }
}

extension RepositoryHandle {
    /// Whether a folder is where libgit2 has its work tree anyway, as it is unless the environment names another.
    fileprivate func hasWorkTree(_ folder: String) -> Bool {
        guard let known = git_repository_workdir(pointer) else { return false }
        return LocalPath.join(String(cString: known), "").utf8.elementsEqual(LocalPath.join(folder, "").utf8)
    }

    // MARK: Objects

    /// Writes a file's bytes as they are.
    /// - Throws: `WorkingRepositoryError.library`
    func makeBlob(_ bytes: [UInt8]) throws(WorkingRepositoryError) -> ObjectID {
        var oid = git_oid()
        let code = bytes.withUnsafeBytes { git_blob_create_from_buffer(&oid, pointer, $0.baseAddress, $0.count) }
        try Self.check("git_blob_create_from_buffer", code)
        return try Self.id(oid)
    }

    /// The tree of a commit, or of none, with other files at some paths; all else stays as it is, and so do modes.
    /// - Throws: `WorkingRepositoryError`
    func makeTree(
        _ files: [(path: String, id: ObjectID)], onto parent: ObjectID?
    ) throws(WorkingRepositoryError) -> ObjectID {
        var baseline: OpaquePointer?
        if let parent {
            baseline = try withCommit(parent) { (commit) throws(WorkingRepositoryError) in
                var tree: OpaquePointer?
                try Self.check("git_commit_tree", git_commit_tree(&tree, commit))
                return tree
            }
        } else {
            var (builder, empty): (OpaquePointer?, git_oid) = (nil, git_oid())
            try Self.check("git_treebuilder_new", git_treebuilder_new(&builder, pointer, nil))
            defer { git_treebuilder_free(builder) }
            try Self.check("git_treebuilder_write", git_treebuilder_write(&empty, builder))
            try Self.check("git_tree_lookup", git_tree_lookup(&baseline, pointer, &empty))
        }
        defer { git_tree_free(baseline) }
        var tree = baseline
        defer { if tree != baseline { git_tree_free(tree) } }
        for file in files {
            var mode = GIT_FILEMODE_BLOB
            if let parent, let entry = try entry(file.path, in: parent) {
                guard entry.isRegularFile else { throw .notAFile(path: file.path, commit: parent) }
                if entry.mode & 0o100 != 0 { mode = GIT_FILEMODE_BLOB_EXECUTABLE }
            }
            var made = git_oid()
            let code = file.path.withCString { path in
                var update = git_tree_update(
                    action: GIT_TREE_UPDATE_UPSERT, id: git_oid(file.id), filemode: mode, path: path)
                return git_tree_create_updated(&made, pointer, tree, 1, &update)
            }
            try Self.check("git_tree_create_updated", code)
            if tree != baseline { git_tree_free(tree) }
            tree = nil
            try Self.check("git_tree_lookup", git_tree_lookup(&tree, pointer, &made))
        }
        guard let id = ObjectID(git_tree_id(tree)) else { throw Self.failure("git_tree_id", -1) }
        return id
    }

    /// Writes a commit.
    /// - Throws: `WorkingRepositoryError.library`
    func makeCommit(_ bytes: [UInt8], signature: [UInt8]?) throws(WorkingRepositoryError) -> ObjectID {
        var oid = git_oid()
        let text = String(decoding: bytes, as: UTF8.self)
        let code =
            if let signature {
                git_commit_create_with_signature(
                    &oid, pointer, text, String(decoding: signature, as: UTF8.self), "gpgsig")
            } else {
                git_commit_create_with_signature(&oid, pointer, text, nil, nil)
            }
        try Self.check("git_commit_create_with_signature", code)
        return try Self.id(oid)
    }

    static func id(_ oid: git_oid) throws(WorkingRepositoryError) -> ObjectID {
        guard let id = ObjectID(oid) else { throw failure("git_oid", -1) }
        return id
    }
}

/// Files of this machine that are written here.
enum LocalFile {
    /// Makes a file that was not there.
    /// - Throws: `WorkingRepositoryError.system`
    static func create(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws(WorkingRepositoryError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw .system(call: "open", path: path, errnum: errno) }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(call: "write", path: path, errnum: errno) }
            rest = rest.dropFirst(count)
        }
    }
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(file, bytes, count) }
