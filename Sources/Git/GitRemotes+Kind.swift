internal import Threads

extension GitRemotes {
    /// Whether an object is a commit, which what a tag leads to may not be.
    ///
    /// Costs the object alone: no history and no files.
    /// - Parameter id: what a ref points to, annotated tags peeled.
    /// - Returns: nil when the server cannot tell at a reasonable price.
    /// - Throws: `CancellationError`
    public func isCommit(_ id: ObjectID, at url: GitURL) async throws -> Bool? {
        do {
            if url.transport == .file {
                return try await onThread { _ in
                    let repository = try GitRepository.open(try Self.openLocal(url))
                    defer { repository.close() }
                    return repository.hasCommit(id)
                }
            }
            guard let received = try await fetchAlone(id, of: url) else { return nil }
            return try await onThread { _ in
                defer { received.close() }
                return received.hasCommit(id)
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Whoever asked goes on as if it were one, and the fetch says what is wrong with the server.
            return nil
        }
    }

    /// How much is taken for one object; a commit alone is hardly ever more than a few kilobytes.
    private static let largestObject = 16 << 20

    /// An object of a remote repository, without its history and its files.
    ///
    /// - Returns: nil where the server cannot leave these out, and for a repository of this machine.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`
    func fetchAlone(_ id: ObjectID, of url: GitURL) async throws -> GitRepository? {
        // libgit2's ssh speaks version 0 alone.
        guard url.transport != .file, !usesLibrary(for: url) else { return nil }
        return try await attributing(url) {
            try await withConnection(to: url) { connection in
                guard let capabilities = try await connection.advertisement().shallowFilteringCapabilities
                else { return nil }
                let request = UploadPackFetch.objectRequest2(id, capabilities)
                return try await receive(request, connection, limit: Self.largestObject) {
                    try UploadPackFetch.readPack2($0, $1)
                }
            }
        }
    }
}

extension GitRepository {
    /// nil when the object is not here.
    fileprivate func hasCommit(_ id: ObjectID) -> Bool? {
        do {
            _ = try commit(id)
            return true
        } catch GitError.notACommit {
            return false
        } catch {
            return nil
        }
    }
}
