internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A folder of its own that is gone with the last reference to it.
final class TemporaryFolder: Sendable {
    let path: String
    private let isRemoved = Mutex(false)

    /// Makes `PARENT/pinr-git-XXXXXX`.
    /// - Throws: `GitError.system`
    init(in parent: String) throws(GitError) {
        let template = (parent.isEmpty ? "/tmp" : parent) + "/pinr-git-XXXXXX"
        var name = Array(template.utf8CString)
        guard mkdtemp(&name) != nil else {
            throw .system(call: "mkdtemp", path: template, errnum: errno)
        }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        remove()
    }

    /// Makes the skeleton of a bare repository, without git's templates; the path of the folder for packs.
    /// - Throws: `GitError.system`
    func makeBareRepository() throws(GitError) -> String {
        for name in ["objects", "objects/pack", "refs"] where mkdir(path + "/" + name, 0o700) != 0 {
            throw .system(call: "mkdir", path: path + "/" + name, errnum: errno)
        }
        try write("HEAD", "ref: refs/heads/main\n")
        try write("config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        return path + "/objects/pack"
    }

    private func write(_ name: String, _ text: String) throws(GitError) {
        let file = open(path + "/" + name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .system(call: "open", path: path + "/" + name, errnum: errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard unistdWrite(file, bytes, bytes.count) == bytes.count
        else { throw .system(call: "write", path: path + "/" + name, errnum: errno) }
    }

    /// Removes the folder with everything in it; links are removed, not followed. What cannot be removed stays.
    func remove() {
        isRemoved.withLock { isRemoved in
            guard !isRemoved else { return }
            isRemoved = true
            Self.removeTree(path)
        }
    }

    private static func removeTree(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, let directory = opendir(path) else {
            unlink(path)
            return
        }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            // Only git's own files are in here, whose names are ASCII.
            if name != "." && name != ".." { removeTree(path + "/" + name) }
        }
        closedir(directory)
        rmdir(path)
    }
}

private func unistdWrite(_ file: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(file, bytes, count)
}
