internal import CGit2
internal import NixHash

/// Makes the pack that a push sends, with libgit2.
struct PackBuilder: ~Copyable {
    private let builder: OpaquePointer

    /// - Parameter repository: where the objects are.
    /// - Throws: `GitError.library`
    init(_ repository: borrowing LocalRepository) throws(GitError) {
        var builder: OpaquePointer?
        let code = git_packbuilder_new(&builder, repository.repository)
        guard code == 0, let builder else { throw Libgit2.failure("git_packbuilder_new", code) }
        self.builder = builder
    }

    deinit {
        git_packbuilder_free(builder)
    }

    /// A pack of these objects and no others, each complete or a delta of another of them.
    /// - Throws: `GitError.library`
    func pack(_ ids: [ObjectID]) throws(GitError) -> [UInt8] {
        guard !ids.isEmpty else { return Self.emptyPack }
        for id in ids {
            var oid = git_oid(id)
            try Libgit2.check("git_packbuilder_insert", git_packbuilder_insert(builder, &oid, nil))
        }
        var buffer = git_buf()
        try Libgit2.check("git_packbuilder_write_buf", git_packbuilder_write_buf(&buffer, builder))
        defer { git_buf_dispose(&buffer) }
        return Array(UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size))
    }

    /// What follows a command that needs no object which is not there: a header that says none, and its SHA-1.
    private static var emptyPack: [UInt8] {
        let header = Array("PACK".utf8) + [0, 0, 0, 2, 0, 0, 0, 0]
        var sha1 = SHA1()
        sha1.update(header.span.bytes)
        return header + sha1.finish()
    }
}
