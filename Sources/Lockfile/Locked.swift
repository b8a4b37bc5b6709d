public import JSON

/// What a source resolved to: the fetch, and what is known about it.
///
/// Two are equal when the same JSON is written for them.
public struct Locked: Sendable {
    /// How Nix gets it.
    public var fetch: Fetch
    /// The version of what was fetched, as its publisher writes it.
    public var version: String?
    /// Seconds since 1970, UTC.
    public var lastModified: Int64?
    /// What the server can be asked with whether it still has what was hashed: an entity tag in its quotes, or else a date
    /// as HTTP writes it. Kept of what is behind a URL that does not stay the same.
    public var validator: String?
    /// Members that this program does not know, kept as they are.
    public var unknown: JSONObject
    /// The commit of what is not fetched as a git commit.
    private var statedRevision: String?

    /// - Parameter revision: the commit, 40 hexadecimal digits; a git fetch has its own, and this is ignored.
    public init(
        fetch: Fetch, revision: String? = nil, version: String? = nil, lastModified: Int64? = nil,
        validator: String? = nil, unknown: JSONObject = [:]
    ) {
        self.fetch = fetch
        self.statedRevision = revision
        self.version = version
        self.lastModified = lastModified
        self.validator = validator
        self.unknown = unknown
    }

    /// The commit it was made from, 40 hexadecimal digits, where one is known.
    public var revision: String? {
        if case .git(let git) = fetch { git.revision } else { statedRevision }
    }

    /// - Throws: `LockfileError` when a member that the format knows is missing or is not what it should be.
    public init(json: JSON) throws(LockfileError) {
        let fields = try Fields(json, at: FieldPath("locked"))
        let (fetch, keys) = try Fetch.read(fields)
        var known = keys.union(["fetcher"])
        if case .other = fetch {
            // What a later format writes under these keys may be anything; what is not understood stays as it is.
            statedRevision = (try? fields.revision("revision")) ?? nil
            version = (try? fields.text("version")) ?? nil
            lastModified = (try? fields.integer("lastModified")) ?? nil
            validator = nil
            if statedRevision != nil { known.insert("revision") }
            if version != nil { known.insert("version") }
            if lastModified != nil { known.insert("lastModified") }
        } else {
            statedRevision = try fields.revision("revision")
            version = try fields.text("version")
            lastModified = try fields.integer("lastModified")
            validator = try fields.text("validator")
            known.formUnion(["revision", "version", "lastModified", "validator"])
        }
        self.fetch = fetch
        unknown = fields.unknown(besides: known)
    }

    /// The object as it is written.
    public var json: JSON {
        var object = unknown
        if let revision { object["revision"] = .string(revision) }
        if let version { object["version"] = .string(version) }
        if let lastModified { object["lastModified"] = .number(JSONNumber(lastModified)) }
        if let validator { object["validator"] = .string(validator) }
        object.merge(fetch.members)
        return .object(object)
    }
}

extension Locked: Equatable {
    public static func == (left: Locked, right: Locked) -> Bool { left.json == right.json }
}
