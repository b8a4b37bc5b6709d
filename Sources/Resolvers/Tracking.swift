internal import Git
internal import JSON
internal import Lockfile

/// What of a repository is followed.
enum Tracking: Equatable, Sendable {
    /// Whatever the repository's HEAD points to.
    case defaultBranch
    case branch(String)
    /// A tag or a revision, where the pin stays.
    case at(String)
    /// A REF of the notation, of which only upstream can tell what it is.
    case unsettled(String)

    /// - Throws: `LockfileError`
    init(_ source: Source) throws {
        if let at = try source.text("at") {
            self = .at(at)
        } else if let branch = try source.text("branch") {
            self = .branch(branch)
        } else {
            self = .defaultBranch
        }
    }

    /// The fields of `source`.
    var fields: JSONObject {
        switch self {
        case .defaultBranch: [:]
        case .branch(let name): ["branch": .string(name)]
        case .at(let ref), .unsettled(let ref): ["at": .string(ref)]
        }
    }

    /// Whether one tag or revision is meant.
    var isFixed: Bool {
        if case .at = self { true } else { false }
    }

    /// Whether a ref is meant that should never move.
    var isTag: Bool {
        if case .at(let ref) = self { ObjectID(hex: ref) == nil } else { false }
    }

    /// What the options and the REF of a command line ask for; options win over nothing, and two at once are refused.
    /// - Throws: `ResolveError.optionDoesNotFit`
    init(ref: String?, options: SourceOptions, notation: String) throws(ResolveError) {
        let asked = [
            options.branch.map { Tracking.branch($0) }, options.at.map { .at($0) }, ref.map { .unsettled($0) },
        ]
        .compactMap { $0 }
        if asked.count > 1 {
            throw ref == nil
                ? .optionDoesNotFit("--branch", source: "--at")
                : .optionDoesNotFit(options.branch != nil ? "--branch" : "--at", source: notation)
        }
        self = asked.first ?? .defaultBranch
    }

    /// The same with what some options ask for in its place; two at once are refused.
    /// - Throws: `ResolveError.optionDoesNotFit`
    func changed(by options: SourceOptions) throws(ResolveError) -> Tracking {
        let asked = try Tracking(ref: nil, options: options, notation: "")
        return asked == .defaultBranch ? self : asked
    }

    /// What is followed, behind the name of a repository.
    var summary: String {
        switch self {
        case .defaultBranch: ""
        case .branch(let name): " branch \(name)"
        case .at(let ref), .unsettled(let ref): " at \(ref)"
        }
    }

    // MARK: Upstream

    /// A commit that was found, and the ref that leads to it.
    struct Found: Equatable {
        let ref: String
        let revision: ObjectID
    }

    /// What `find` asks about the refs.
    ///
    /// - Parameter peelsRevision: as for `find`.
    func queries(peelsRevision: Bool = false) -> [RefQuery] {
        switch self {
        case .defaultBranch: [.head]
        case .branch(let name), .unsettled(let name): [.named(name)]
        // No ref needs to lead to a revision; the default branch is where Nix and git look first.
        case .at(let ref) where ObjectID(hex: ref) != nil: peelsRevision ? [.head, .tags("")] : [.head]
        case .at(let ref): [.named(ref)]
        }
    }

    /// Tells what a REF is: a branch, which is tracked, or a tag or revision, which stays.
    ///
    /// An abbreviated revision is taken for what it is short for, unless a branch or tag is called so.
    /// - Throws: `ResolveError.refNotFound`, `GitError`, `TransferError`
    func settled(at url: GitURL, in upstream: Upstream) async throws -> (Tracking, [Resolution.Remark]) {
        switch self {
        case .defaultBranch, .branch: return (self, [])
        case .at(let ref):
            guard Self.isAbbreviation(ref) else { return (self, []) }
            let refs = try await upstream.refs(of: url, matching: queries())
            if refs.tag(ref) != nil || refs.branch(ref) != nil { return (self, []) }
            return (.at(try await upstream.commit(abbreviated: ref, of: url).hex), [])
        case .unsettled(let ref):
            if let revision = ObjectID(hex: ref) { return (.at(revision.hex), []) }
            let refs = try await upstream.refs(of: url, matching: queries())
            // As git does: what is a whole name is not looked for below `refs/heads/` and `refs/tags/`.
            if let exact = refs[ref] { return (Self.branchName(exact.name).map { .branch($0) } ?? .at(ref), []) }
            let isTag = refs.tag(ref) != nil
            if refs.branch(ref) != nil { return (.branch(ref), isTag ? [.branchAndTag(ref)] : []) }
            if isTag { return (.at(ref), []) }
            if Self.isAbbreviation(ref) { return (.at(try await upstream.commit(abbreviated: ref, of: url).hex), []) }
            throw ResolveError.refNotFound(ref, url: url.text)
        }
    }

    /// A branch's name without `refs/heads/`; nil for every other ref. By bytes: to `String`, a slash and the accent that
    /// follows it are one character.
    private static func branchName(_ ref: String) -> String? {
        let heads = "refs/heads/".utf8
        return ref.utf8.starts(with: heads) ? String(decoding: ref.utf8.dropFirst(heads.count), as: UTF8.self) : nil
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
    /// - Parameter peelsRevision: whether the id of an annotated tag has to be told from a commit's here.
    /// - Throws: `ResolveError`, `GitError`, `TransferError`
    func find(at url: GitURL, in upstream: Upstream, peelsRevision: Bool = false) async throws -> Found {
        if case .unsettled = self {
            let settled = try await settled(at: url, in: upstream).0
            return try await settled.find(at: url, in: upstream, peelsRevision: peelsRevision)
        }
        let refs = try await upstream.refs(of: url, matching: queries(peelsRevision: peelsRevision))
        switch self {
        case .defaultBranch:
            guard let revision = refs.headCommit else { throw ResolveError.emptyRepository(url: url.text) }
            guard let ref = refs.head else { throw ResolveError.noDefaultBranch(url: url.text) }
            return Found(ref: ref, revision: revision)
        case .branch(let name):
            guard let branch = refs.branch(name) else { throw ResolveError.refNotFound(name, url: url.text) }
            return Found(ref: branch.name, revision: branch.commit)
        case .at(let ref), .unsettled(let ref):
            if let revision = ObjectID(hex: ref) {
                let tag = refs.refs.first { $0.id == revision }
                return Found(ref: refs.head ?? "HEAD", revision: tag?.commit ?? revision)
            }
            guard let found = refs[ref] ?? refs.tag(ref) ?? refs.branch(ref) else {
                throw ResolveError.refNotFound(ref, url: url.text)
            }
            // What moves every day is nothing to stay at.
            guard Self.branchName(found.name) == nil else {
                throw ResolveError.branchIsNotFixed(ref, revision: found.commit.hex, url: url.text)
            }
            return Found(ref: found.name, revision: found.commit)
        }
    }
}
