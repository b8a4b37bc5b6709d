internal import JSON
internal import Lockfile

/// The nodes of a flake's lock.
struct FlakeGraph {
    /// How many references may follow one another: more than anybody writes, and no more than a thread's stack has room
    /// for.
    private static let longestWay = 500

    private let nodes: Fields
    private let root: String

    /// - Throws: `LockfileError` when the nodes or the root are not there.
    init(_ lock: Fields) throws(LockfileError) {
        nodes = try lock.required(lock.fields, "nodes")
        root = try lock.required(lock.string, "root")
        _ = try nodes.required(nodes.fields, root)
    }

    /// The inputs of the flake itself, by their names there, each with what it refers to.
    var rootInputs: [(name: String, reference: JSON)] {
        get throws(LockfileError) {
            try nodes.fields(root)?.fields("inputs")?.object.map { ($0.key, $0.value) } ?? []
        }
    }

    /// What an input refers to: the key of a node, or the names that lead from the root to the input that it follows.
    /// - Throws: `SkipReason`, `LockfileError`
    func node(_ reference: JSON) throws -> FlakeNode {
        var known: [[UInt8]: String?] = [:]
        let key = try key(of: reference, &known)
        guard !key.utf8.elementsEqual(root.utf8), let fields = try nodes.fields(key) else {
            throw SkipReason.followsNothing(Self.path(reference))
        }
        return try FlakeNode(fields)
    }

    /// - Parameters:
    ///   - known: the keys of the references that were followed, so that each is only once; nil for those that are being
    ///     followed, which none may come back to.
    ///   - way: how many references led to this one.
    private func key(of reference: JSON, _ known: inout [[UInt8]: String?], way: Int = 0) throws -> String {
        if let key = reference.string { return key }
        let id = reference.serializedCompactly()
        if let key = known[id] {
            guard let key else { throw SkipReason.followsNothing(Self.path(reference)) }
            return key
        }
        known[id] = .some(nil)
        guard way < Self.longestWay, let names = reference.array else {
            throw SkipReason.followsNothing(Self.path(reference))
        }
        var key = root
        for name in names {
            guard let name = name.string, let next = try nodes.fields(key)?.fields("inputs")?.value(name) else {
                throw SkipReason.followsNothing(Self.path(reference))
            }
            key = try self.key(of: next, &known, way: way + 1)
        }
        known[id] = key
        return key
    }

    /// A reference as Nix writes it on the command line: `a/b`.
    private static func path(_ reference: JSON) -> String {
        reference.string ?? (reference.array ?? []).map { $0.string ?? "?" }.joined(separator: "/")
    }
}

/// A node of a flake's lock that is no root.
struct FlakeNode {
    /// What is fetched.
    let locked: Fields
    /// What its owner wrote.
    let original: Fields
    /// Its inputs that the flake has follow others, and what they follow.
    let followers: [ForeignRemark.Following]

    /// - Throws: `LockfileError`, `SkipReason.notLocked`
    init(_ node: Fields) throws {
        guard let locked = try node.fields("locked") else { throw SkipReason.notLocked }
        // Version 5 has beside `locked` what is known of the tree.
        var members = locked.object
        if let info = try node.fields("info") { members.merge(info.object) }
        self.locked = try Fields(foreign: .object(members), at: locked.path)
        original = try node.required(node.fields, "original")
        followers =
            try node.fields("inputs")?.object.compactMap { input in
                input.value.array.map { .init(input: input.key, path: $0.map { $0.string ?? "?" }) }
            } ?? []
    }

    /// The kind of source that is locked.
    var type: String {
        get throws(LockfileError) { try locked.required(locked.text, "type") }
    }

    /// What was written where it is of the kind that is locked, and else what is locked: a name of the registry stands for
    /// something of another kind, and only its REF counts.
    var tracked: Fields {
        get throws(LockfileError) {
            let (type, written) = (try type, try original.text("type"))
            return written.map { $0.utf8.elementsEqual(type.utf8) } == true ? original : locked
        }
    }

    /// The name that was looked up in the registry of flakes, if one was.
    var registryName: String? {
        get throws(LockfileError) { try original.text("type") == "indirect" ? original.text("id") : nil }
    }

    /// The commit that is locked, in small letters.
    var revision: String? {
        get throws(LockfileError) { try locked.revision("rev")?.lowercased() }
    }

    /// The commit that its owner wants to stay at.
    var wantedRevision: String? {
        get throws(LockfileError) { try original.revision("rev")?.lowercased() }
    }

    /// The REF that is followed; nil for the default branch.
    var ref: String? {
        get throws(LockfileError) {
            let ref = try original.text("ref")
            return ref == "HEAD" ? nil : ref
        }
    }

    /// The folder of the tree that is meant.
    var directory: String? {
        get throws(LockfileError) {
            for place in [original, locked] {
                if let directory = try place.string("dir"), !directory.isEmpty { return directory }
            }
            return nil
        }
    }

    /// The time of the tree, in seconds since 1970 UTC.
    var lastModified: Int64? {
        get throws(LockfileError) { try locked.integer("lastModified") }
    }
}
