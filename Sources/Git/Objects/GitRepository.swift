internal import CGit2
public import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The objects of a git repository.
///
/// Either one that was fetched, in a temporary folder that is removed with it, or one that was there before. Its methods
/// block: they are for threads (`onThread`), any number of them.
public final class GitRepository: Sendable {
    let database: ObjectDatabase
    private let folder: TemporaryFolder?

    private init(database: ObjectDatabase, folder: TemporaryFolder?) {
        self.database = database
        self.folder = folder
    }

    deinit {
        close()
    }

    /// Opens a repository of this machine: a bare one, a work tree, or one of several work trees.
    ///
    /// Nothing outside of the folder is read but what the repository itself names (`alternates`).
    /// - Throws: `GitError.notARepository`, `.sha256Repository`, `.library`
    public static func open(path: String) throws(GitError) -> GitRepository {
        try open(try LocalRepository(path: path))
    }

    static func open(_ local: borrowing LocalRepository) throws(GitError) -> GitRepository {
        GitRepository(
            database: try ObjectDatabase(objectsFolder: local.objectsFolder, verifies: true), folder: nil)
    }

    /// Takes over a folder that `PackIndexer` has filled.
    static func adopt(_ folder: TemporaryFolder) throws(GitError) -> GitRepository {
        GitRepository(
            database: try ObjectDatabase(objectsFolder: folder.path + "/objects", verifies: false), folder: folder)
    }

    /// Removes a temporary repository now; it must not be used any more.
    public func close() {
        database.close()
        folder?.remove()
    }

    // MARK: Objects

    /// Whether the repository has an object of that id.
    public func contains(_ id: ObjectID) -> Bool {
        database.contains(id)
    }

    /// Reads a commit.
    /// - Throws: `GitError.missingObject`, `.notACommit`, `.corruptObject`
    public func commit(_ id: ObjectID) throws(GitError) -> GitCommit {
        let object = try database.read(id)
        guard object.type == GIT_OBJECT_COMMIT else { throw .notACommit(id) }
        return try GitCommit(id: id, parsing: object.bytes)
    }

    /// Follows annotated tags, and tags of tags, to the commit.
    /// - Throws: `GitError.missingObject`, `.notACommit`, `.corruptObject`
    func peelToCommit(_ id: ObjectID) throws(GitError) -> ObjectID {
        var current = id
        // An object cannot name itself, so that a chain ends; this one only ends sooner.
        for _ in 0..<100 {
            let object = try database.read(current)
            if object.type == GIT_OBJECT_COMMIT { return current }
            guard object.type == GIT_OBJECT_TAG else { break }
            current = try GitTag(id: current, parsing: object.bytes).target
        }
        throw .notACommit(id)
    }

    /// When a commit was made; of an annotated tag, when it was made or what it leads to, whichever is later: a tag can be put
    /// on a commit that has been there for years. nil for what leads to no commit.
    /// - Throws: `GitError.missingObject`, `.corruptObject`
    func timeMade(_ id: ObjectID) throws(GitError) -> Int64? {
        var latest = Int64.min
        var current = id
        for _ in 0..<100 {
            let object = try database.read(current)
            if object.type == GIT_OBJECT_COMMIT {
                return max(latest, try GitCommit(id: current, parsing: object.bytes).committerTime)
            }
            guard object.type == GIT_OBJECT_TAG else { break }
            let tag = try GitTag(id: current, parsing: object.bytes)
            latest = max(latest, tag.taggerTime)
            current = tag.target
        }
        return nil
    }

    /// The entries of a tree in NAR order, that is by the bytes of their names.
    ///
    /// - Parameters:
    ///   - path: where the tree is, for messages.
    ///   - limit: how many entries are taken.
    /// - Throws: `GitError.missingObject`, `.corruptObject`, `.unrepresentableTree`
    func entries(ofTree id: ObjectID, at path: [UInt8], limit: Int) throws(GitError) -> [GitTreeEntry] {
        let object = try database.read(id, as: GIT_OBJECT_TREE)
        return try object.withBytes { bytes -> Result<[GitTreeEntry], GitError> in
            Result { () throws(GitError) in try GitTree.entries(of: id, parsing: bytes, at: path, limit: limit) }
        }.get()
    }

    // MARK: Hash

    /// Hashes the tree of a commit as it was committed: raw contents, no attribute applied, submodules as empty folders.
    ///
    /// - Parameter cancellation: polled between files.
    /// - Throws: `GitError`, `CancellationError`
    public func hashTree(ofCommit id: ObjectID, cancellation: Cancellation) throws -> TreeHash {
        try TreeWalk(try plan(ofCommit: id, cancellation: cancellation), cancellation: cancellation).hash()
    }
}
