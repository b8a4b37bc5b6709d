internal import CGit2
internal import CGit2Shims
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Fetches from `ssh://` servers with libgit2, on a machine that has no `ssh` program.
///
/// The program is preferred where there is one: it knows the person's `~/.ssh/config`, jump hosts and hardware keys, and
/// with it one commit is fetched without its history, which libgit2 can only from 1.7 on. What counts here is the agent
/// (`SSH_AUTH_SOCK`), the keys `~/.ssh/id_*` that have no passphrase, and `~/.ssh/known_hosts`: a host that is not in it,
/// or has another key there, is refused.
///
/// Before 1.7 libgit2 waits for a server as long as the server likes, and cannot be interrupted.
enum LibrarySecureShell {
    /// Whether libgit2 was built with ssh.
    static var isAvailable: Bool { UInt32(bitPattern: git_libgit2_features()) & GIT_FEATURE_SSH.rawValue != 0 }

    /// Every ref of a remote repository.
    /// - Throws: `GitError`, `TransferError.timedOut`, `CancellationError`
    static func refs(of url: GitURL, _ patience: Patience, cancellation: Cancellation) throws -> RemoteRefs {
        try Libgit2.ensureStarted()
        return try UnendingCall { try refs(of: url, $0) }.wait(for: url, patience, cancellation)
    }

    private static func refs(of url: GitURL, _ life: SignsOfLife) throws -> RemoteRefs {
        let remote = try LibraryRemote(url, repository: nil, life)
        try remote.connect()
        return try remote.refs()
    }

    /// Fetches a commit, with its history where libgit2 cannot leave it out.
    ///
    /// - Parameters:
    ///   - ref: a ref whose history has the commit, if one is known; otherwise all branches and tags are fetched.
    ///   - parent: where the temporary repository is made.
    /// - Throws: `GitError`, `TransferError.timedOut`, `CancellationError`
    static func fetch(
        _ commit: ObjectID, of url: GitURL, ref: String?, in parent: String, _ patience: Patience,
        cancellation: Cancellation
    ) throws -> FetchedCommit {
        try Libgit2.ensureStarted()
        let folder = try TemporaryFolder(in: parent)
        _ = try folder.makeBareRepository()
        do {
            return try UnendingCall { try fetch(commit, of: url, ref: ref, into: folder, $0) }
                .wait(for: url, patience, cancellation)
        } catch {
            // A call that was given up has the folder still.
            folder.remove()
            throw error
        }
    }

    private static func fetch(
        _ commit: ObjectID, of url: GitURL, ref: String?, into folder: TemporaryFolder, _ life: SignsOfLife
    ) throws -> FetchedCommit {
        let refs = try refs(of: url, life)
        let named = RefName.candidates(for: ref ?? "").lazy.compactMap { refs[$0] }.first
        let tip = refs.refs.first { $0.commit == commit || $0.id == commit }
        var attempts: [(refspec: String, depth: Int32?)] = []
        if let tip { attempts.append(("+\(tip.name):refs/pinr/wanted", 1)) }
        if tip == nil, let named { attempts.append(("+\(named.name):refs/pinr/wanted", nil)) }
        if tip == nil { attempts.append(("+refs/*:refs/pinr/*", nil)) }
        for attempt in attempts {
            let isShallow = try download(attempt.refspec, attempt.depth, of: url, into: folder, life)
            let database = try ObjectDatabase(objectsFolder: folder.path + "/objects", verifies: false)
            defer { database.close() }
            guard database.contains(commit) else { continue }
            let repository = try GitRepository.adopt(folder)
            return FetchedCommit(
                commit: try repository.peelToCommit(commit), repository: repository, hasWholeHistory: !isShallow)
        }
        throw GitError.revisionNotOnServer(commit, url: url.text)
    }

    /// - Returns: whether history was left out.
    private static func download(
        _ refspec: String, _ depth: Int32?, of url: GitURL, into folder: TemporaryFolder, _ life: SignsOfLife
    ) throws -> Bool {
        var handle: OpaquePointer?
        try Libgit2.check("git_repository_open", git_repository_open(&handle, folder.path))
        defer { git_repository_free(handle) }
        let remote = try LibraryRemote(url, repository: handle, life)
        return try remote.download(refspec, depth: depth)
    }
}

/// Owns one `git_remote`, for one conversation on one thread.
private struct LibraryRemote: ~Copyable {
    private let remote: OpaquePointer
    private let url: GitURL
    private let login: Login

    /// - Parameter repository: where objects go; nil when only refs are wanted.
    init(_ url: GitURL, repository: OpaquePointer?, _ life: SignsOfLife) throws(GitError) {
        self.url = url
        login = Login(url, life)
        var remote: OpaquePointer?
        let code =
            repository == nil
            ? git_remote_create_detached(&remote, url.text)
            : git_remote_create_anonymous(&remote, repository, url.text)
        guard code == 0, let remote else { throw Libgit2.failure("git_remote_create_anonymous", code) }
        self.remote = remote
    }

    deinit {
        git_remote_free(remote)
    }

    func connect() throws {
        var callbacks = try self.callbacks()
        try check("git_remote_connect", git_remote_connect(remote, GIT_DIRECTION_FETCH, &callbacks, nil, nil))
    }

    /// - Returns: whether history was left out.
    func download(_ refspec: String, depth: Int32?) throws -> Bool {
        var options = git_fetch_options()
        try Libgit2.check(
            "git_fetch_options_init", git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)))
        options.callbacks = try callbacks()
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        let isShallow = depth.map { pinr_git2_set_fetch_depth(&options, $0) == 1 } ?? false
        // libgit2 copies the text before the call is over.
        let code = refspec.withCString { text -> Int32 in
            var pointer: UnsafeMutablePointer<CChar>? = UnsafeMutablePointer(mutating: text)
            return withUnsafeMutablePointer(to: &pointer) { pointers in
                var specs = git_strarray(strings: pointers, count: 1)
                return git_remote_download(remote, &specs, &options)
            }
        }
        try check("git_remote_download", code)
        return isShallow
    }

    /// What the server advertised.
    func refs() throws -> RemoteRefs {
        var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try check("git_remote_ls", git_remote_ls(&heads, &count, remote))
        var collector = RefCollector()
        var target: String?
        for head in UnsafeBufferPointer(start: heads, count: count) {
            guard let head = head?.pointee, let name = head.name, let id = ObjectID(head.oid) else { continue }
            collector.add(id, cBytes(name)[...])
            if cBytes(name).elementsEqual("HEAD".utf8), let symref = head.symref_target {
                target = String(decoding: cBytes(symref), as: UTF8.self)
            }
        }
        return collector.finish(symref: target)
    }

    // MARK: Callbacks

    private func callbacks() throws(GitError) -> git_remote_callbacks {
        var callbacks = git_remote_callbacks()
        try Libgit2.check(
            "git_remote_init_callbacks",
            git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION)))
        // Unretained: this value has it for as long as libgit2 has the remote.
        callbacks.payload = Unmanaged.passUnretained(login).toOpaque()
        callbacks.credentials = { result, _, _, allowed, payload in
            guard let payload, let result else { return GIT_EAUTH.rawValue }
            return Unmanaged<Login>.fromOpaque(payload).takeUnretainedValue().next(allowed, into: result)
        }
        // What the known hosts say is final.
        callbacks.certificate_check = { _, isKnown, _, payload in
            guard isKnown == 0, let payload else { return 0 }
            Unmanaged<Login>.fromOpaque(payload).takeUnretainedValue().isHostRefused = true
            return GIT_ECERTIFICATE.rawValue
        }
        callbacks.transfer_progress = { _, payload in
            guard let payload else { return 0 }
            return Unmanaged<Login>.fromOpaque(payload).takeUnretainedValue().life.note() ? 0 : -1
        }
        callbacks.sideband_progress = { _, _, payload in
            guard let payload else { return 0 }
            return Unmanaged<Login>.fromOpaque(payload).takeUnretainedValue().life.note() ? 0 : -1
        }
        return callbacks
    }

    private func check(_ function: String, _ code: Int32) throws {
        guard code < 0 else { return }
        let failure = Libgit2.failure(function, code)
        if login.life.isGivenUp { throw CancellationError() }
        if login.isHostRefused { throw GitError.hostKeyRefused(host: url.host) }
        if code == GIT_EAUTH.rawValue { throw GitError.sshKeyRefused(url: url.text) }
        // libgit2 hands on what the server said.
        let refusal = ServerRefusal(Libgit2.lastMessage.utf8).error(url)
        if case .notFound = refusal { throw refusal }
        throw failure
    }
}

/// What an ssh server is offered, one key after the other.
private final class Login {
    let life: SignsOfLife
    var isHostRefused = false
    private let user: String
    private var keys: [String]
    private var isAgentTried: Bool

    init(_ url: GitURL, _ life: SignsOfLife) {
        self.life = life
        let own = getpwuid(geteuid()).flatMap { $0.pointee.pw_name.map { String(cString: $0) } }
        user = url.user ?? own ?? "git"
        isAgentTried = getenv("SSH_AUTH_SOCK") == nil
        let home = getenv("HOME").map { String(cString: $0) } ?? ""
        keys = ["id_ed25519", "id_ecdsa", "id_rsa"].map { "\(home)/.ssh/\($0)" }.filter { access($0, R_OK) == 0 }
    }

    /// Answers libgit2, which asks again when the server did not like what it got.
    func next(_ allowed: UInt32, into result: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>) -> Int32 {
        guard life.note() else { return GIT_EAUTH.rawValue }
        if allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0 {
            if !isAgentTried {
                isAgentTried = true
                return git_credential_ssh_key_from_agent(result, user)
            }
            guard !keys.isEmpty else { return GIT_EAUTH.rawValue }
            return git_credential_ssh_key_new(result, user, nil, keys.removeFirst(), nil)
        }
        if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0 { return git_credential_username_new(result, user) }
        return GIT_EAUTH.rawValue
    }
}
