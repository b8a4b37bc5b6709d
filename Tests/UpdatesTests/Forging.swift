import Support
import Synchronization
import Transfer

@testable import Updates

/// A forge of the tests with what asks it.
struct Forging: Sendable {
    let forge: PullRequestForge
    let pulls: any PullRequests
    /// How long it was waited for what.
    let pauses = Pauses()

    /// - Parameters:
    ///   - token: what is shown to it; its own when nil, and nothing when empty.
    ///   - isDirect: whether nothing stands between, so that a connection that it closes is closed.
    ///   - path: the project that is asked for; its own when nil.
    init(
        _ kind: PullRequestForge.Kind, token: String? = nil, project: String? = nil, path: String? = nil,
        folder: String = "", isDirect: Bool = false, rules: String = ""
    ) async throws {
        forge = try await PullRequestForge(
            kind, project: project ?? (kind == .gitlab ? "group/sub/pins" : "octo/pins"), folder: folder, rules: rules)
        var configuration = TransferConfiguration()
        configuration.retryDelay = .milliseconds(1)
        configuration.credentials = Source(token: token ?? forge.token)
        let names: [PullRequestForge.Kind: ForgeProject.Kind] = [
            .github: .gitHub, .gitlab: .gitLab, .forgejo: .forgejo,
        ]
        let project = ForgeProject(
            names[kind] ?? .gitHub, webURL: isDirect ? forge.apiServerURL : forge.baseURL, path: path ?? forge.project)
        pulls = project.pullRequests(over: TransferEngine(configuration: configuration)) { [pauses] in pauses.note($0) }
    }

    /// The one that everything of these tests begins with, from a branch that is there.
    func wanted(_ head: String = "pinr/all") async throws -> WantedPullRequest {
        try await forge.push(head)
        return WantedPullRequest(title: "Update pins", body: "- `nixpkgs` moved\n", head: head, base: "main")
    }

    final class Pauses: Sendable {
        private let all = Mutex<[Duration]>([])

        var durations: [Duration] { all.withLock { $0 } }

        func note(_ duration: Duration) { all.withLock { $0.append(duration) } }
    }

    private struct Source: CredentialSource {
        let token: String

        func credential(for query: CredentialQuery) async throws -> Credential? {
            token.isEmpty ? nil : try Credential(user: "x-access-token", secret: token, origin: .variable("TOKEN"))
        }

        func accepted(_ credential: Credential, for url: String) {}
    }
}
