internal import Git
internal import Lockfile
internal import Versions

extension Tracking {
    /// A commit that was found, and the ref that leads to it.
    struct Found: Equatable {
        let ref: String
        let revision: ObjectID
        /// The annotated tag that leads to it, if one does.
        var tagObject: ObjectID?
        /// The tag less its prefix, for a release.
        var version: String?
        /// What there was to choose from, for a release.
        var choice: ReleaseChoice?
        /// How old it is, where that was asked.
        var aging: Aging?
        var remarks: [Resolution.Remark] = []
    }

    /// What `find` asks about the refs.
    ///
    /// - Parameter peelsRevision: as for `find`.
    func queries(peelsRevision: Bool = false) -> [RefQuery] {
        switch self {
        case .defaultBranch: [.head]
        case .branch(let name), .unsettled(let name): [.named(name)]
        case .release(let rule): [rule.query]
        // No ref needs to lead to a revision; the default branch is where Nix and git look first.
        case .at(let ref) where ObjectID(hex: ref) != nil, .visit(let ref, _) where ObjectID(hex: ref) != nil:
            peelsRevision ? [.head, .tags("")] : [.head]
        case .at(let ref): [.named(ref)]
        case .visit(let ref, let rule): [.named(ref)] + (rule?.prefix.map { [.named($0 + ref)] } ?? [])
        }
    }

    /// Tells what a REF is: a branch, which is tracked, or a tag or revision, which stays.
    ///
    /// An abbreviated revision is taken for what it is short for, unless a branch or tag is called so.
    /// - Throws: `ResolveError.refNotFound`, `GitError`, `TransferError`
    func settled(at url: GitURL, in upstream: Upstream) async throws -> (Tracking, [Resolution.Remark]) {
        switch self {
        case .defaultBranch, .branch: return (self, [])
        case .release(let rule): return (.release(try await rule.settled(at: url, in: upstream)), [])
        case .at(let ref), .visit(let ref, _):
            guard Self.isAbbreviation(ref) else { return (self, []) }
            let refs = try await upstream.refs(of: url, matching: queries())
            if !refs.refs.isEmpty { return (self, []) }
            let revision = try await upstream.commit(abbreviated: ref, of: url).hex
            if case .visit(_, let rule) = self { return (.visit(revision, rule), []) }
            return (.at(revision), [])
        case .unsettled(let ref):
            if let revision = ObjectID(hex: ref) { return (.at(revision.hex), []) }
            let refs = try await upstream.refs(of: url, matching: queries())
            // As git does: what is a whole name is not looked for below `refs/heads/` and `refs/tags/`.
            if let exact = refs[ref] { return (RefName.branch(of: exact.name).map { .branch($0) } ?? .at(ref), []) }
            let isTag = refs.tag(ref) != nil
            if refs.branch(ref) != nil { return (.branch(ref), isTag ? [.branchAndTag(ref)] : []) }
            if isTag { return (.at(ref), []) }
            if Self.isAbbreviation(ref) { return (.at(try await upstream.commit(abbreviated: ref, of: url).hex), []) }
            throw ResolveError.refNotFound(ref, url: url.text)
        }
    }

    /// Whether it looks like the beginning of a revision, of at least as many digits as git takes.
    private static func isAbbreviation(_ ref: String) -> Bool {
        (4..<2 * ObjectID.byteCount).contains(ref.utf8.count)
            && ref.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    true
                default: false
                }
            }
    }

    /// Asks upstream for the commit.
    ///
    /// A revision may be the id of an annotated tag. Who fetches with git sees that by itself; for who does not, the tags
    /// are asked for too, and one that no tag of upstream has is taken for a commit.
    /// - Parameters:
    ///   - locked: what the pin is locked to, if it is.
    ///   - peelsRevision: whether the id of an annotated tag has to be told from a commit's here.
    ///   - limit: how old the commit of a branch or a release has to be.
    /// - Throws: `ResolveError`, `GitError`, `TransferError`
    func find(
        at url: GitURL, in upstream: Upstream, after locked: Locked? = nil, peelsRevision: Bool = false,
        within limit: AgeLimit? = nil
    ) async throws -> Found {
        func refs() async throws -> RemoteRefs {
            try await upstream.refs(of: url, matching: queries(peelsRevision: peelsRevision))
        }
        switch self {
        case .release(let rule): return try await rule.find(at: url, in: upstream, after: locked, within: limit)
        case .unsettled:
            let settled = try await settled(at: url, in: upstream).0
            return try await settled.find(at: url, in: upstream, peelsRevision: peelsRevision, within: limit)
        case .defaultBranch:
            let refs = try await refs()
            guard let revision = refs.headCommit else { throw ResolveError.emptyRepository(url: url.text) }
            guard let ref = refs.head else { throw ResolveError.noDefaultBranch(url: url.text) }
            return try await Found(ref: ref, revision: revision).aged(
                at: url, in: upstream, after: locked, within: limit)
        case .branch(let name):
            guard let branch = try await refs().branch(name) else {
                throw ResolveError.refNotFound(name, url: url.text)
            }
            return try await Found(ref: branch.name, revision: branch.commit)
                .aged(at: url, in: upstream, after: locked, within: limit)
        case .at(let ref):
            let refs = try await refs()
            if let revision = ObjectID(hex: ref) { return Found(revision, in: refs) }
            guard let found = refs[ref] ?? refs.tag(ref) ?? refs.branch(ref) else {
                throw ResolveError.refNotFound(ref, url: url.text)
            }
            // What moves every day is nothing to stay at.
            guard RefName.branch(of: found.name) == nil else {
                throw ResolveError.branchIsNotFixed(ref, revision: found.commit.hex, url: url.text)
            }
            return Found(ref: found.name, revision: found.commit)
        case .visit(let ref, let rule):
            let refs = try await refs()
            if let revision = ObjectID(hex: ref) { return Found(revision, in: refs) }
            // Who follows releases may say 1.2 of the tag `v1.2` when every tag begins so.
            let release = rule?.prefix.flatMap { refs.tag($0 + ref) }
            guard let found = refs[ref] ?? refs.tag(ref) ?? release ?? refs.branch(ref) else {
                throw ResolveError.refNotFound(ref, url: url.text)
            }
            return Found(ref: found.name, revision: found.commit, version: rule?.version(ofTag: found.name))
        }
    }

    // MARK: The tag that is locked

    /// What `lockedState` asks about the refs; nil when a pin that is locked so is at no tag.
    func lockedQueries(_ locked: Locked) -> [RefQuery]? {
        if case .release(let rule) = self { return rule.lockedTag(locked, prefix: rule.prefix).map { [.named($0)] } }
        return isTag ? queries() : nil
    }

    /// The tag that a pin is locked to, less `refs/tags/`; nil when it is at something else, or when the version of a release
    /// does not tell the tag.
    func tag(of locked: Locked) -> String? {
        switch self {
        case .release(let rule): rule.lockedTag(locked, prefix: rule.prefix).flatMap(RefName.tag(of:))
        case .at(let ref) where isTag:
            RefName.tag(of: ref) ?? (RefName.branch(of: ref) == nil && !ref.hasPrefix("refs/") ? ref : nil)
        default: nil
        }
    }

    /// What became of the tag that a pin is locked to; nil when it is at none.
    /// - Throws: `GitError`, `TransferError`
    func lockedState(_ locked: Locked, at url: GitURL, in upstream: Upstream) async throws -> TagState? {
        if case .release(let rule) = self { return try await rule.lockedState(locked, at: url, in: upstream) }
        guard isTag else { return nil }
        do {
            let now = try await find(at: url, in: upstream).revision.hex
            return now == locked.revision ? .there : .moved(to: now)
        } catch ResolveError.refNotFound {
            return .gone
        }
    }
}

extension Tracking.Found {
    /// A commit that was named, or the one that an annotated tag of that id leads to.
    init(_ revision: ObjectID, in refs: RemoteRefs) {
        let tag = refs.refs.first { $0.id == revision }
        self.init(ref: refs.head ?? "HEAD", revision: tag?.commit ?? revision)
    }
}

extension Resolution {
    /// What was found in a repository, as the fetch of it.
    init(_ fetch: Fetch, dating: Dating, _ found: Tracking.Found) {
        self.init(fetch, revision: found.revision.hex, version: found.version, dating: dating, remarks: found.remarks)
        ref = found.ref
        tagObject = found.tagObject?.hex
        choice = found.choice
        aging = found.aging
    }
}
