internal import CGit2

/// How two texts differ.
public enum TextDifference {
    /// The hunks of a unified diff, three lines around each change, as git has them; empty for the same text, and nil where one
    /// is no text.
    ///
    /// Blocks.
    /// - Throws: `GitError.library`
    public static func hunks(from old: [UInt8], to new: [UInt8]) throws(GitError) -> [UInt8]? {
        try Libgit2.ensureStarted()
        var patch: OpaquePointer?
        let code = old.withUnsafeBytes { old in
            new.withUnsafeBytes { new in
                git_patch_from_buffers(
                    &patch, old.baseAddress, old.count, nil, new.baseAddress, new.count, nil, nil)
            }
        }
        try Libgit2.check("git_patch_from_buffers", code)
        defer { git_patch_free(patch) }
        if let delta = git_patch_get_delta(patch), delta.pointee.flags & GIT_DIFF_FLAG_BINARY.rawValue != 0 {
            return nil
        }
        var text = git_buf()
        try Libgit2.check("git_patch_to_buf", git_patch_to_buf(&text, patch))
        defer { git_buf_dispose(&text) }
        guard let start = text.ptr else { return [] }
        let bytes = UnsafeRawBufferPointer(start: start, count: text.size)
        // Before the first hunk are lines about files, which these are not.
        var at = 0
        while at < bytes.count, bytes[at] != UInt8(ascii: "@") {
            at = (bytes[at...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1) + 1
        }
        return Array(bytes[at...])
    }
}
