public import Transfer

/// The pull requests of one repository on a forge.
///
/// Every member throws `ForgeError`, `TransferError` or `CancellationError`.
public protocol PullRequests: Sendable {
    /// How many characters (Unicode scalars) a body may have.
    var bodyLimit: Int { get }

    /// The branch that pull requests are usually made against.
    func defaultBranch() async throws -> String

    /// Those that are open, whose branch is one of this repository and not of a fork, and begins so.
    func open(headPrefix: String) async throws -> [PullRequest]

    /// Opens one, and gives it the labels, reviewers and so on. One that is already open from that branch is refreshed
    /// instead. Never two are made, whatever becomes of the connection.
    ///
    /// What could not be added to it is in its `warnings`.
    func create(_ wanted: WantedPullRequest) async throws -> PullRequest

    /// Makes one as it is wanted. Only what differs is sent, and what people added of their own stays.
    func refresh(_ existing: PullRequest, to wanted: WantedPullRequest) async throws -> PullRequest

    /// Closes one without merging it.
    ///
    /// - Parameter comment: said there before.
    /// - Returns: that the comment could not be made.
    @discardableResult
    func close(_ existing: PullRequest, comment: String?) async throws -> [ForgeWarning]

    /// What lies between two commits of this repository, by the forge's own comparison; nil where it cannot tell.
    ///
    /// - Parameter limit: how many of the newest commits are listed.
    func commits(from old: String, to new: String, limit: Int) async throws -> CommitsBetween?
}

extension ForgeProject {
    /// Its pull requests.
    ///
    /// - Parameter pause: waits for as long as a server asks, and between questions for what takes it a while.
    public func pullRequests(
        over transfer: TransferEngine,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) -> any PullRequests {
        pullRequests(with: ForgeClient(project: self, transfer: transfer, pause: pause))
    }

    func pullRequests(with client: ForgeClient) -> any PullRequests {
        switch kind {
        case .gitHub: GitHubPullRequests(client)
        case .gitLab: GitLabPullRequests(client)
        case .forgejo: ForgejoPullRequests(client)
        }
    }
}
