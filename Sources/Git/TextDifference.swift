internal import CGit2

/// How two texts differ.
public enum TextDifference {
    /// The hunks of a unified diff, three lines around each change, as git has them; empty for the same text, and nil where one
    /// is no text.
    ///
    /// Blocks.
    /// - Throws: `GitError.library`
    public static func hunks(from old: [UInt8], to new: [UInt8]) throws(GitError) -> [UInt8]? {
        try patch(from: old, to: new, flags: 0) { isBinary, bytes in
            // Before the first hunk are lines about files, which these are not.
            isBinary ? nil : part(of: bytes) { $0.first == UInt8(ascii: "@") }
        }
    }

    /// What git has in the place of hunks where one of the two is no text, so that it can be applied all the same: the line
    /// with both objects' names, and a `GIT binary patch`.
    ///
    /// Blocks.
    /// - Throws: `GitError.library`
    public static func binaryPatch(from old: [UInt8], to new: [UInt8]) throws(GitError) -> [UInt8] {
        let flags = GIT_DIFF_SHOW_BINARY.rawValue | GIT_DIFF_FORCE_BINARY.rawValue
        return try patch(from: old, to: new, flags: flags) { _, bytes in
            part(of: bytes) { $0.starts(with: "index ".utf8) }
        }
    }

    private static func patch<Part>(
        from old: [UInt8], to new: [UInt8], flags: UInt32, _ read: (Bool, UnsafeRawBufferPointer) -> Part
    ) throws(GitError) -> Part {
        try Libgit2.ensureStarted()
        var options = git_diff_options()
        try Libgit2.check("git_diff_options_init", git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)))
        options.flags |= flags
        var patch: OpaquePointer?
        let code = old.withUnsafeBytes { old in
            new.withUnsafeBytes { new in
                git_patch_from_buffers(
                    &patch, old.baseAddress, old.count, nil, new.baseAddress, new.count, nil, &options)
            }
        }
        try Libgit2.check("git_patch_from_buffers", code)
        defer { git_patch_free(patch) }
        let isBinary = git_patch_get_delta(patch).map { $0.pointee.flags & GIT_DIFF_FLAG_BINARY.rawValue != 0 } ?? false
        var text = git_buf()
        try Libgit2.check("git_patch_to_buf", git_patch_to_buf(&text, patch))
        defer { git_buf_dispose(&text) }
        return read(isBinary, UnsafeRawBufferPointer(start: text.ptr, count: text.ptr == nil ? 0 : text.size))
    }

    /// The lines from the first that is one on.
    private static func part(
        of bytes: UnsafeRawBufferPointer, from isFirst: (Slice<UnsafeRawBufferPointer>) -> Bool
    ) -> [UInt8] {
        var at = 0
        while at < bytes.count, !isFirst(bytes[at...]) {
            at = (bytes[at...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1) + 1
        }
        return Array(bytes[at...])
    }
}
