import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A git repository made by the git program, the same revisions on every machine.
public struct TestRepository: Sendable {
    /// The work tree, or the git directory of a bare repository.
    public let path: String
    private let home: TemporaryDirectory

    /// Makes an empty one.
    public init(at path: String, bare: Bool = false, branch: String = "main", objectFormat: String = "sha1")
        async throws
    {
        self.init(existing: path)
        var options = ["--quiet", "--initial-branch=\(branch)", "--object-format=\(objectFormat)", "--template="]
        if bare { options.append("--bare") }
        try await run(["git", "init"] + options + ["--", path], environment: environment())
    }

    /// Takes one that is there.
    public init(existing path: String) {
        (self.path, home) = (path, TemporaryDirectory())
    }

    /// The date of a commit when none is given: 2024-01-01, in seconds since 1970.
    public static let epoch = 1_704_067_200

    /// Runs git in it and returns its output without white space at the ends.
    /// - Throws: `ProcessError`, also when git fails.
    @discardableResult
    public func git(_ arguments: String..., input: [UInt8]? = nil, date: Int = epoch) async throws -> String {
        try await run(["git"] + arguments, environment: environment(date: date), directory: path, input: input).trimmed
    }

    /// Writes a file in the work tree.
    public func write(_ name: String, _ contents: String, executable: Bool = false) throws {
        try write(name, Array(contents.utf8), executable: executable)
    }

    /// Writes a file in the work tree.
    public func write(_ name: String, _ contents: [UInt8], executable: Bool = false) throws {
        try writeFile("\(path)/\(name)", Data(contents), mode: executable ? 0o755 : 0o644)
    }

    /// Makes a symbolic link in the work tree.
    public func symlink(_ name: String, to target: String) throws {
        let parent = URL(fileURLWithPath: "\(path)/\(name)").deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
    }

    /// Removes a file or a directory from the work tree.
    public func remove(_ name: String) {
        removeTree("\(path)/\(name)")
    }

    /// Puts a submodule into the index, and into `.gitmodules`, without cloning it.
    public func addSubmodule(_ name: String, url: String, revision: String) async throws {
        try await git("config", "-f", ".gitmodules", "submodule.\(name).path", name)
        try await git("config", "-f", ".gitmodules", "submodule.\(name).url", url)
        try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        try await git("update-index", "--add", "--cacheinfo", "160000,\(revision),\(name)")
    }

    /// Commits the whole work tree as it is, changed or not; the revision.
    @discardableResult
    public func commit(_ message: String, date: Int = epoch) async throws -> String {
        // Not `--all`, which would take an empty directory of a submodule for its removal.
        try await git("add", "--force", "--", ".", date: date)
        try await git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", message, date: date)
        return try await revision()
    }

    /// The revision that a name stands for; of an annotated tag, the commit's.
    public func revision(_ name: String = "HEAD") async throws -> String {
        try await git("rev-parse", "--verify", "\(name)^{commit}")
    }

    /// Makes a tag: a lightweight one, or with a message an annotated one.
    public func tag(_ name: String, message: String? = nil, at revision: String = "HEAD", date: Int = epoch)
        async throws
    {
        if let message {
            try await git("tag", "--force", "--annotate", "-m", message, "--", name, revision, date: date)
        } else {
            try await git("tag", "--force", "--", name, revision, date: date)
        }
    }

    /// Makes a branch, without switching to it, or moves one.
    public func branch(_ name: String, at revision: String = "HEAD") async throws {
        try await git("update-ref", "refs/heads/\(name)", "\(revision)^{commit}")
    }

    /// Switches to a branch, which is made when it is not there.
    public func checkout(_ name: String) async throws {
        let known = try? await git("rev-parse", "--verify", "--quiet", "refs/heads/\(name)")
        if known == nil {
            try await git("checkout", "--quiet", "-b", name)
        } else {
            try await git("checkout", "--quiet", name)
        }
    }

    /// Copies every ref to another repository, and what is no longer here goes there too.
    public func push(to other: TestRepository) async throws {
        try await git(
            "push", "--quiet", "--force", "--prune", other.path, "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*")
    }

    /// A bare copy, with all refs and the default branch; the directories above it are made.
    public func bareCopy(at copy: String) async throws -> TestRepository {
        let copied = TestRepository(existing: copy)
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: copy).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try await run(
            ["git", "clone", "--quiet", "--mirror", "--template=", "--", path, copy], environment: copied.environment())
        return copied
    }

    /// Writes the files that dumb HTTP needs.
    public func updateServerInfo() async throws {
        try await git("update-server-info")
    }

    /// Packs a revision as a forge does, every path below `prefix`.
    /// - Parameter format: as `git archive` names it: `tar`, `tar.gz`, `zip`.
    public func archive(_ revision: String, format: String = "tar.gz", prefix: String) async throws -> [UInt8] {
        try await run(
            ["git", "archive", "--format=\(format)", "--prefix=\(prefix)", revision], environment: environment(),
            directory: path
        ).stdoutBytes
    }

    private func environment(date: Int = epoch) -> [String: String] {
        var environment = isolatedEnvironment(home: home.path)
        for role in ["AUTHOR", "COMMITTER"] {
            environment["GIT_\(role)_NAME"] = "Pin Tester"
            environment["GIT_\(role)_EMAIL"] = "tester@example.org"
            environment["GIT_\(role)_DATE"] = "\(date) +0000"
        }
        let settings = ["gc.auto": "0", "protocol.file.allow": "always", "advice.detachedHead": "false"]
        environment["GIT_CONFIG_COUNT"] = "\(settings.count)"
        for (index, (key, value)) in settings.sorted(by: { $0.key < $1.key }).enumerated() {
            environment["GIT_CONFIG_KEY_\(index)"] = key
            environment["GIT_CONFIG_VALUE_\(index)"] = value
        }
        return environment
    }
}
