internal import CGit2
internal import CGit2Shims

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// libgit2 as a whole: its start, its global options, its errors.
enum Libgit2 {
    /// Three times what the Linux kernel has in all of its history.
    private static let maximumObjects = 1 << 25
    /// No object is longer: a few bytes of a pack can ask for any length, and libgit2 has an object in memory as a whole.
    private static let maximumAllocation = 2 << 30

    /// What is mapped counts as the program's memory: without a limit that would be the whole of each pack.
    private static let (mappedWindow, mappedLimit) = (8 << 20, 48 << 20)

    /// Starting takes some 5 ms, so that it waits for the first use; libgit2 is never shut down.
    private static let start: Result<Void, GitError> = Result { () throws(GitError) in
        let count = git_libgit2_init()
        guard count > 0 else { throw failure("git_libgit2_init", count) }
        try check("git_libgit2_opts", pinr_git2_limit_allocations(maximumAllocation))
        try check("git_libgit2_opts", pinr_git2_set_mapped_limit(mappedWindow, mappedLimit))
        try check("git_libgit2_opts", pinr_git2_set_pack_max_objects(maximumObjects))
        try check("git_libgit2_opts", pinr_git2_forget_search_paths())
        try check("git_libgit2_opts", pinr_git2_accept_extensions())
        try check("git_libgit2_opts", pinr_git2_set_owner_validation(0))
        // `ObjectDatabase` verifies what it reads itself where that is due; this switch is for all repositories at once.
        try check("git_libgit2_opts", pinr_git2_set_strict_hash_verification(0))
        // A tree is read once.
        try check("git_libgit2_opts", pinr_git2_set_caching(0))
    }

    /// - Throws: `GitError.library`
    static func ensureStarted() throws(GitError) {
        try start.get()
    }

    /// Throws when `code` says that a call failed; on the thread that made the call, whose error it reads.
    static func check(_ function: String, _ code: Int32) throws(GitError) {
        if code < 0 { throw failure(function, code) }
    }

    static func failure(_ function: String, _ code: Int32) -> GitError {
        .library(function: function, code: code, message: lastMessage)
    }

    /// The words for the failure of the last call on this thread.
    static var lastMessage: String {
        guard let error = git_error_last() else { return "" }
        return Sanitized.line(cBytes(error.pointee.message))
    }

    /// Whether it was the operating system that refused the last call on this thread something: room, or a file.
    static var isLastOfSystem: Bool {
        git_error_last().map { $0.pointee.klass == Int32(GIT_ERROR_OS.rawValue) } ?? false
    }
}

extension git_oid {
    init(_ id: ObjectID) {
        self.init()
        withUnsafeMutableBytes(of: &self) { $0.copyBytes(from: id.bytes) }
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
