internal import NixHash
internal import Threads

/// The objects of Git LFS that a tree has in the place of pointers to them.
struct LFSContents: Sendable {
    let objects: LFSObjects
    /// By the index of the plan's nodes.
    let replacements: [Int: ReplacedContents]
    let remarks: [LFSRemark]
}

extension CommitTree {
    /// Where versions of Nix see objects of Git LFS differently.
    public var lfsRemarks: [LFSRemark] { lfs?.remarks ?? [] }
}

extension GitRemotes {
    /// Fetches what the pointers of a planned tree stand for, those of each repository from its own server.
    ///
    /// - Throws: `LFSError`, `GitError`, `TransferError`, `CancellationError`
    func objects(for plan: TreePlan) async throws -> LFSContents {
        let folder = temporaryDirectory
        let (scan, objects) = try await onThread { cancellation in
            let scan = try LFSScan(plan, temporaryDirectory: folder, cancellation: cancellation)
            let objects = try LFSObjects(temporaryDirectory: folder)
            try objects.makeSureOfRoom(for: scan.pointers.joined().map(\.file.pointer))
            return (scan, objects)
        }
        do {
            var remarks = scan.remarks
            for (index, origin) in plan.origins.enumerated() where !scan.pointers[index].isEmpty {
                guard let url = origin.url else { continue }
                let configured = scan.configured[index]
                try await fetchObjects(scan.pointers[index].map(\.file), of: url, configured: configured, into: objects)
                if url.transport == .file {
                    remarks.append(.store(repository: url.text))
                } else if let configured {
                    remarks.append(.configuredServer(repository: url.text, url: LFSURL.printable(configured)))
                }
            }
            let pairs = scan.pointers.joined().map { found in
                (
                    found.node,
                    ReplacedContents(
                        path: objects.path(of: found.file.pointer), size: UInt64(found.file.pointer.size))
                )
            }
            return LFSContents(
                objects: objects, replacements: Dictionary(uniqueKeysWithValues: pairs), remarks: remarks)
        } catch {
            objects.close()
            throw error
        }
    }
}
