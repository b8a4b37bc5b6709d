internal import CGit2

/// A repository that libgit2 has open; for one thread.
struct RepositoryHandle: ~Copyable {
    let pointer: OpaquePointer
    let repository: WorkingRepository
    /// What has to be there as long as the handle is.
    private var folder: TemporaryFolder?

    /// - Throws: `WorkingRepositoryError`
    init(of repository: WorkingRepository) throws(WorkingRepositoryError) {
        try Self.calling { () throws(GitError) in try Libgit2.ensureStarted() }
        var pointer: OpaquePointer?
        let flags = UInt32(GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_NO_DOTGIT.rawValue)
        let code = git_repository_open_ext(&pointer, repository.gitDirectory, flags, nil)
        guard code == 0, let pointer else {
            let failure = Self.failure("git_repository_open_ext", code)
            throw try Self.unsupportedFormat(of: repository) ?? failure
        }
        self.pointer = pointer
        self.repository = repository
    }

    deinit {
        git_repository_free(pointer)
    }

    /// Keeps a folder until the handle is given up.
    mutating func keep(_ folder: TemporaryFolder) { self.folder = folder }

    /// What a repository's configuration says of its format, where that is one that libgit2 does not know.
    private static func unsupportedFormat(
        of repository: WorkingRepository
    ) throws(WorkingRepositoryError) -> WorkingRepositoryError? {
        let path = repository.workTree ?? repository.gitDirectory
        let file = try GitSettings.File(path: LocalPath.join(repository.commonDirectory, "config"))
        if let format = file.value("extensions.objectformat"), format.lowercased() != "sha1" {
            return .unsupportedFormat(path: path, format: format)
        }
        if let format = file.value("extensions.refstorage"), format.lowercased() != "files" {
            return .unsupportedFormat(path: path, format: format)
        }
        return nil
    }

    // MARK: Errors

    /// Throws when `code` says that a call failed; on the thread that made the call, whose error it reads.
    static func check(_ function: String, _ code: Int32) throws(WorkingRepositoryError) {
        if code < 0 { throw failure(function, code) }
    }

    static func failure(_ function: String, _ code: Int32) -> WorkingRepositoryError {
        .library(function: function, code: code, message: Libgit2.lastMessage)
    }

    private static func calling(_ body: () throws(GitError) -> Void) throws(WorkingRepositoryError) {
        do throws(GitError) {
            try body()
        } catch .library(let function, let code, let message) {
            throw .library(function: function, code: code, message: message)
        } catch {
            throw .library(function: "git_libgit2_init", code: -1, message: "")
        }
    }
}
