internal import Credentials
internal import Synchronization
internal import Threads
internal import Transfer
internal import Updates

/// What forges say lies between commits: asked where a token for their API is kept, each question once in a run.
final class ForgeComparisons: Sendable {
    private let transfer: TransferEngine
    private let credentials: Credentials
    private let environment: [String: String]
    private let answers = SharedWork<Question, CommitsBetween?>()
    /// The APIs that did not answer, or did not let us in: they are not asked again in this run.
    private let silent = Mutex<Set<String>>([])

    private struct Question: Hashable {
        let project: ForgeProject
        let old: String
        let new: String
        let limit: Int
    }

    init(transfer: TransferEngine, credentials: Credentials, environment: [String: String]) {
        self.transfer = transfer
        self.credentials = credentials
        self.environment = environment
    }

    /// The commits between two; nil where git has to be asked.
    ///
    /// - Parameters:
    ///   - repository: the URL that git would fetch from.
    ///   - type: the type of the source, which may say what kind of forge is there.
    ///   - note: told why a forge that was asked was of no use.
    func commits(
        from old: String, to new: String, in repository: String, type: String, limit: Int,
        note: (any Error) -> Void
    ) async -> CommitsBetween? {
        let kind = ForgeProject.Kind(rawValue: type)
        guard let project = ForgeProject.of(repository: repository, kind: kind, environment: environment),
            !silent.withLock({ $0.contains(project.apiURL) }), await credentials.haveToken(forAPI: project.apiURL)
        else { return nil }
        do {
            let question = Question(project: project, old: old, new: new, limit: limit)
            return try await answers.value(at: question) { [transfer] in
                try await project.commits(from: old, to: new, limit: limit, over: transfer)
            }
        } catch {
            if Self.isOfTheServer(error) { silent.withLock { _ = $0.insert(project.apiURL) } }
            note(error)
            return nil
        }
    }

    /// Whether it would be the same whatever the server were asked next.
    private static func isOfTheServer(_ error: any Error) -> Bool {
        if case ForgeError.notAuthorised? = error as? ForgeError { return true }
        return error is TransferError
    }
}
