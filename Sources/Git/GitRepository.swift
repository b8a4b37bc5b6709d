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

    /// How many objects the repository has.
    /// - Throws: `GitError.library`
    public func objectCount() throws(GitError) -> Int {
        try database.count()
    }

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
    public func peelToCommit(_ id: ObjectID) throws(GitError) -> ObjectID {
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

    /// The entries of a tree in NAR order, that is by the bytes of their names.
    /// - Throws: `GitError.missingObject`, `.corruptObject`, `.unrepresentableTree`
    public func entries(ofTree id: ObjectID) throws(GitError) -> [GitTreeEntry] {
        try entries(ofTree: id, at: [], limit: .max)
    }

    func entries(ofTree id: ObjectID, at path: [UInt8], limit: Int) throws(GitError) -> [GitTreeEntry] {
        let object = try database.read(id, as: GIT_OBJECT_TREE)
        return try object.withBytes { bytes -> Result<[GitTreeEntry], GitError> in
            Result { () throws(GitError) in try GitTree.entries(of: id, parsing: bytes, at: path, limit: limit) }
        }.get()
    }

    /// The contents of a file.
    /// - Throws: `GitError.missingObject`, `.corruptObject`
    public func contents(ofBlob id: ObjectID) throws(GitError) -> [UInt8] {
        try database.read(id, as: GIT_OBJECT_BLOB).bytes
    }

    /// What is at `path`, which is relative and has no `.` or `..`; nil when nothing is.
    /// - Throws: `GitError.missingObject`, `.notACommit`, `.corruptObject`, `.unrepresentableTree`
    public func entry(at path: String, inCommit id: ObjectID) throws(GitError) -> GitTreeEntry? {
        var tree = try commit(id).tree
        var found: GitTreeEntry?
        for component in path.utf8.split(separator: UInt8(ascii: "/")) {
            if let found {
                guard found.kind == .directory else { return nil }
                tree = found.id
            }
            guard let entry = try entries(ofTree: tree).first(where: { $0.name.elementsEqual(component) })
            else { return nil }
            found = entry
        }
        return found
    }

    /// The contents of the regular file at `path`; nil when there is none.
    /// - Throws: `GitError.missingObject`, `.notACommit`, `.corruptObject`, `.unrepresentableTree`
    public func file(at path: String, inCommit id: ObjectID) throws(GitError) -> [UInt8]? {
        guard let entry = try entry(at: path, inCommit: id), case .file = entry.kind else { return nil }
        return try contents(ofBlob: entry.id)
    }

    // MARK: Hash

    /// Hashes the tree of a commit as it was committed: raw contents, no attribute applied, submodules as empty folders.
    ///
    /// - Parameter cancellation: polled between files.
    /// - Throws: `GitError`, `CancellationError`
    public func hashTree(ofCommit id: ObjectID, cancellation: Cancellation) throws -> TreeHash {
        try TreeWalk(self, commit: id, cancellation: cancellation).hash()
    }
}
