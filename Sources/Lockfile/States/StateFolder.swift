internal import NixHash
internal import Threads

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where what is of this machine and this person alone is kept: what locks were before, and when they were verified.
///
/// `pinr` in the folder of states (XDG Base Directory Specification), a folder in it for each lock. Nothing that is locked
/// depends on it: whoever has none loses `undo` and the times of verification, and nothing else.
public struct StateFolder: Sendable, Equatable {
    /// The absolute path; nothing need be there.
    public let path: String
    /// What has to be there for anything to be made: nobody's home is made for him.
    private let home: String?

    /// Nil where nobody is at home: neither `XDG_STATE_HOME` nor `HOME` is an absolute path.
    public init?(environment: [String: String]) {
        func folder(_ name: String) -> String? { environment[name].flatMap { $0.utf8.first == 0x2F ? $0 : nil } }
        if let own = folder("XDG_STATE_HOME") {
            (path, home) = (LockLocation.join(own, "pinr"), nil)
        } else if let home = folder("HOME") {
            (path, self.home) = (LockLocation.join(home, ".local/state/pinr"), home)
        } else {
            return nil
        }
    }

    /// Locks that nobody wrote or verified for so long are forgotten: four hundred days, in seconds.
    static let memory: Int64 = 400 * 86400
    /// Of more locks than this the ones used longest ago are forgotten: folders that come and go would fill the disk.
    static let mostLocks = 1000

    // MARK: The folder of a lock

    /// Runs `body` while the folder of a lock is this process's alone.
    ///
    /// - Parameters:
    ///   - lock: the absolute path of the lock, without symbolic links.
    ///   - isMade: whether the folder is made where there is none.
    ///   - wait: how long others may keep the folder; what ends it throws `cancelled`.
    /// - Throws: `LockfileError`: `notFound` where there is none and none is made, `system` where it cannot be used: it is
    ///   a symbolic link, or somebody else's.
    func withFolder<Value>(
        of lock: String, isMade: Bool, _ wait: inout LockWait,
        _ body: (borrowing Folder) throws(LockfileError) -> Value
    ) throws(LockfileError) -> Value {
        while true {
            let locks = try opened(isMade: isMade)
            let name = Self.name(of: lock)
            let isNew = isMade && mkdirat(locks.descriptor, name, 0o700) == 0
            let folder = try locks.own(folder: name)
            try folder.lock(&wait)
            // While we waited, another process may have forgotten this lock, and its folder with it.
            guard folder.isStillThere() else { continue }
            let value = try body(folder)
            if isNew { Self.forgetOthers(in: locks, but: name) }
            return value
        }
    }

    /// What the folder of a lock is called: the path may have any length and any byte.
    static func name(of lock: String) -> String { SHA256.hash(Array(lock.utf8)).hex }

    private func opened(isMade: Bool) throws(LockfileError) -> Folder {
        if isMade { try make() }
        let folder = try Folder(own: path)
        if isMade { mkdirat(folder.descriptor, "locks", 0o700) }
        return try folder.own(folder: "locks")
    }

    /// Makes the folder, and those above it that are missing, for this user alone.
    private func make() throws(LockfileError) {
        if let home, !WrittenFile.isFolder(home) { throw LockfileError(.notFound, file: home) }
        try make(path)
    }

    private func make(_ path: String) throws(LockfileError) {
        guard !WrittenFile.isFolder(path) else { return }
        let (parent, _) = FileTarget.split(path)
        try make(parent)
        // Whoever is somebody else here (`sudo`, a container) would leave what its owner can neither read nor remove.
        var attributes = stat()
        guard stat(parent, &attributes) == 0, attributes.st_uid == geteuid() else {
            throw LockfileError(.system(.makeDirectory, errnum: EPERM), file: path)
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw LockfileError(.system(.makeDirectory, errnum: errno), file: path)
        }
    }

    // MARK: Forgetting

    /// Removes the folders of locks that were not used for long; that it cannot be done is no reason not to go on.
    private static func forgetOthers(in locks: borrowing Folder, but own: String) {
        guard let names = try? locks.names() else { return }
        var ages: [(name: String, age: Int)] = []
        for name in names where name != own && name.utf8.count == own.utf8.count {
            var attributes = stat()
            guard fstatat(locks.descriptor, name, &attributes, AT_SYMLINK_NOFOLLOW) == 0,
                attributes.st_mode & S_IFMT == S_IFDIR
            else { continue }
            // Whatever is kept for a lock is put into its folder under a name, which is a change of the folder.
            ages.append((name, attributes.age))
        }
        ages.sort { $0.age < $1.age }
        for (index, entry) in ages.enumerated() where index >= mostLocks - 1 || entry.age > memory {
            guard let folder = try? locks.own(folder: entry.name) else { continue }
            var wait = LockWait(unless: nil, patience: .zero, notify: nil, limit: .zero)
            guard (try? folder.lock(&wait)) != nil, let files = try? folder.names() else { continue }
            for file in files where file != "." && file != ".." { unlinkat(folder.descriptor, file, 0) }
            unlinkat(locks.descriptor, entry.name, AT_REMOVEDIR)
        }
    }
}

extension Folder {
    /// Opens a folder of this user's alone, and no link to one.
    /// - Throws: `LockfileError`, `notFound` when it is missing.
    init(own path: String) throws(LockfileError) {
        try self.init(path, at: AT_FDCWD, path)
    }

    /// Opens a folder in this one, if it is this user's alone, and no link to one.
    /// - Throws: `LockfileError`, `notFound` when it is missing.
    func own(folder name: String) throws(LockfileError) -> Folder {
        try Folder(LockLocation.join(path, name), at: descriptor, name)
    }

    private init(_ path: String, at parent: CInt, _ name: String) throws(LockfileError) {
        let descriptor = retryingInterrupted {
            openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        }
        guard descriptor >= 0 else {
            let errnum = errno
            throw LockfileError(errnum == ENOENT ? .notFound : .system(.open, errnum: errnum), file: path)
        }
        var attributes = stat()
        guard fstat(descriptor, &attributes) == 0, attributes.st_uid == geteuid() else {
            close(descriptor)
            throw LockfileError(.system(.open, errnum: EPERM), file: path)
        }
        // Others may have been let in by a careless hand; what cannot be shut is left as it is.
        if attributes.st_mode & 0o077 != 0 { _ = fchmod(descriptor, 0o700) }
        self.init(path: path, descriptor: descriptor)
    }
}
