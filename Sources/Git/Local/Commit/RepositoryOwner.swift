#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension WorkingRepository {
    /// Refuses a repository that belongs to somebody else, as git does (git-config(1), `safe.directory`; CVE-2022-24765): its
    /// configuration may name programs, and whoever commits runs those that sign.
    ///
    /// Not of one that `GIT_DIR` names, as with git: somebody has chosen it.
    /// A repository that is a part of what was cloned belongs to whoever cloned it, and yet its configuration comes from
    /// elsewhere: `safe.bareRepository=explicit` has it refused.
    /// - Throws: `CommitError.foreignOwner`, `.bareRepository`
    func requireOwn(_ settings: GitSettings) throws(CommitError) {
        if environment["GIT_DIR"].map({ !$0.isEmpty }) ?? false { return }
        if isImplicitlyBare, !gitDirectory.utf8.ends(with: "/.git"),
            !["/.git/worktrees/", "/.git/modules/"].contains(where: gitDirectory.contains),
            settings.values("safe.barerepository", in: [.system, .global, .command]).last?.lowercased() == "explicit"
        {
            throw .bareRepository(path: gitDirectory)
        }
        var paths = [gitDirectory]
        if let workTree {
            paths.append(workTree)
            let link = LocalPath.join(workTree, ".git")
            if let status = LocalPath.status(link, following: false), status.st_mode & S_IFMT == S_IFREG {
                paths.append(link)
            }
        }
        if paths.allSatisfy(isOwn) { return }
        let path = workTree ?? gitDirectory
        guard isSafe(path, settings) else { throw .foreignOwner(path: path) }
    }

    /// Whether a path belongs to the user; for root also whether it belongs to whoever became root with `sudo`.
    private func isOwn(_ path: String) -> Bool {
        guard let status = LocalPath.status(path, following: false) else { return false }
        let user = geteuid()
        if status.st_uid == user { return true }
        guard user == 0, let sudo = environment["SUDO_UID"].flatMap({ uid_t($0) }) else { return false }
        return status.st_uid == sudo
    }

    /// Whether the user has excepted a path; what a repository says of itself does not count.
    private func isSafe(_ path: String, _ settings: GitSettings) -> Bool {
        var isSafe = false
        for value in settings.values("safe.directory", in: [.system, .global, .command]) {
            if value.isEmpty {
                isSafe = false
            } else if value == "*" {
                isSafe = true
            } else {
                let place = settings.expandingHome(value, environment)
                let isFolder = place.utf8.ends(with: "/*")
                let named = isFolder ? String(place.dropLast(2)) : place
                let real = LocalPath.real(named) ?? named
                let matches = isFolder ? path.utf8.starts(with: (real + "/").utf8) : path.utf8.elementsEqual(real.utf8)
                if matches { isSafe = true }
            }
        }
        return isSafe
    }
}

extension GitSettings {
    /// A path of the configuration, in which `~/` is the user's home.
    func expandingHome(_ path: String, _ environment: [String: String]) -> String {
        guard path.hasPrefix("~/"), let home = environment["HOME"], !home.isEmpty else { return path }
        return LocalPath.join(home, String(path.dropFirst(2)))
    }
}
