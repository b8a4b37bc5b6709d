internal import CGit2

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Moves refs of a repository in a folder of this machine, through libgit2.
///
/// A hook is somebody's rule, and only git itself runs it: a repository that has one that a push would run is left alone.
/// A branch that is checked out is left alone too, because the files would not move with it.
struct LocalPush: ~Copyable {
    private static let hooks = [
        "pre-receive", "update", "proc-receive", "reference-transaction", "post-receive", "post-update",
    ]

    private let source: String
    private let target: LocalRepository
    private let known: [ObjectID]

    /// - Throws: `GitError.notARepository`, `.sha256Repository`, `.library`
    init(from gitDirectory: String, to url: GitURL, known: [ObjectID]) throws(GitError) {
        source = gitDirectory
        target = try LocalRepository(path: url.localPath)
        self.known = known
    }

    /// - Throws: `GitError`
    func push(_ updates: [RefUpdate], isAtomic: Bool) throws(GitError) -> [RefOutcome] {
        let objects = try GitRepository.open(target)
        defer { objects.close() }
        let refs = try target.refs(peelingWith: objects)
        let lease = Lease(updates, refs)
        guard !lease.isBroken || !isAtomic, !lease.open.isEmpty else { return lease.outcomes([:]) }
        // Nothing here can move two refs as one.
        if isAtomic && lease.open.count > 1 {
            throw .library(function: "git_transaction_commit", code: GIT_EINVALID.rawValue, message: "not atomic")
        }
        var results: [String: RefOutcome.Result] = [:]
        for update in lease.open { results[update.ref] = try hold(update, refs).map { .held($0) } }
        let free = lease.open.filter { results[$0.ref] == nil }
        try copyObjects(free.compactMap(\.new), there: Set(refs.refs.map(\.id) + known), into: objects)
        for update in free { results[update.ref] = try move(update) }
        return lease.outcomes(results)
    }

    // MARK: Objects

    private func copyObjects(_ tips: [ObjectID], there: Set<ObjectID>, into target: GitRepository) throws(GitError) {
        guard !tips.isEmpty else { return }
        let repository = try GitRepository.open(path: source)
        defer { repository.close() }
        var database: OpaquePointer?
        try Libgit2.check("git_repository_odb", git_repository_odb(&database, self.target.repository))
        defer { git_odb_free(database) }
        // A commit comes last, so that whoever finds it finds what it names.
        for id in try PushedObjects(tips, without: there, in: repository).ids.reversed() where !target.contains(id) {
            let object = try repository.database.read(id)
            var written = git_oid()
            let code = object.withBytes { git_odb_write(&written, database, $0.baseAddress, $0.count, object.type) }
            try Libgit2.check("git_odb_write", code)
            var expected = git_oid(id)
            guard git_oid_equal(&written, &expected) == 1 else { throw .corruptObject(id, .wrongHash) }
        }
    }

    // MARK: What holds a ref

    private func hold(_ update: RefUpdate, _ refs: RemoteRefs) throws(GitError) -> LocalHold? {
        if let hook = Self.hooks.first(where: { access(hooksFolder + "/" + $0, X_OK) == 0 }) { return .hook(hook) }
        if try isSymbolic(update.ref) { return .symbolic }
        if try isCheckedOut(update.ref) { return .checkedOut }
        if update.new == nil && setting("receive.denyDeletes") { return .configured("receive.denyDeletes") }
        if let old = update.old, let new = update.new, setting("receive.denyNonFastForwards") {
            let local = try LocalRepository(path: source)
            if try local.isAncestor(old, of: new) != true { return .configured("receive.denyNonFastForwards") }
        }
        return nil
    }

    private var folder: String { String(cString: git_repository_commondir(target.repository)) }

    private var hooksFolder: String {
        let path = text("core.hooksPath") ?? "hooks"
        return path.hasPrefix("/") ? path : folder + path
    }

    /// Whether some work tree has the branch, or would have it with its first commit.
    private func isCheckedOut(_ ref: String) throws(GitError) -> Bool {
        let leave = ["ignore", "warn", "false"]
        if let value = text("receive.denyCurrentBranch")?.lowercased(), leave.contains(value) { return false }
        if git_repository_is_bare(target.repository) == 0 {
            var head: OpaquePointer?
            if git_reference_lookup(&head, target.repository, "HEAD") == 0 {
                defer { git_reference_free(head) }
                let name = git_reference_symbolic_target(head).map { String(cString: $0) }
                if let name, RefName.areEqual(name, ref) { return true }
            }
        }
        guard let reference = try lookUp(ref) else { return false }
        defer { git_reference_free(reference) }
        let code = git_branch_is_checked_out(reference)
        try Libgit2.check("git_branch_is_checked_out", code)
        return code == 1
    }

    private func isSymbolic(_ ref: String) throws(GitError) -> Bool {
        guard let reference = try lookUp(ref) else { return false }
        defer { git_reference_free(reference) }
        return git_reference_type(reference) == GIT_REFERENCE_SYMBOLIC
    }

    /// The ref, to be freed; nil when there is none.
    private func lookUp(_ ref: String) throws(GitError) -> OpaquePointer? {
        var reference: OpaquePointer?
        let code = git_reference_lookup(&reference, target.repository, ref)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try Libgit2.check("git_reference_lookup", code)
        return reference
    }

    private func text(_ key: String) -> String? {
        var config: OpaquePointer?
        guard git_repository_config_snapshot(&config, target.repository) == 0 else { return nil }
        defer { git_config_free(config) }
        var buffer = git_buf()
        guard git_config_get_string_buf(&buffer, config, key) == 0 else { return nil }
        defer { git_buf_dispose(&buffer) }
        return buffer.ptr.map { String(cString: $0) }
    }

    private func setting(_ key: String) -> Bool {
        var value: Int32 = 0
        return text(key).map { git_config_parse_bool(&value, $0) == 0 && value != 0 } ?? false
    }

    // MARK: Moving

    /// Moves a ref from where it is said to be; libgit2 compares under the ref's lock.
    private func move(_ update: RefUpdate) throws(GitError) -> RefOutcome.Result {
        var code: Int32
        if let new = update.new {
            var reference: OpaquePointer?
            // All zeros stand for a ref that is not there.
            var (target, old) = (git_oid(new), update.old.map { git_oid($0) } ?? git_oid())
            code = git_reference_create_matching(
                &reference, self.target.repository, update.ref, &target, update.old == nil ? 0 : 1, &old, "push")
            git_reference_free(reference)
        } else {
            guard let reference = try lookUp(update.ref) else { return .stale(actual: nil) }
            defer { git_reference_free(reference) }
            guard LocalRepository.resolve(reference) == update.old else { return try stale(update.ref) }
            // Refused by libgit2 when it has moved since it was looked up.
            code = git_reference_delete(reference)
        }
        switch code {
        case GIT_EMODIFIED.rawValue, GIT_EEXISTS.rawValue, GIT_ENOTFOUND.rawValue: return try stale(update.ref)
        case GIT_ELOCKED.rawValue: return .refused(reason: Libgit2.lastMessage, messages: [])
        default:
            try Libgit2.check("git_reference_create_matching", code)
            return .moved
        }
    }

    private func stale(_ ref: String) throws(GitError) -> RefOutcome.Result {
        guard let reference = try lookUp(ref) else { return .stale(actual: nil) }
        defer { git_reference_free(reference) }
        return .stale(actual: LocalRepository.resolve(reference))
    }
}
