/// A branch, tag or other ref of a remote repository.
public struct RemoteRef: Sendable {
    /// The full name, such as `refs/heads/main`.
    public let name: String
    /// The object that the ref points to: for an annotated tag the tag object.
    public let id: ObjectID
    /// What an annotated tag leads to in the end, tags of tags followed; nil for everything else.
    public let peeled: ObjectID?

    public init(name: String, id: ObjectID, peeled: ObjectID? = nil) {
        self.name = name
        self.id = id
        self.peeled = peeled
    }

    /// The commit that the ref stands for.
    public var commit: ObjectID { peeled ?? id }
}

/// Which refs of a remote are wanted; a server that can is asked for these alone.
public enum RefQuery: Sendable {
    /// `HEAD`, and the branch that it stands for.
    case head
    /// The branch, the tag, or the full ref (`refs/…`) of that name.
    case named(String)
    /// All tags whose name begins so; empty for all tags.
    case tags(String)
    /// Every ref.
    case all
}

/// What a remote repository said about its refs.
public struct RemoteRefs: Sendable {
    /// The full name of the default branch, which `HEAD` points to; nil when `HEAD` is detached or was not asked for.
    ///
    /// In an empty repository it names a branch that does not exist yet.
    public let head: String?
    /// The commit of `HEAD`; nil in an empty repository.
    public let headCommit: ObjectID?
    /// The refs that were asked for, in the server's order, without `HEAD`.
    public let refs: [RemoteRef]

    public init(head: String?, headCommit: ObjectID?, refs: [RemoteRef]) {
        self.head = head
        self.headCommit = headCommit
        self.refs = refs
    }

    /// The ref of that full name.
    public subscript(_ name: String) -> RemoteRef? {
        refs.first { RefName.areEqual($0.name, name) }
    }

    /// The branch of that name, without `refs/heads/`.
    public func branch(_ name: String) -> RemoteRef? {
        self[RefName.heads + name]
    }

    /// The tag of that name, without `refs/tags/`.
    public func tag(_ name: String) -> RemoteRef? {
        self[RefName.tags + name]
    }

    /// All tags, each with its name less `refs/tags/`.
    public var tags: [(name: String, ref: RemoteRef)] {
        refs.compactMap { ref in RefName.tag(of: ref.name).map { ($0, ref) } }
    }
}

extension RefQuery: Hashable {
    // By bytes: two names that differ in their Unicode normalisation are two to git, and one to `String`.

    public static func == (left: RefQuery, right: RefQuery) -> Bool {
        switch (left, right) {
        case (.head, .head), (.all, .all): true
        case (.named(let left), .named(let right)), (.tags(let left), .tags(let right)):
            RefName.areEqual(left, right)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .head: hasher.combine(0)
        case .named(let name): for byte in name.utf8 { hasher.combine(byte) }
        case .tags(let prefix): for byte in prefix.utf8 { hasher.combine(byte) }
        case .all: hasher.combine(1)
        }
    }
}

extension RefQuery {
    /// What protocol v2 calls `ref-prefix`; nil when every ref is wanted.
    var prefixes: [String]? {
        switch self {
        case .head: ["HEAD"]
        case .named(let name): RefName.candidates(for: name)
        case .tags(let prefix): [RefName.tags + prefix]
        case .all: nil
        }
    }

    /// Whether a server can be asked this.
    /// - Throws: `GitError.invalidRefName`
    public func check() throws(GitError) {
        switch self {
        case .named(let name):
            guard RefName.isValid(name) else { throw .invalidRefName(name) }
        case .tags(let prefix):
            // A prefix may end where no name can (`v1.`), so that only what breaks the line is refused.
            guard prefix.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw .invalidRefName(prefix) }
        case .head, .all: break
        }
    }
}

extension [RefQuery] {
    /// All prefixes, or nil when one query wants every ref.
    var prefixes: [String]? {
        var all: [String] = []
        for query in self {
            guard let prefixes = query.prefixes else { return nil }
            all += prefixes
        }
        return all
    }

    var wantHead: Bool { contains(.head) || contains(.all) }

    /// Whether an answer to these questions has the answers to all of the others in it.
    public func cover(_ others: some Sequence<RefQuery>) -> Bool {
        others.allSatisfy { query in
            if case .tags = query, contains(.tags("")) { return true }
            return contains(query) || contains(.all)
        }
    }

    /// What was asked for, out of what the server sent: a prefix also finds `main2` for `main`, and v0 sends all.
    public func select(from refs: RemoteRefs) -> RemoteRefs {
        var exact: Set<[UInt8]> = []
        var prefixes: [String] = []
        for query in self {
            switch query {
            case .head: break
            case .named(let name): exact.formUnion(RefName.candidates(for: name).map { [UInt8]($0.utf8) })
            case .tags(let prefix): prefixes.append(RefName.tags + prefix)
            case .all: prefixes.append("")
            }
        }
        return RemoteRefs(
            head: wantHead ? refs.head : nil, headCommit: wantHead ? refs.headCommit : nil,
            refs: refs.refs.filter { ref in
                exact.contains([UInt8](ref.name.utf8)) || prefixes.contains { RefName.hasPrefix(ref.name, $0) }
            })
    }
}
