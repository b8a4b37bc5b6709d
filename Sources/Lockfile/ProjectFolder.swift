#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file that is to be in a project.
public struct PlacedFile: Sendable, Equatable {
    /// Where, below the project's folder, without `.` and `..`.
    public let path: String
    public let bytes: [UInt8]
    public let isExecutable: Bool

    public init(path: String, bytes: [UInt8], isExecutable: Bool) {
        (self.path, self.bytes, self.isExecutable) = (path, bytes, isExecutable)
    }
}

/// Why a file cannot be placed below a folder; the path begins with that of the folder.
public enum PlacementError: Error, Equatable, Sendable {
    /// A symbolic link is where the file should be, or is one of the folders above it: nothing is written through links.
    case link(String)
    /// A folder, a socket or a device is where the file should be.
    case notFile(String)
    /// A file is where a folder should be.
    case notFolder(String)
    /// A file is there that is larger than any that a template could be compared with; the limit is in bytes.
    case tooLarge(String, limit: Int)
    /// Not all files could be placed, and then these could not be put back as they were; why not all were placed: nil for
    /// one that changed after it was looked at.
    case notPutBack([Unrestored], after: LockfileError?)

    /// A file that is not as it was.
    public struct Unrestored: Equatable, Sendable {
        /// Where it is.
        public let path: String
        /// Where what was in it is now.
        public let backup: String
        /// The error number of the system for putting it back.
        public let errnum: Int32

        public init(path: String, backup: String, errnum: Int32) {
            (self.path, self.backup, self.errnum) = (path, backup, errnum)
        }
    }
}

/// The folder of a project, in which files are placed: all of them or none, and never through a symbolic link below it.
///
/// Everything here blocks.
public struct ProjectFolder: Sendable, Equatable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// The path of a place below the folder, as one gets there from the current folder.
    public func path(of place: String) -> String { path == "." ? place : LockLocation.join(path, place) }

    /// A file as the project has it.
    public struct Found: Sendable, Equatable {
        /// What is in it.
        public let bytes: [UInt8]
        /// Whether its owner may execute it.
        public let isExecutable: Bool
    }

    /// What is at a path below the folder; nil for nothing.
    /// - Throws: `PlacementError`, `LockfileError`
    public func file(at path: String) throws -> Found? {
        let root: OpenFolder
        do throws(LockfileError) {
            root = try OpenFolder(Folder(self.path))
        } catch {
            if error.reason == .notFound { return nil }
            throw Self.obstacle(on: self.path).map(PlacementError.notFolder) ?? error
        }
        let (folders, name) = Self.parts(of: path)
        var folder = root
        for part in folders {
            guard let next = try folder.folder(named: part) else { return nil }
            folder = next
        }
        return try folder.file(named: name).map { Found(bytes: $0.bytes, isExecutable: $0.isExecutable) }
    }

    /// Puts files in their places, and makes the folders above them; what is in their places is replaced.
    ///
    /// All are written under temporary names before the first is put in its place. Should one of them not get there, what
    /// was there before is put back, so that either all are in place or nothing has changed; `notPutBack` says where that
    /// failed too.
    /// - Parameter isUnexpected: what is asked of each file with what is in its place; where it says yes nothing is
    ///   written. Nor is anything when what it was asked about is another file by the time it is to be replaced.
    /// - Returns: the place of the file that was not as expected; nil when all are written.
    /// - Throws: `PlacementError`, `LockfileError`
    public func place(_ files: [PlacedFile], unless isUnexpected: (PlacedFile, Found?) -> Bool) throws -> String? {
        var transaction = Placement()
        do {
            let root = try transaction.open(self.path)
            for file in files {
                let (folders, name) = Self.parts(of: file.path)
                var folder = root
                for part in folders { folder = try transaction.folder(named: part, in: folder) }
                let old = try folder.file(named: name)
                if isUnexpected(file, old.map { Found(bytes: $0.bytes, isExecutable: $0.isExecutable) }) {
                    try transaction.rollBack()
                    return file.path
                }
                try transaction.stage(file, as: name, in: folder, replacing: old)
            }
            if let changed = try transaction.commit() {
                try transaction.rollBack()
                return changed
            }
        } catch {
            try transaction.rollBack(after: error as? LockfileError)
            throw error
        }
        return nil
    }

    /// What is no folder where a path leads through it; nil for nothing.
    private static func obstacle(on path: String) -> String? {
        var current = path
        while !WrittenFile.isThere(current) {
            let parent = FileTarget.split(current).folder
            guard parent.utf8.count < current.utf8.count else { return nil }
            current = parent
        }
        return WrittenFile.isFolder(current) ? nil : current
    }

    private static func parts(of path: String) -> (folders: [String], name: String) {
        let parts = path.split(separator: "/").map(String.init)
        return (parts.dropLast(), parts.last ?? "")
    }
}

/// A folder that is held open, so that whatever happens to its path, it is this one that is written to.
final class OpenFolder {
    let folder: Folder

    init(_ folder: consuming Folder) { self.folder = folder }

    var path: String { folder.path }

    /// A folder in this one; nil when there is nothing of that name.
    /// - Throws: `PlacementError`, `LockfileError`
    func folder(named name: String) throws -> OpenFolder? {
        let path = LockLocation.join(folder.path, name)
        let opened = retryingInterrupted {
            openat(folder.descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        }
        if opened >= 0 { return OpenFolder(Folder(path: path, descriptor: opened)) }
        let errnum = errno
        guard errnum != ENOENT else { return nil }
        // What stands in the way is told by its kind: the error number is another one on each system.
        if let mode = mode(of: name), mode & S_IFMT != S_IFDIR {
            throw mode & S_IFMT == S_IFLNK ? PlacementError.link(path) : .notFolder(path)
        }
        throw LockfileError(.system(.open, errnum: errnum), file: path)
    }

    /// A file in this folder; nil when there is nothing of that name.
    /// - Throws: `PlacementError`, `LockfileError`
    func file(named name: String) throws -> Folder.File? {
        let path = LockLocation.join(folder.path, name)
        switch mode(of: name).map({ $0 & S_IFMT }) {
        case nil: break
        case S_IFREG?: break
        case S_IFLNK?: throw PlacementError.link(path)
        default: throw PlacementError.notFile(path)
        }
        do throws(LockfileError) {
            return try folder.file(named: name, followsLinks: false)
        } catch {
            // In its own words: this is no lock, of which the limit is.
            guard case .tooLarge(let limit) = error.reason else { throw error }
            throw PlacementError.tooLarge(path, limit: limit)
        }
    }

    /// Whether what has this name is the file of these attributes, not written to since; nil for nothing.
    func isStill(_ name: String, _ attributes: stat?) -> Bool {
        guard let now = status(of: name) else { return attributes == nil }
        guard let then = attributes else { return false }
        return now.st_dev == then.st_dev && now.st_ino == then.st_ino && now.st_mode == then.st_mode
            && now.st_size == then.st_size && now.hasChangeTime(of: then)
    }

    private func mode(of name: String) -> mode_t? { status(of: name)?.st_mode }

    private func status(of name: String) -> stat? {
        var status = stat()
        return fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }
}

extension stat {
    /// Whether the file was last changed, in what is in it or in what is told of it, when that of the other was.
    fileprivate func hasChangeTime(of other: stat) -> Bool {
        #if canImport(Darwin)
            let (now, then) = (st_ctimespec, other.st_ctimespec)
        #else
            let (now, then) = (st_ctim, other.st_ctim)
        #endif
        return now.tv_sec == then.tv_sec && now.tv_nsec == then.tv_nsec
    }
}

extension Folder.File {
    var isExecutable: Bool { attributes.st_mode & S_IXUSR != 0 }
}
