internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

// Where the repository of a folder is, as git(1) and gitrepository-layout(5) say.

extension WorkingRepository {
    /// Finds the repository that a folder belongs to, which need not be there itself.
    ///
    /// `GIT_DIR`, `GIT_WORK_TREE`, `GIT_COMMON_DIR`, `GIT_CEILING_DIRECTORIES` and `GIT_DISCOVERY_ACROSS_FILESYSTEM`
    /// mean what they mean to git.
    /// - Returns: nil when the folder is in no repository.
    /// - Throws: `WorkingRepositoryError`
    public static func discover(
        from folder: String, environment: [String: String]
    ) throws(WorkingRepositoryError) -> WorkingRepository? {
        let search = RepositorySearch(environment: environment)
        guard let place = try search.place(of: LocalPath.resolving(folder)) else { return nil }
        return WorkingRepository(
            gitDirectory: place.gitDirectory, commonDirectory: search.commonDirectory(of: place.gitDirectory),
            workTree: try search.workTree(of: place), environment: environment, isImplicitlyBare: place.folder == nil)
    }
}

extension WorkingRepository {
    /// Finds the repository that a file belongs to: where it really is, if it is reached by symbolic links.
    /// - Returns: nil when it is in no repository.
    /// - Throws: `WorkingRepositoryError`
    public static func discover(
        holding file: String, environment: [String: String]
    ) throws(WorkingRepositoryError) -> WorkingRepository? {
        let path = LocalPath.real(file) ?? LocalPath.resolvingFolder(of: file)
        return try discover(from: LocalPath.split(path).folder, environment: environment)
    }
}

/// Looks for a repository.
struct RepositorySearch {
    /// What was found.
    struct Place {
        let gitDirectory: String
        /// The folder that would be the work tree if the configuration does not say otherwise.
        let folder: String?
    }

    let environment: [String: String]

    private func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: The folder of git

    func place(of start: String) throws(WorkingRepositoryError) -> Place? {
        if let named = variable("GIT_DIR") {
            let path = LocalPath.resolving(named)
            guard let directory = try gitDirectory(at: path) else { throw .notARepository(path: named) }
            return Place(gitDirectory: directory, folder: LocalPath.current)
        }
        let ceilings = self.ceilings
        let crosses = variable("GIT_DISCOVERY_ACROSS_FILESYSTEM").map(GitSettings.isTrue) ?? false
        var folder = start
        var existing = start
        while !LocalPath.isFolder(existing), existing != "/" { existing = LocalPath.split(existing).folder }
        let device = LocalPath.status(existing)?.st_dev
        while true {
            if let directory = try gitDirectory(at: LocalPath.join(folder, ".git")) {
                return Place(gitDirectory: directory, folder: folder)
            }
            if isGitDirectory(folder) { return Place(gitDirectory: folder, folder: nil) }
            guard folder != "/" else { return nil }
            let parent = LocalPath.split(folder).folder
            if ceilings.contains(parent) { return nil }
            if !crosses, let other = LocalPath.status(parent)?.st_dev, other != device { return nil }
            folder = parent
        }
    }

    /// Folders that are not searched, nor those above them; after an empty one links in them are not followed.
    private var ceilings: Set<String> {
        var folders: Set<String> = []
        var resolves = true
        let list = environment["GIT_CEILING_DIRECTORIES"] ?? ""
        for entry in list.split(separator: ":", omittingEmptySubsequences: false) {
            if entry.isEmpty {
                resolves = false
            } else if entry.utf8.first == UInt8(ascii: "/") {
                var path = String(entry)
                while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
                folders.insert(resolves ? LocalPath.real(path) ?? path : path)
            }
        }
        return folders
    }

    /// The folder of git at a path: it itself, or what a file there leads to.
    private func gitDirectory(at path: String) throws(WorkingRepositoryError) -> String? {
        guard let status = LocalPath.status(path) else { return nil }
        if status.st_mode & S_IFMT == S_IFDIR { return isGitDirectory(path) ? LocalPath.real(path) : nil }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        guard let line = Self.firstLine(of: path), line.utf8.starts(with: "gitdir: ".utf8) else {
            throw .notARepository(path: path)
        }
        let target = String(line.dropFirst("gitdir: ".count))
        let resolved = LocalPath.absolute(target, in: LocalPath.split(path).folder)
        guard let real = LocalPath.real(resolved), isGitDirectory(real) else { throw .notARepository(path: resolved) }
        return real
    }

    private func isGitDirectory(_ path: String) -> Bool {
        let common = commonDirectory(of: path)
        guard LocalPath.isFolder(LocalPath.join(common, "refs")),
            LocalPath.isFolder(variable("GIT_OBJECT_DIRECTORY") ?? LocalPath.join(common, "objects"))
        else { return false }
        let head = LocalPath.join(path, "HEAD")
        guard let status = LocalPath.status(head, following: false) else { return false }
        // In repositories of long ago HEAD is a symbolic link.
        if status.st_mode & S_IFMT == S_IFLNK { return true }
        guard let line = Self.firstLine(of: head) else { return false }
        return line.hasPrefix("ref:") || line.utf8.prefix { $0.hexDigitValue != nil }.count >= 40
    }

    func commonDirectory(of gitDirectory: String) -> String {
        if let named = variable("GIT_COMMON_DIR") { return LocalPath.resolving(named) }
        guard let line = Self.firstLine(of: LocalPath.join(gitDirectory, "commondir")) else { return gitDirectory }
        let path = LocalPath.absolute(line, in: gitDirectory)
        return LocalPath.real(path) ?? path
    }

    /// The first line of a small file of git's; nil when it cannot be read.
    static func firstLine(of path: String) -> String? {
        guard let bytes = try? WholeFile.read(path, limit: 1 << 16) else { return nil }
        var line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return String(validating: line, as: UTF8.self)
    }

    // MARK: The work tree

    func workTree(of place: Place) throws(WorkingRepositoryError) -> String? {
        if let named = variable("GIT_WORK_TREE") { return LocalPath.resolving(named) }
        let common = commonDirectory(of: place.gitDirectory)
        let isLinked = common != place.gitDirectory
        let shared = try GitSettings.File(path: LocalPath.join(common, "config"))
        let own =
            shared.flag("extensions.worktreeconfig")
            ? try GitSettings.File(path: LocalPath.join(place.gitDirectory, "config.worktree")) : nil
        // What the shared configuration says of this is about the main work tree.
        let files = (isLinked ? [] : [shared]) + (own.map { [$0] } ?? [])
        let named = files.compactMap { $0.value("core.worktree") }.last
        if let named, !named.isEmpty {
            let path = LocalPath.absolute(named, in: place.gitDirectory)
            return LocalPath.real(path) ?? path
        }
        if files.compactMap({ $0.optionalFlag("core.bare") }).last == true { return nil }
        return place.folder
    }
}
