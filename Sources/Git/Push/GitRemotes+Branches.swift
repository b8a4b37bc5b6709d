internal import CGit2
internal import Threads
internal import Transfer

extension GitRemotes {
    /// Moves refs of a remote repository, each from where it is said to be and from nowhere else.
    ///
    /// Where a ref is not there, nothing is sent for it; the server checks that again when it moves the ref. What the new
    /// commits have that the server has not is sent in one pack, also from a shallow clone.
    /// - Parameters:
    ///   - repository: what has the new commits.
    ///   - known: commits that the server has although no ref of it need be at them: those that the new ones are made on.
    ///   - isAtomic: whether all refs are to be moved or none; otherwise each goes its own way.
    /// - Returns: what became of each ref, in the order of the updates.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`; after that it is not known what became of the refs.
    public func push(
        _ updates: [RefUpdate], objectsOf repository: WorkingRepository, to url: GitURL, known: [ObjectID] = [],
        isAtomic: Bool = false
    ) async throws -> [RefOutcome] {
        try await push(updates, from: repository.commonDirectory, to: url, known: known, isAtomic: isAtomic)
    }

    /// Reads one commit of a remote repository: of most servers without its files.
    ///
    /// - Parameter ref: a ref that it is at.
    /// - Returns: the commit, and its message byte by byte.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`
    public func readCommit(
        _ id: ObjectID, of url: GitURL, ref: String
    ) async throws -> (commit: GitCommit, message: [UInt8]) {
        let repository: GitRepository
        if let alone = try await fetchAlone(id, of: url) {
            repository = alone
        } else {
            repository = try await fetch(id, of: url, ref: ref).repository
        }
        return try await onThread { _ in
            defer { repository.close() }
            return (try repository.commit(id), try repository.message(of: id))
        }
    }
}

extension GitRepository {
    /// The message of a commit, which may be in any encoding.
    /// - Throws: `GitError.missingObject`, `.notACommit`, `.corruptObject`
    public func message(of id: ObjectID) throws(GitError) -> [UInt8] {
        let object = try database.read(id)
        guard object.type == GIT_OBJECT_COMMIT else { throw .notACommit(id) }
        // Behind the first empty line; what else a header has, such as a signature, has none.
        let bytes = object.bytes
        let end = zip(bytes.indices, bytes.indices.dropFirst()).first { bytes[$0] == 0x0A && bytes[$1] == 0x0A }
        return end.map { Array(bytes[($0.1 + 1)...]) } ?? []
    }

    /// A file of a commit; nil when there is none at that path.
    ///
    /// - Parameter path: from the top, its parts divided by `/`.
    /// - Throws: `GitError.missingObject`, `.notACommit`, `.corruptObject`
    public func file(_ path: String, in commit: ObjectID) throws(GitError) -> [UInt8]? {
        var tree = try self.commit(commit).tree
        let parts = path.utf8.split(separator: UInt8(ascii: "/"))
        for (index, part) in parts.enumerated() {
            let bytes = try database.read(tree, as: GIT_OBJECT_TREE).bytes
            guard let entries = RawTreeEntry.entries(in: bytes) else { throw .corruptObject(tree, .malformed) }
            guard let entry = entries.first(where: { $0.name.elementsEqual(part) }) else { return nil }
            if index == parts.count - 1 {
                return entry.isFile ? try database.read(entry.id, as: GIT_OBJECT_BLOB).bytes : nil
            }
            guard entry.isTree else { return nil }
            tree = entry.id
        }
        return nil
    }
}
