#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file beside the lock that is written as a whole: another tool's lock.
public enum WrittenFile {
    /// Writes the file, and makes the folders above it. Blocks.
    ///
    /// - Parameter isReplaced: whether a file that is there is replaced; it keeps its mode.
    /// - Returns: whether the file has these bytes now: not when another one is there and stays.
    /// - Throws: `LockfileError`; a file that is there is then as it was.
    public static func write(_ bytes: [UInt8], to path: String, isReplaced: Bool) throws(LockfileError) -> Bool {
        do throws(LockfileError) {
            try LockStore.makeDirectories(FileTarget.split(path).folder)
            let target = try FileTarget(of: path)
            let folder = try Folder(target.folder)
            let old = try folder.file(named: target.name)
            if let old, old.bytes == bytes { return true }
            guard old == nil || isReplaced else { return false }
            folder.removeStaleTemporaries(of: target.name)
            try folder.replaceFile(named: target.name, with: bytes, like: old)
            return true
        } catch {
            throw error.inFile(path)
        }
    }

    /// Whether a folder is there. Blocks.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a path leads to anything. Blocks.
    static func isThere(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    /// Whether two paths are of one place, also where nothing is there yet. Blocks.
    public static func areSame(_ path: String, _ other: String) -> Bool {
        FileTarget.settledPath(of: path).utf8.elementsEqual(FileTarget.settledPath(of: other).utf8)
    }

    /// Whether a path leads to the same file as another, by whatever name or link. Blocks.
    public static func leads(_ path: String, to other: String) -> Bool {
        var (one, another) = (stat(), stat())
        guard stat(path, &one) == 0, stat(other, &another) == 0 else { return false }
        return one.st_dev == another.st_dev && one.st_ino == another.st_ino
    }
}
