/// A repository on a forge, and where the forge's API is.
public struct ForgeProject: Sendable, Hashable {
    /// The forges whose pull requests are spoken.
    public enum Kind: String, CaseIterable, Sendable {
        /// GitHub, GitHub Enterprise Cloud with data residency, and GitHub Enterprise Server.
        case gitHub = "github"
        case gitLab = "gitlab"
        /// Forgejo and Gitea, whose API is the same here.
        case forgejo
    }

    public let kind: Kind
    /// The base URL of the forge's pages, without a slash at the end, such as `https://gitlab.example/git`.
    public let webURL: String
    /// The base URL of its API, without a slash at the end, such as `https://api.github.com`.
    public let apiURL: String
    /// Owner and repository as the forge's addresses have them, of GitLab with every group: `group/subgroup/project`.
    public let path: String

    /// - Parameter apiURL: nil for where the forge has it by its documentation.
    public init(_ kind: Kind, webURL: String, apiURL: String? = nil, path: String) {
        self.kind = kind
        self.webURL = Self.withoutSlash(webURL)
        self.apiURL = apiURL.map(Self.withoutSlash) ?? Self.apiURL(of: kind, at: self.webURL)
        self.path = path
    }

    /// Where a forge's API is.
    ///
    /// GitHub: https://docs.github.com/en/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api and,
    /// for `ghe.com`, https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency. GitLab:
    /// https://docs.gitlab.com/api/rest/. Forgejo: https://forgejo.org/docs/latest/user/api-usage/.
    static func apiURL(of kind: Kind, at webURL: String) -> String {
        switch kind {
        case .gitHub:
            let scheme = "https://"
            let host = webURL.lowercased().dropFirst(scheme.count)
            let hasOwnHost =
                webURL.lowercased().hasPrefix(scheme) && (host == "github.com" || host.hasSuffix(".ghe.com"))
            return hasOwnHost ? scheme + "api." + host : "\(webURL)/api/v3"
        case .gitLab: return "\(webURL)/api/v4"
        case .forgejo: return "\(webURL)/api/v1"
        }
    }

    /// Where GitHub's other API is, GraphQL, given that of the usual one.
    var graphQLURL: String {
        // On a server of one's own they are neighbours: /api/v3 and /api/graphql.
        apiURL.hasSuffix("/v3") ? "\(apiURL.dropLast("/v3".count))/graphql" : "\(apiURL)/graphql"
    }

    /// The page of the repository.
    public var page: String { "\(webURL)/\(path)" }

    static func withoutSlash(_ url: String) -> String {
        var url = url[...]
        while url.utf8.last == UInt8(ascii: "/") { url.removeLast() }
        return String(url)
    }
}
