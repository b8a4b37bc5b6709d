internal import CGit2

/// The objects of a repository, by name; for any thread.
///
/// What is in packs is read here, with ISA-L, and what is not, or cannot be read so, by libgit2: loose objects, those of
/// `alternates`, and all that is damaged or missing.
final class ObjectDatabase: Sendable {
    private let handle: DatabaseHandle
    private let packs: PackHandle
    /// Whether every object's hash is checked when it is read: yes, unless our own indexer computed it just now.
    private let verifies: Bool

    let objectsFolder: String

    /// - Throws: `GitError.library`
    convenience init(objectsFolder: String, verifies: Bool) throws(GitError) {
        try self.init(objectsFolder: objectsFolder, sharing: nil, verifies: verifies)
    }

    private init(objectsFolder: String, sharing packs: Packs?, verifies: Bool) throws(GitError) {
        handle = try DatabaseHandle(objectsFolder: objectsFolder)
        self.packs = PackHandle(objectsFolder: objectsFolder, sharing: packs)
        self.verifies = verifies
        self.objectsFolder = objectsFolder
    }

    /// Another handle on the same objects, for another thread.
    /// - Throws: `GitError.library`
    func reopened() throws(GitError) -> ObjectDatabase {
        try ObjectDatabase(objectsFolder: objectsFolder, sharing: packs.packs, verifies: verifies)
    }

    func close() {
        handle.close()
        packs.close()
    }

    /// Gives up the packs' file descriptors until something is read again.
    func rest() {
        handle.rest()
        packs.rest()
    }

    func contains(_ id: ObjectID) -> Bool {
        handle.withLock { handle in
            guard let handle else { return false }
            var oid = git_oid(id)
            return git_odb_exists(handle, &oid) == 1
        }
    }

    /// The one object whose id begins with some hexadecimal digits; nil when there is none.
    /// - Throws: `GitError.ambiguousRevision`, `.library`
    func find(abbreviated digits: String, url: GitURL) throws(GitError) -> ObjectID? {
        guard let start = ObjectID(hex: digits + String(repeating: "0", count: 2 * ObjectID.byteCount - digits.count))
        else { return nil }
        return try handle.withLock { handle -> Result<ObjectID?, GitError> in
            guard let handle else { return .success(nil) }
            var (short, found) = (git_oid(start), git_oid())
            switch git_odb_exists_prefix(&found, handle, &short, digits.utf8.count) {
            case 0: return .success(ObjectID(found))
            case GIT_ENOTFOUND.rawValue: return .success(nil)
            case GIT_EAMBIGUOUS.rawValue: return .failure(.ambiguousRevision(digits, url: url.text))
            case let code: return .failure(Libgit2.failure("git_odb_exists_prefix", code))
            }
        }.get()
    }

    /// How many bytes an object has, as it is stored; neither its contents are read nor its hash is checked.
    /// - Throws: `GitError.missingObject`, `.corruptObject`
    func size(of id: ObjectID) throws(GitError) -> Int {
        var oid = git_oid(id)
        return try handle.withLock { handle -> Result<Int, GitError> in
            guard let handle else { return .failure(.missingObject(id)) }
            var size = 0
            var type = GIT_OBJECT_ANY
            let code = git_odb_read_header(&size, &type, handle, &oid)
            if code == GIT_ENOTFOUND.rawValue { return .failure(.missingObject(id)) }
            guard code == 0 else { return .failure(.corruptObject(id, .unreadable(Libgit2.lastMessage))) }
            return .success(size)
        }.get()
    }

    /// - Throws: `GitError.missingObject`, `.corruptObject`
    func read(_ id: ObjectID) throws(GitError) -> StoredObject {
        if let object = packs.read(id) {
            return StoredObject(object.bytes, type: git_object_t(Int32(object.type)))
        }
        return try readWithLibrary(id)
    }

    /// Reads an object as libgit2 does.
    /// - Throws: `GitError.missingObject`, `.corruptObject`
    func readWithLibrary(_ id: ObjectID) throws(GitError) -> StoredObject {
        var oid = git_oid(id)
        let pointer = handle.withLock { handle -> Result<UInt, GitError> in
            guard let handle else { return .failure(.missingObject(id)) }
            var object: OpaquePointer?
            let code = git_odb_read(&object, handle, &oid)
            if code == GIT_ENOTFOUND.rawValue { return .failure(.missingObject(id)) }
            guard code == 0, let object else {
                return .failure(.corruptObject(id, .unreadable(Libgit2.lastMessage)))
            }
            return .success(UInt(bitPattern: object))
        }
        guard let object = OpaquePointer(bitPattern: try pointer.get()) else { throw .missingObject(id) }
        let stored = StoredObject(object)
        if verifies {
            var actual = git_oid()
            let code = stored.withBytes { git_odb_hash(&actual, $0.baseAddress, $0.count, stored.type) }
            guard code == 0, git_oid_equal(&actual, &oid) == 1 else { throw .corruptObject(id, .wrongHash) }
        }
        return stored
    }

    /// - Throws: `GitError.missingObject`, `.corruptObject`
    func read(_ id: ObjectID, as type: git_object_t) throws(GitError) -> StoredObject {
        let object = try read(id)
        guard object.type == type else { throw .corruptObject(id, .wrongType) }
        return object
    }
}
