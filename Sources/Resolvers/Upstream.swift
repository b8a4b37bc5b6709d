public import Git
internal import Synchronization
public import Transfer

/// What resolvers ask: the web, git servers, and where the services are. Each git server is asked the same thing once.
public final class Upstream: Sendable {
    public let transfer: TransferEngine
    public let hosts: ServiceHosts
    private let git: GitRemotes
    private let asked = Mutex<[Question: Task<RemoteRefs, any Error>]>([:])

    private struct Question: Hashable {
        let url: GitURL
        /// As bytes: two names that differ in their Unicode normalisation are two to git, and one to `String`.
        let query: Set<[UInt8]>
    }

    public init(transfer: TransferEngine, git: GitRemotes, hosts: ServiceHosts) {
        self.transfer = transfer
        self.git = git
        self.hosts = hosts
    }

    /// The refs that a repository has; pins that ask the same of it share one request.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`
    public func refs(of url: GitURL, matching query: [RefQuery]) async throws -> RemoteRefs {
        let task = asked.withLock { asked in
            let question = Question(url: url, query: Set(query.map { Array("\($0)".utf8) }))
            if let task = asked[question] { return task }
            let task = Task { try await git.refs(of: url, matching: query) }
            asked[question] = task
            return task
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            // The pins of a run are given up together.
            task.cancel()
        }
    }
}
