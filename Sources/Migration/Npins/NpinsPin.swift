internal import Git
internal import JSON
internal import Lockfile
internal import NixHash
internal import Resolvers

/// One pin of npins, as its kind has it.
struct NpinsPin {
    let name: String
    let fields: Fields
    /// The format of the lock.
    let version: Int

    /// - Throws: `LockfileError`
    init(named name: String, _ json: JSON, version: Int) throws {
        self.name = name
        self.version = version
        fields = try Fields(foreign: json, at: FieldPath("pins", name))
    }

    /// - Throws: `SkipReason`, `LockfileError`, `ResolveError`, `GitError`
    func read() throws -> ForeignPin {
        let kind = try fields.required(fields.text, "type")
        switch (kind, version) {
        case ("Git", 0): return try gitOfVersion0()
        case ("GitHub", 0): return try gitHubOfVersion0()
        case ("GitHubRelease", 0): return try gitHubReleaseOfVersion0()
        case ("Git", _): return try branch()
        case ("GitRelease", 1...): return try release()
        case ("PyPi", _): return try pypi()
        case ("Channel", 1...): return try channel()
        case ("Tarball", 1...): return try tarball()
        case ("Url", 1...): return try file(of: fields.required(fields.text, "url"))
        case ("MutableUrl", 1...):
            return try file(
                of: fields.required(fields.text, "update_url"), lockedURL: fields.text("url"), mutable: true)
        case ("Container", 1...): return try container()
        default: throw SkipReason.unknownType(kind)
        }
    }

    func pin(_ source: any SourceType, _ state: ForeignPin.State) throws -> ForeignPin {
        ForeignPin(name: name, source: source, state: state, isFrozen: try fields.bool("frozen") ?? false)
    }

    // MARK: Hashes

    /// What is said of the hash of a fetch.
    enum Hash {
        case none
        case sha256(SHA256Digest)
        /// One that Nix takes, and pinr does not.
        case other
    }

    /// The hash: the digits alone, in any base, before version 6; with the algorithm since then.
    /// - Throws: `LockfileError`
    func hash() throws -> Hash {
        guard let text = try fields.text("hash") else { return .none }
        do {
            return .sha256(try SHA256Digest(bare: text))
        } catch DigestError.unsupportedAlgorithm("sha512", _) {
            return .other
        } catch {
            throw fields.problem(.notDigest(error), "hash")
        }
    }

    /// What is locked: a fetch with its hash as it is, or what has to be hashed again.
    func state(
        _ resolution: Resolution, _ fetch: (SHA256Digest) -> Fetch
    ) throws -> ForeignPin.State {
        switch try hash() {
        case .none: .unhashed(resolution, because: .noHash)
        case .other: .unhashed(resolution, because: .otherAlgorithm)
        case .sha256(let hash):
            .locked(Locked(fetch: fetch(hash), revision: resolution.revision, version: resolution.version))
        }
    }

    // MARK: URLs

    /// A URL that is locked, refused unless it could be pinned here.
    /// - Throws: `LockfileError`, `ResolveError` without what may be secret in it.
    func url(_ key: String) throws -> String? {
        guard let url = try fields.text(key) else { return nil }
        _ = try Notation.parse("file+\(url)", options: SourceOptions())
        return url
    }

    // MARK: Sources

    /// A source of pinr's, checked as one that stands in `pins.json`.
    /// - Parameters:
    ///   - object: what is to blame for a field that is not as it should be.
    ///   - names: what the fields are called there, where it is not the same.
    /// - Throws: `LockfileError`, `ResolveError`, `GitError`
    func source(
        _ type: String, _ members: JSONObject, from object: Fields, calling names: [String: String] = [:]
    ) throws -> any SourceType {
        do {
            return try SourceTypes.read(Source(type: type, fields: members))
        } catch let error as LockfileError {
            guard case .field(let path, let problem) = error.reason, case .key(let key)? = path.components.last else {
                throw error
            }
            throw object.problem(problem, names[key] ?? key)
        }
    }
}
