internal import NixHash
internal import Threads

/// The pointers to objects of Git LFS in a planned tree.
struct LFSScan: Sendable {
    /// A pointer, and which node of the plan it stands for.
    struct Pointer: Sendable {
        let node: Int
        let file: LFSFile
    }

    /// For each origin of the plan.
    private(set) var pointers: [[Pointer]]
    /// For each origin of the plan, `lfs.url` in its `.lfsconfig`; only for those with pointers.
    private(set) var configured: [String?]
    private(set) var remarks: [LFSRemark] = []

    private let plan: TreePlan
    private let temporaryDirectory: String

    /// Blocks.
    /// - Throws: `LFSError.illegalPointer`, `GitError`, `CancellationError`
    init(_ plan: TreePlan, temporaryDirectory: String, cancellation: Cancellation) throws {
        self.plan = plan
        self.temporaryDirectory = temporaryDirectory
        pointers = plan.origins.map { _ in [] }
        configured = plan.origins.map { _ in nil }
        let suspects = try Self.originsWithFilter(plan, cancellation)
        guard suspects.contains(true) else { return }
        try findPointers(in: suspects, cancellation)
        for (index, origin) in plan.origins.enumerated() where !pointers[index].isEmpty {
            configured[index] = try Self.configuredURL(origin)
        }
    }

    /// Whether some `.gitattributes` of an origin speaks of the filter at all, so that no other tree is looked through.
    private static func originsWithFilter(_ plan: TreePlan, _ cancellation: Cancellation) throws -> [Bool] {
        var found = plan.origins.map { _ in false }
        for node in plan.nodes where node.isRead && node.name.elementsEqual(".gitattributes".utf8) {
            try cancellation.throwIfCancelled()
            let origin = Int(node.origin)
            defer { if origin > 0 { plan.origins[origin].repository.database.rest() } }
            // libgit2 reads one that is a symbolic link too.
            if !found[origin] {
                found[origin] = try plan.origins[origin].repository.database.read(node.id).bytes.contains(
                    "filter=lfs".utf8)
            }
        }
        return found
    }

    private mutating func findPointers(in suspects: [Bool], _ cancellation: Cancellation) throws {
        var attributes: [Int: CommitAttributes] = [:]
        var path: [UInt8] = []
        /// How long the path is at the top of each commit that the open folder lies in.
        var commits: [Int] = []
        for (index, node) in plan.nodes.enumerated() {
            try cancellation.throwIfCancelled()
            switch node.kind {
            case .beginCommit, .beginDirectory:
                if !node.name.isEmpty { path += node.name + [UInt8(ascii: "/")] }
                if case .beginCommit = node.kind { commits.append(path.count) }
            case .endDirectory:
                if commits.last == path.count {
                    commits.removeLast()
                    plan.origins[Int(node.origin)].repository.database.rest()
                }
                path.removeSubrange((path.dropLast().lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...)
            case .gitlink: break
            case .file, .symlink:
                let origin = Int(node.origin)
                guard suspects[origin], let contents = try candidate(node) else { continue }
                if attributes[origin] == nil {
                    attributes[origin] = try CommitAttributes(
                        plan.origins[origin].repository.database, commit: plan.origins[origin].commit,
                        temporaryDirectory: temporaryDirectory)
                }
                let below = Array(path.dropFirst(commits.last ?? 0)) + node.name
                guard try attributes[origin]?.isFilteredByLFS(below) == true else { continue }
                try add(contents, of: index, at: path + node.name)
            }
        }
    }

    /// The contents of what may be a pointer.
    private func candidate(_ node: TreePlan.Node) throws(GitError) -> [UInt8]? {
        let database = plan.origins[Int(node.origin)].repository.database
        let size = try database.size(of: node.id)
        guard size >= LFSPointer.beginning.count, size <= LFSPointer.maximumLength else { return nil }
        let object = try database.read(node.id)
        guard object.withBytes({ $0.starts(with: LFSPointer.beginning) }) else { return nil }
        return object.bytes
    }

    private mutating func add(_ contents: [UInt8], of index: Int, at path: [UInt8]) throws(LFSError) {
        let node = plan.nodes[index]
        do throws(LFSPointerFault) {
            guard let pointer = try LFSPointer(parsing: contents) else {
                remarks.append(.unreadPointer(path: Sanitized.line(path)))
                return
            }
            if case .symlink = node.kind { throw .symbolicLink }
            pointers[Int(node.origin)].append(Pointer(node: index, file: LFSFile(pointer: pointer, path: path)))
        } catch {
            throw .illegalPointer(path: Sanitized.line(path), error)
        }
    }

    private static func configuredURL(_ origin: TreePlan.Origin) throws(GitError) -> String? {
        let repository = origin.repository
        let entries = try repository.entries(
            ofTree: try repository.commit(origin.commit).tree, at: [], limit: TreePlan.maximumEntries)
        guard let entry = entries.first(where: { $0.name.elementsEqual(".lfsconfig".utf8) }),
            case .file = entry.kind,
            try repository.database.size(of: entry.id) <= LFSConfiguration.maximumLength
        else { return nil }
        return LFSConfiguration.url(in: try repository.database.read(entry.id).bytes)
    }
}

/// What versions of Nix, or git-lfs, do differently with objects of Git LFS.
public enum LFSRemark: Sendable, Equatable {
    /// A file that begins like a pointer, is none that Nix reads, and stays as it is.
    case unreadPointer(path: String)
    /// The repository's `.lfsconfig` names the server, and Nix does not look there.
    case configuredServer(repository: String, url: String)
    /// The objects come out of a repository of this machine, and Nix asks the server of that one's `origin`.
    case store(repository: String)
}
