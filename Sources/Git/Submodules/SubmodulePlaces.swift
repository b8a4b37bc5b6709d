internal import CGit2

/// The places for submodules in one commit, and what belongs there.
struct SubmodulePlaces: Sendable {
    /// A commit of another repository.
    struct Wanted: Hashable, Sendable {
        let url: GitURL
        let commit: ObjectID
    }

    /// For each gitlink of the commit's plan, in its order, what is to be fetched for it, the last being what fills it.
    /// Nothing for one that `.gitmodules` does not have, whose folder stays empty.
    let wanted: [[Wanted]]
    let remarks: [SubmoduleRemark]

    /// More than ten times that of the longest known one.
    private static let maximumFile = 4 << 20

    /// Reads `.gitmodules` out of a planned commit; blocks.
    ///
    /// - Parameters:
    ///   - plan: that of the commit alone.
    ///   - url: what relative URLs are relative to.
    /// - Throws: `GitError`; `.submodule` names a place by its path below the commit.
    init(in plan: TreePlan, of url: GitURL) throws(GitError) {
        guard let origin = plan.origins.first, let file = try Self.gitmodules(of: origin) else {
            wanted = plan.gitlinks.map { _ in [] }
            remarks = plan.gitlinks.map { SubmoduleRemark(.unlisted, path: $0.path) }
            return
        }
        let modules: Gitmodules
        do {
            modules = try Gitmodules(parsing: file)
        } catch {
            throw .illegalGitmodules(error)
        }
        let entries = Dictionary(grouping: modules.entries, by: \.path)
        var wanted: [[Wanted]] = []
        var remarks: [SubmoduleRemark] = []
        for gitlink in plan.gitlinks {
            let own = entries[gitlink.path] ?? []
            do throws(SubmoduleFault) {
                var all: [Wanted] = []
                for entry in own {
                    try Self.check(branch: entry.branch)
                    all.append(
                        Wanted(url: try SubmoduleURL.resolve(entry.url, against: url), commit: gitlink.commit))
                }
                wanted.append(all)
                remarks += Self.remarks(on: own, all, at: gitlink.path, of: url)
            } catch {
                throw .submodule(path: Sanitized.line(gitlink.path), error)
            }
        }
        self.wanted = wanted
        self.remarks = remarks
    }

    /// The file, if the commit has one.
    private static func gitmodules(of origin: TreePlan.Origin) throws(GitError) -> [UInt8]? {
        let repository = origin.repository
        let top = try repository.commit(origin.commit).tree
        let entries = try repository.entries(ofTree: top, at: [], limit: TreePlan.maximumEntries)
        guard let entry = entries.first(where: { $0.name.elementsEqual(".gitmodules".utf8) }) else { return nil }
        // git refuses to follow a link there: it could lead out of the tree.
        guard case .file = entry.kind else { throw .illegalGitmodules(.notAFile) }
        let object = try repository.database.read(entry.id, as: GIT_OBJECT_BLOB)
        guard object.size <= maximumFile else { throw .illegalGitmodules(.tooLong) }
        return object.bytes
    }

    /// Nix checks the name of a branch, though the commit is all that it fetches; `.` stands for the superproject's.
    private static func check(branch: [UInt8]?) throws(SubmoduleFault) {
        guard let branch, !branch.isEmpty, !branch.elementsEqual(".".utf8) else { return }
        guard let name = String(validating: branch, as: UTF8.self), RefName.isValid(name) else {
            throw .illegalBranch(Sanitized.line(branch))
        }
    }

    private static func remarks(
        on entries: [Gitmodules.Entry], _ wanted: [Wanted], at path: [UInt8], of url: GitURL
    ) -> [SubmoduleRemark] {
        guard !entries.isEmpty else { return [SubmoduleRemark(.unlisted, path: path)] }
        var kinds: [SubmoduleRemark.Kind] = []
        if entries.contains(where: { $0.verdictOfGit == .refused }) {
            kinds.append(.refusedByGit)
        } else if entries.contains(where: { $0.verdictOfGit == .leftEmpty }) {
            kinds.append(.leftEmptyByGit)
        }
        if url.transport == .file {
            // libgit2, with which Nix resolves it, takes `file:///a/../b` for `file://b`.
            if entries.contains(where: { $0.url.first == UInt8(ascii: ".") }) {
                kinds.append(.relativeToFile)
            } else if wanted.contains(where: { $0.url.transport == .file }) {
                kinds.append(.onThisMachine)
            }
        }
        return kinds.map { SubmoduleRemark($0, path: path) }
    }
}

/// Where versions of Nix see a submodule differently.
public struct SubmoduleRemark: Sendable, Hashable {
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// `.gitmodules` does not have it: an empty folder, and an error for git and with it for Nix before 2.20.
        case unlisted
        /// `update = none`: an empty folder for git, and with it for Nix before 2.20.
        case leftEmptyByGit
        /// Its entry is one that git does not take, and with it Nix before 2.20.
        case refusedByGit
        /// Its URL is relative to a `file://` URL, which Nix 2.20 and later cannot resolve.
        case relativeToFile
        /// It is a repository of this machine, which git, and with it Nix before 2.20, fetches only if it is told that it
        /// may.
        case onThisMachine
    }

    public let kind: Kind
    /// From the top of the hashed tree; bytes that need not be UTF-8.
    public let path: [UInt8]

    public init(_ kind: Kind, path: [UInt8]) {
        self.kind = kind
        self.path = path
    }
}
