internal import Threads
internal import Transfer

extension GitRemotes {
    /// Fetches the objects that files of one repository stand for.
    ///
    /// - Parameters:
    ///   - url: the repository's.
    ///   - configured: `lfs.url` in its tree's `.lfsconfig`.
    /// - Throws: `LFSError`, `GitError`, `TransferError`, `CancellationError`
    func fetchObjects(
        _ files: [LFSFile], of url: GitURL, configured: String?, into objects: LFSObjects
    ) async throws {
        var missing = files
        for endpoint in try LFSEndpoint.candidates(for: url, configured: configured) where !missing.isEmpty {
            switch endpoint {
            case .store(let repository): missing = try await copy(missing, from: repository, into: objects)
            case .server(let url):
                let access = LFSClient.Access(url: url)
                try await LFSClient(transfer: transfer).fetch(missing, into: objects) { access }
                missing = []
            case .shell(let repository, let fallback):
                let access = try authentication(for: repository, fallback: fallback)
                try await LFSClient(transfer: transfer).fetch(missing, into: objects) { try await access.current() }
                missing = []
            }
        }
        guard let file = missing.first else { return }
        throw file.error(.notInStore(url.localPath))
    }

    /// - Returns: what is not there.
    private func copy(
        _ files: [LFSFile], from url: GitURL, into objects: LFSObjects
    ) async throws -> [LFSFile] {
        try await onThread { cancellation in
            let store = LFSStore(besides: try GitRemotes.openLocal(url).objectsFolder)
            return try files.filter { file in
                do {
                    return try !objects.contains(file.pointer)
                        && !store.copy(file.pointer, into: objects, cancellation: cancellation)
                } catch let fault as LFSObjectFault {
                    throw file.error(fault)
                }
            }
        }
    }
}
