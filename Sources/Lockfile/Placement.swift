#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Files on their way to their places, and what has to be done to take that back.
struct Placement {
    private struct Staged {
        let folder: OpenFolder
        let name: String
        /// Where it is to be, below the project's folder.
        let place: String
        /// The old file, as it was looked at; nil where there was none.
        let old: stat?
        /// The new file, until it is in its place.
        var temporary: String?
        /// A copy of the old one; nil where there was none.
        let backup: String?
        var isInPlace = false
    }

    private var files: [Staged] = []
    /// Folders that were made, each after the one that it is in: where, and the name there.
    private var folders: [(parent: OpenFolder, name: String)] = []
    private var roots: [String] = []

    /// Opens the folder of the project; makes it, and those above it, where they are missing.
    mutating func open(_ path: String) throws -> OpenFolder {
        var missing: [String] = []
        var current = path
        while !WrittenFile.isThere(current) {
            missing.append(current)
            let parent = FileTarget.split(current).folder
            guard parent.utf8.count < current.utf8.count else { break }
            current = parent
        }
        for folder in missing.reversed() {
            if mkdir(folder, 0o777) == 0 {
                roots.append(folder)
            } else if errno != EEXIST {
                throw LockfileError(.system(.makeDirectory, errnum: errno), file: folder)
            }
        }
        guard WrittenFile.isFolder(path) else { throw PlacementError.notFolder(path) }
        return try OpenFolder(Folder(path))
    }

    /// Opens a folder in another one; makes it where it is missing.
    mutating func folder(named name: String, in parent: OpenFolder) throws -> OpenFolder {
        if let folder = try parent.folder(named: name) { return folder }
        let path = LockLocation.join(parent.path, name)
        if mkdirat(parent.folder.descriptor, name, 0o777) == 0 {
            folders.append((parent, name))
        } else if errno != EEXIST {
            throw LockfileError(.system(.makeDirectory, errnum: errno), file: path)
        }
        guard let folder = try parent.folder(named: name) else { throw LockfileError(.notFound, file: path) }
        return folder
    }

    /// Writes a file under a temporary name, and a copy of what it replaces under another one.
    mutating func stage(_ file: PlacedFile, as name: String, in opened: OpenFolder, replacing old: Folder.File?) throws
    {
        opened.folder.removeStaleTemporaries(of: name)
        let backup = try old.map { try opened.folder.stage($0.bytes, for: name, like: $0) }
        files.append(
            Staged(
                folder: opened, name: name, place: file.path, old: old?.attributes, temporary: nil, backup: backup))
        // One that is replaced keeps its mode, but for who may execute it: whoever may read it, or nobody.
        let like = old.map { old in
            var attributes = old.attributes
            let mode = attributes.st_mode & ~0o111
            attributes.st_mode = file.isExecutable ? mode | (mode & 0o444) >> 2 : mode
            return Folder.File(bytes: old.bytes, attributes: attributes)
        }
        files[files.count - 1].temporary = try opened.folder.stage(
            file.bytes, for: name, like: like, mode: file.isExecutable ? 0o777 : 0o666)
    }

    /// Puts every file in its place.
    ///
    /// - Returns: the place of one that is not as it was looked at, which took time since: whoever wrote it is not to lose
    ///   that. `rollBack` takes back what was done. Nil when all are in place.
    /// - Throws: `LockfileError`; `rollBack` takes back what was done.
    mutating func commit() throws(LockfileError) -> String? {
        for index in files.indices {
            guard let temporary = files[index].temporary else { continue }
            let (opened, name) = (files[index].folder, files[index].name)
            guard opened.isStill(name, files[index].old) else { return files[index].place }
            if files[index].old == nil {
                guard try opened.folder.putNew(temporary, at: name) else { return files[index].place }
            } else {
                try opened.folder.rename(temporary, to: name)
            }
            files[index].temporary = nil
            files[index].isInPlace = true
        }
        for file in files {
            if let backup = file.backup { unlinkat(file.folder.folder.descriptor, backup, 0) }
            // The files are on the disk already; that their names are too matters less than to fail now.
            _ = retryingInterrupted { fsync(file.folder.folder.descriptor) }
        }
        files = []
        folders = []
        roots = []
        return nil
    }

    /// Has everything as it was.
    ///
    /// - Parameter error: why that is done; nil where a file changed.
    /// - Throws: `PlacementError.notPutBack`, when all is done that can be.
    mutating func rollBack(after error: LockfileError? = nil) throws(PlacementError) {
        var unrestored: [PlacementError.Unrestored] = []
        for file in files.reversed() {
            let descriptor = file.folder.folder.descriptor
            if let temporary = file.temporary { unlinkat(descriptor, temporary, 0) }
            switch (file.backup, file.isInPlace) {
            case (let backup?, true):
                guard renameat(descriptor, backup, descriptor, file.name) != 0 else { continue }
                let errnum = errno
                // As a temporary file it would be taken for one that a killed run left, and be removed some day.
                let kept = TemporaryName.kept(backup)
                let isKept = renameat(descriptor, backup, descriptor, kept) == 0
                unrestored.append(
                    PlacementError.Unrestored(
                        path: LockLocation.join(file.folder.path, file.name),
                        backup: LockLocation.join(file.folder.path, isKept ? kept : backup), errnum: errnum))
            case (let backup?, false): unlinkat(descriptor, backup, 0)
            case (nil, true): unlinkat(descriptor, file.name, 0)
            case (nil, false): break
            }
        }
        for (parent, name) in folders.reversed() { unlinkat(parent.folder.descriptor, name, AT_REMOVEDIR) }
        for root in roots.reversed() { rmdir(root) }
        files = []
        folders = []
        roots = []
        if !unrestored.isEmpty { throw .notPutBack(unrestored, after: error) }
    }
}
