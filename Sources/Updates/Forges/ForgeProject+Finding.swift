internal import Resolvers

/// What somebody says about the forge, each nil where nothing is said.
public struct ForgeOptions: Sendable, Equatable {
    public var kind: ForgeProject.Kind?
    /// The base URL of the forge, or its host.
    public var url: String?
    /// Owner and repository.
    public var project: String?

    public init(kind: ForgeProject.Kind? = nil, url: String? = nil, project: String? = nil) {
        self.kind = kind
        self.url = url
        self.project = project
    }
}

extension ForgeProject {
    /// Finds out which project of which forge is meant.
    ///
    /// What somebody says counts most, then where the git remote is, since that is where branches are pushed to; the
    /// variables of a runner say what kind of forge is there and where its API is, and which project it is where the remote
    /// is no server's. They are those of GitHub Actions
    /// (https://docs.github.com/en/actions/reference/workflows-and-actions/variables), which Gitea's and Forgejo's runners
    /// set too (https://forgejo.org/docs/latest/user/actions/reference/), and of GitLab CI
    /// (https://docs.gitlab.com/ci/variables/predefined_variables/).
    ///
    /// - Parameters:
    ///   - remote: the URL that is pushed to.
    ///   - environment: the variables of the process.
    /// - Throws: `ForgeError.noProject`, `.unknownForge`, `.malformedProject`
    public static func find(
        _ options: ForgeOptions, remote: String?, environment: [String: String]
    ) throws(ForgeError) -> ForgeProject {
        let address = remote.flatMap(RemoteAddress.init)
        let runner = Runner(environment)
        let hosts = ServiceHosts(environment: environment)
        let given = options.url.map(baseURL)

        // Where the forge is.
        let webURL: String
        if let given {
            webURL = given
        } else if let runner, address.map({ runner.isAt($0) }) ?? true, options.kind.map({ $0 == runner.kind }) ?? true
        {
            webURL = runner.webURL
        } else if let address {
            webURL = Self.known(hosts).first { Self.isAt($0.url, address) }?.url ?? Self.webURL(of: address)
        } else if let kind = options.kind, options.project != nil {
            webURL = hosts.url(of: Self.service(of: kind))
        } else {
            throw .noProject
        }

        // Which kind of forge it is.
        let isRunner = runner.map { same($0.webURL, webURL) } ?? false
        let kind =
            options.kind ?? (isRunner ? runner?.kind : nil) ?? Self.known(hosts).first { same($0.url, webURL) }?.kind
            ?? Self.kind(byName: webURL)
        guard let kind else { throw .unknownForge(webURL) }

        let path =
            options.project ?? address.flatMap { Self.path(of: $0, at: webURL) } ?? (isRunner ? runner?.path : nil)
        guard let path else { throw .noProject }
        guard isPath(path, of: kind) else { throw .malformedProject(path, kind) }
        let apiURL = isRunner && runner?.kind == kind ? runner?.apiURL : nil
        return ForgeProject(kind, webURL: webURL, apiURL: apiURL, path: path)
    }

    /// The project that a repository on a server is; nil for a folder, and on a server of which nobody knows what kind of forge
    /// it is.
    ///
    /// - Parameters:
    ///   - repository: the URL that it is fetched from.
    ///   - kind: what kind of forge is there, where that is known.
    public static func of(repository: String, kind: Kind?, environment: [String: String]) -> ForgeProject? {
        // Without one, the runner's own project would be found.
        guard RemoteAddress(repository) != nil else { return nil }
        return try? find(ForgeOptions(kind: kind), remote: repository, environment: environment)
    }

    // MARK: Known forges

    private static func service(of kind: Kind) -> Service {
        switch kind {
        case .gitHub: .gitHub
        case .gitLab: .gitLab
        case .forgejo: .forgejo
        }
    }

    /// The forges that everybody knows, and those that variables put in their place.
    private static func known(_ hosts: ServiceHosts) -> [(url: String, kind: Kind)] {
        Kind.allCases.map { (hosts.url(of: service(of: $0)), $0) } + [("https://gitea.com", .forgejo)]
    }

    /// What people call the host of a forge of their own; nil where it says nothing.
    private static func kind(byName webURL: String) -> Kind? {
        let host = authority(of: webURL).lowercased().prefix { $0 != ":" }
        if host.hasSuffix(".ghe.com") { return .gitHub }
        switch host.prefix(while: { $0 != "." }) {
        case "github", "ghe": return .gitHub
        case "gitlab": return .gitLab
        case "forgejo", "gitea", "codeberg": return .forgejo
        default: return nil
        }
    }

    // MARK: Addresses

    /// The server of a remote, as its pages are had; behind which port those are, an ssh address does not say.
    private static func webURL(of address: RemoteAddress) -> String {
        address.scheme == "ssh" ? "https://\(address.host)" : "\(address.scheme)://\(address.authority)"
    }

    /// Whether a remote is on the server of a forge.
    fileprivate static func isAt(_ webURL: String, _ address: RemoteAddress) -> Bool {
        let authority = authority(of: webURL).lowercased()
        if address.scheme == "ssh" { return host(of: authority) == address.host }
        return authority == address.authority
    }

    /// The path of a remote's project, without that of the forge itself, which an ssh address does not have.
    private static func path(of address: RemoteAddress, at webURL: String) -> String? {
        guard isAt(webURL, address) else { return nil }
        let folder = webURL.dropFirst(scheme(of: webURL).count + authority(of: webURL).count).drop { $0 == "/" }
        guard address.scheme != "ssh", !folder.isEmpty, address.path.hasPrefix(folder + "/") else {
            return address.path
        }
        return String(address.path.dropFirst(folder.count + 1))
    }

    private static func scheme(of url: String) -> String { url.hasPrefix("http://") ? "http://" : "https://" }

    private static func authority(of url: String) -> String {
        String(url.dropFirst(scheme(of: url).count).prefix { $0 != "/" })
    }

    private static func host(of authority: String) -> String {
        let digits = authority.reversed().prefix { $0.isASCII && $0.isNumber }
        let rest = authority.dropLast(digits.count)
        return !digits.isEmpty && rest.last == ":" ? String(rest.dropLast()) : authority
    }

    /// A base URL; a bare host is one of https.
    private static func baseURL(_ text: String) -> String {
        withoutSlash(text.contains("://") ? text : "https://\(text)")
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        left.lowercased().utf8.elementsEqual(right.lowercased().utf8)
    }

    /// Whether it can be a project of such a forge: owner and name, and of GitLab any number of groups before them.
    private static func isPath(_ path: String, of kind: Kind) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isWellFormed = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
                && part.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"?#%\\\"<>".utf8.contains($0) }
        }
        return isWellFormed && (kind == .gitLab ? parts.count >= 2 : parts.count == 2)
    }

    // MARK: Runners

    /// What the runner of a forge says of the forge, and of the project whose workflow it runs.
    private struct Runner {
        let kind: Kind
        let webURL: String
        let apiURL: String?
        let path: String?

        init?(_ environment: [String: String]) {
            func value(_ names: String...) -> String? {
                names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
            }
            if value("GITLAB_CI") != nil, let url = value("CI_SERVER_URL") {
                kind = .gitLab
                webURL = withoutSlash(url)
                apiURL = value("CI_API_V4_URL")
                path = value("CI_PROJECT_PATH")
            } else if value("GITHUB_ACTIONS", "FORGEJO_ACTIONS", "GITEA_ACTIONS") != nil,
                let url = value("FORGEJO_SERVER_URL", "GITHUB_SERVER_URL")
            {
                let api = value("FORGEJO_API_URL", "GITHUB_API_URL")
                // Runners of Forgejo and Gitea pass for GitHub's, and are known by their API.
                let isForgejo =
                    value("FORGEJO_ACTIONS", "GITEA_ACTIONS", "FORGEJO_SERVER_URL") != nil
                    || api.map { withoutSlash($0).hasSuffix("/api/v1") } ?? false
                kind = isForgejo ? .forgejo : .gitHub
                webURL = withoutSlash(url)
                apiURL = api
                path = value("FORGEJO_REPOSITORY", "GITHUB_REPOSITORY")
            } else {
                return nil
            }
        }

        func isAt(_ address: RemoteAddress) -> Bool { ForgeProject.isAt(webURL, address) }
    }
}
