internal import JSON
internal import Lockfile

/// The nodes of a flake's lock.
struct FlakeGraph {
    private let nodes: Fields
    private let root: String
    /// The keys of the nodes that references lead to, so that each is followed once; nil for those that lead to none, or
    /// are still being followed.
    private var followed: [[UInt8]: String?] = [:]

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
    mutating func node(_ reference: JSON) throws -> FlakeNode {
        guard let key = try key(of: reference), !key.utf8.elementsEqual(root.utf8), let fields = try nodes.fields(key)
        else { throw SkipReason.followsNothing(Self.path(reference)) }
        return try FlakeNode(fields)
    }

    /// A reference on the way to the node that it leads to.
    private struct Step {
        /// The reference itself, under which it is known.
        let id: [UInt8]
        /// The names that have not been followed yet.
        var names: ArraySlice<JSON>
        /// The node that those before them have led to.
        var key: String
    }

    /// The key of the node that a reference leads to; nil when it leads to none, or back to itself.
    ///
    /// The steps are kept here and not on the stack: a lock may have any number of inputs that follow one another.
    private mutating func key(of reference: JSON) throws -> String? {
        if let key = reference.string { return key }
        guard var step = begin(reference) else { return followed[reference.serializedCompactly()] ?? nil }
        var before: [Step] = []
        while true {
            guard let name = step.names.popFirst() else {
                followed[step.id] = step.key
                guard var previous = before.popLast() else { return step.key }
                previous.key = step.key
                step = previous
                continue
            }
            guard let name = name.string, let next = try nodes.fields(step.key)?.fields("inputs")?.value(name) else {
                return nil
            }
            if let key = next.string ?? followed[next.serializedCompactly()] ?? nil {
                step.key = key
            } else if let inner = begin(next) {
                before.append(step)
                step = inner
            } else {
                return nil
            }
        }
    }

    /// The first step of a reference; nil for what is none, and for one that was begun before: it has led to nothing then,
    /// or is what is being followed.
    private mutating func begin(_ reference: JSON) -> Step? {
        let id = reference.serializedCompactly()
        guard let names = reference.array, followed[id] == nil else { return nil }
        followed[id] = .some(nil)
        return Step(id: id, names: names[...], key: root)
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
