internal import CGit2
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The index, locked as git locks it: nobody else writes it from before it is read until it is replaced or given up.
///
/// libgit2 locks it only while it writes, so that what another git has staged meanwhile would be lost. It works on a
/// copy here.
final class IndexLock {
    private let path: String
    private let lock: String
    private let copy: String
    let index: OpaquePointer
    private var isDone = false

    /// - Throws: `CommitError.indexLocked`, `.unreadableIndex`; `WorkingRepositoryError.system`
    init(_ repository: borrowing RepositoryHandle) throws {
        path = repository.repository.indexPath
        lock = path + ".lock"
        copy = path + ".pinr"
        do throws(WorkingRepositoryError) {
            try LocalFile.create(lock, [], mode: 0o666)
        } catch .system(_, _, EEXIST) {
            throw CommitError.indexLocked(lock: lock)
        }
        do {
            // A run that was killed may have left one; who has the lock may take it away.
            unlink(copy)
            try Self.copyIndex(path, to: copy)
            index = try Self.open(copy, in: repository)
        } catch {
            unlink(copy)
            unlink(lock)
            throw error
        }
    }

    deinit {
        git_index_free(index)
        if !isDone {
            unlink(copy)
            unlink(lock)
        }
    }

    /// Reads an index as that of a repository.
    static func open(_ path: String, in repository: borrowing RepositoryHandle) throws(CommitError) -> OpaquePointer {
        var index: OpaquePointer?
        guard git_index_open(&index, path) == 0, let index else {
            throw .unreadableIndex(message: Libgit2.lastMessage)
        }
        // libgit2 compares files that have changed in the very second in which the index was written only then.
        guard git_repository_set_index(repository.pointer, index) == 0 else {
            git_index_free(index)
            throw .unreadableIndex(message: Libgit2.lastMessage)
        }
        return index
    }

    private static func copyIndex(_ path: String, to copy: String) throws {
        guard let status = LocalPath.status(path) else { return }
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path, limit: 1 << 30)
        } catch .system(let errnum) {
            throw WorkingRepositoryError.system(call: "read", path: path, errnum: errnum)
        } catch {
            throw CommitError.unreadableIndex(message: "")
        }
        try LocalFile.create(copy, bytes, mode: status.st_mode & 0o777)
        // Files as new as the index are told from changed ones by its time.
        #if canImport(Darwin)
            let times = [status.st_atimespec, status.st_mtimespec]
        #else
            let times = [status.st_atim, status.st_mtim]
        #endif
        guard utimensat(AT_FDCWD, copy, times, 0) == 0, chmod(copy, status.st_mode & 0o777) == 0 else {
            throw WorkingRepositoryError.system(call: "utimensat", path: copy, errnum: errno)
        }
    }

    /// Writes what the index is to be, without putting it in its place.
    /// - Throws: `CommitError.unreadableIndex`; `WorkingRepositoryError.system`
    func prepare() throws {
        guard git_index_write(index) == 0 else { throw CommitError.unreadableIndex(message: Libgit2.lastMessage) }
        guard rename(copy, lock) == 0 else {
            throw WorkingRepositoryError.system(call: "rename", path: copy, errnum: errno)
        }
    }

    /// Puts what was prepared in the place of the index.
    /// - Throws: `WorkingRepositoryError.system`
    func finish() throws(WorkingRepositoryError) {
        guard rename(lock, path) == 0 else {
            throw .system(call: "rename", path: lock, errnum: errno)
        }
        isDone = true
    }
}
