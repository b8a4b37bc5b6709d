#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The file that a path leads to in the end: a folder without symbolic links in its path, and a name in it that is none.
///
/// The file itself need not exist. Who writes replaces a name in a folder, so a symbolic link has to be followed first:
/// otherwise the link would be replaced by a file. Who locks must lock the folder in which the replacing happens, so
/// that two processes exclude each other that came there by different paths.
struct FileTarget: Equatable {
    let folder: String
    let name: String

    /// As many links in a row as Linux follows.
    private static let maximumLinks = 40

    /// - Throws: `LockfileError`, `notFound` where a folder on the way is missing.
    init(of path: String) throws(LockfileError) {
        var current = path
        for _ in 0...Self.maximumLinks {
            let (parent, name) = Self.split(current)
            let folder = try Self.realPath(of: parent, for: path)
            let resolved = LockLocation.join(folder, name)
            guard let target = Self.target(ofLink: resolved) else {
                self.folder = folder
                self.name = name
                return
            }
            current = target.utf8.first == UInt8(ascii: "/") ? target : LockLocation.join(folder, target)
        }
        throw LockfileError(.system(.resolve, errnum: ELOOP), file: path)
    }

    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.utf8.index(after: slash)...]))
    }

    private static func realPath(of folder: String, for path: String) throws(LockfileError) -> String {
        guard let resolved = realpath(folder, nil) else {
            let errnum = errno
            throw LockfileError(errnum == ENOENT ? .notFound : .system(.resolve, errnum: errnum), file: path)
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Nil when there is no link; whatever else is wrong shows when the file is opened.
    private static func target(ofLink path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { buffer in
            let buffer = buffer.assumingMemoryBound(to: CChar.self)
            return buffer.baseAddress.map { readlink(path, $0, buffer.count) } ?? -1
        }
        return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
