internal import CGit2

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A repository that libgit2 has open; for one thread.
struct RepositoryHandle: ~Copyable {
    let pointer: OpaquePointer
    let repository: WorkingRepository

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

extension ObjectID {
    init?(_ oid: UnsafePointer<git_oid>?) {
        guard let oid else { return nil }
        self.init(oid.pointee)
    }

    init?(_ oid: git_oid) {
        guard let id = withUnsafeBytes(of: oid, { ObjectID(bytes: $0.prefix(ObjectID.byteCount)) }) else { return nil }
        self = id
    }
}

/// The bytes of a C string; none of nil.
func cBytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
    guard let text else { return [] }
    return UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
}
