internal import CGit2

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The repository of this machine that a folder belongs to, seen as its user's git sees it.
///
/// It holds paths alone, and opens the repository for each call. All methods block: they are for threads (`onThread`).
/// Nothing in the repository is run by reading it.
public struct WorkingRepository: Sendable, Equatable {
    /// Where `HEAD` and the index are: `.git`, or what a `.git` file leads to. Absolute.
    public let gitDirectory: String
    /// Where objects, branches and the configuration are, which all work trees share. Absolute.
    public let commonDirectory: String
    /// The top folder of the files, without symbolic links in its path; nil in a bare repository.
    public let workTree: String?
    /// The environment of the process, some of whose variables git obeys.
    let environment: [String: String]
    /// Whether a folder of git was come upon that no `.git` leads to, and that nobody has named.
    let isImplicitlyBare: Bool

    init(
        gitDirectory: String, commonDirectory: String, workTree: String?, environment: [String: String],
        isImplicitlyBare: Bool = false
    ) {
        self.gitDirectory = gitDirectory
        self.commonDirectory = commonDirectory
        self.workTree = workTree
        self.environment = environment
        self.isImplicitlyBare = isImplicitlyBare
    }

    /// The path of a file below the top of the work tree, as git names it.
    ///
    /// Symbolic links are followed in the path of its folder; whether the file is there does not matter.
    /// - Throws: `WorkingRepositoryError.bare`, `.outsideWorkTree`
    public func relativePath(of path: String) throws(WorkingRepositoryError) -> String {
        guard let workTree else { throw .bare(path: gitDirectory) }
        let absolute = LocalPath.resolvingFolder(of: path)
        let top = workTree.utf8.last == UInt8(ascii: "/") ? workTree : workTree + "/"
        guard absolute.utf8.count > top.utf8.count, absolute.utf8.starts(with: top.utf8)
        else { throw .outsideWorkTree(path: path, workTree: workTree) }
        return String(decoding: absolute.utf8.dropFirst(top.utf8.count), as: UTF8.self)
    }

    /// Opens the repository with libgit2.
    func open() throws(WorkingRepositoryError) -> RepositoryHandle {
        try RepositoryHandle(of: self)
    }
}

/// Paths of this machine.
enum LocalPath {
    /// The path without symbolic links; nil when it leads to nothing.
    static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// An absolute path: of a relative one, below `folder`.
    static func absolute(_ path: String, in folder: String) -> String {
        path.utf8.first == UInt8(ascii: "/") ? path : join(folder, path)
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)"
    }

    /// The folder in which a path is, and its last part.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.utf8.index(after: slash)...]))
    }

    /// The working directory of the process.
    static var current: String { real(".") ?? "/" }

    /// The path with every folder resolved that is there, and what is not there yet as it is written.
    static func resolvingFolder(of path: String) -> String {
        let (folder, name) = split(path)
        if name.isEmpty || name == "." || name == ".." { return resolving(path) }
        return join(resolving(folder), name)
    }

    /// The path as a whole, resolved as far as it is there.
    static func resolving(_ path: String) -> String {
        if let resolved = real(path) { return resolved }
        let (folder, name) = split(path)
        guard folder.utf8.count < path.utf8.count else { return join(current, path) }
        if name.isEmpty || name == "." { return resolving(folder) }
        return join(resolving(folder), name)
    }

    /// What `lstat` or, with links followed, `stat` says of a path.
    static func status(_ path: String, following: Bool = true) -> stat? {
        var status = stat()
        let code = following ? stat(path, &status) : lstat(path, &status)
        return code == 0 ? status : nil
    }

    static func isFolder(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }
}
