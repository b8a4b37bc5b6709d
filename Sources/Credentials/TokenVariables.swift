internal import Transfer

/// The environment's variables that hold tokens: `PINR_TOKEN_<host>` for any server, and those of the forges, each for its
/// forge's own server and no other.
struct TokenVariables: Sendable {
    private static let prefix = "PINR_TOKEN_"

    /// A forge that people keep a token for in a variable.
    private struct Forge {
        /// In the order in which they count.
        let variables: [String]
        let hosts: [String]
        /// The user name that the forge wants beside a token.
        let user: String
        /// The variables that a forge's own runner says its server in; the first that is there counts.
        var servers: [String] = []
        /// Those that it says its API in, where that may be another host.
        var apis: [String] = []
        /// Those of which one is `true` on such a runner, where the others are set on runners of other forges too; none where
        /// they are not.
        var signs: [String] = []
    }

    // GitHub and Bitbucket document the user name for their tokens, GitLab takes any and documents this one for OAuth2;
    // Forgejo takes the token under any name. `GH_TOKEN` counts before `GITHUB_TOKEN` as in GitHub's own program. The runners
    // of Forgejo and Gitea set GitHub's variables, and newer ones of Forgejo beside them those of its own name
    // (https://forgejo.org/docs/latest/user/actions/reference/, https://docs.gitea.com/usage/actions/actions-variables).
    private static let forges = [
        Forge(
            variables: ["GH_TOKEN", "GITHUB_TOKEN"], hosts: ["github.com", "api.github.com"], user: "x-access-token",
            servers: ["GITHUB_SERVER_URL"], apis: ["GITHUB_API_URL"]),
        Forge(variables: ["GITLAB_TOKEN"], hosts: ["gitlab.com"], user: "oauth2", servers: ["CI_SERVER_URL"]),
        Forge(variables: ["CODEBERG_TOKEN"], hosts: ["codeberg.org"], user: defaultUser),
        Forge(
            variables: ["FORGEJO_TOKEN", "GITEA_TOKEN"], hosts: ["codeberg.org"], user: defaultUser,
            servers: ["FORGEJO_SERVER_URL", "GITHUB_SERVER_URL"], apis: ["FORGEJO_API_URL", "GITHUB_API_URL"],
            signs: ["FORGEJO_ACTIONS", "GITEA_ACTIONS"]),
        Forge(variables: ["BITBUCKET_TOKEN"], hosts: ["bitbucket.org"], user: "x-token-auth"),
        Forge(variables: ["SRHT_TOKEN", "SOURCEHUT_TOKEN"], hosts: ["git.sr.ht"], user: defaultUser),
    ]

    /// For a token of a server that is not known to want another.
    static let defaultUser = "x-access-token"

    /// Further variables with tokens that nobody but the forges' own programs should see.
    private static let others = [
        "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "CI_JOB_TOKEN", "GITLAB_PRIVATE_TOKEN",
    ]

    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    /// Whether a variable of that name holds a token.
    static func holdsToken(_ name: String) -> Bool {
        name.utf8.starts(with: prefix.utf8) || forges.contains { $0.variables.contains(name) } || others.contains(name)
    }

    /// The name of the variable for a server: each byte that is no ASCII letter or digit is `_` in it.
    static func name(for authority: String) -> String {
        let bytes = authority.utf8.map { byte -> UInt8 in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: byte
            default: UInt8(ascii: "_")
            }
        }
        return prefix + String(decoding: bytes, as: UTF8.self)
    }

    /// Those of the forge that is the server, the usual one first, and the server's own.
    static func names(for authority: String) -> [String] {
        let forge = forges.first { $0.hosts.contains(authority) }
        // `GITHUB_TOKEN` is the one that everybody has.
        let names = (forge?.variables ?? []).filter { $0 != "GH_TOKEN" }
        return names.prefix(1) + [name(for: authority)]
    }

    /// The user name that a forge wants beside a token.
    static func user(for host: String) -> String {
        forges.first { $0.hosts.contains(host) }?.user ?? defaultUser
    }

    /// - Throws: `TransferError.unusableCredential`
    func credential(for query: CredentialQuery) throws -> Credential? {
        try own(query) ?? forge(query)
    }

    private func own(_ query: CredentialQuery) throws -> Credential? {
        for authority in query.hasDefaultPort ? [query.host] : [query.authority, query.host] {
            let name = Self.name(for: authority)
            guard let value = value(name) else { continue }
            let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let (user, secret) =
                parts.count == 2
                ? (String(parts[0]), String(parts[1])) : (Self.user(for: query.host), value)
            return try Credential(user: user, secret: secret, origin: .variable(name))
        }
        return nil
    }

    private func forge(_ query: CredentialQuery) throws -> Credential? {
        for forge in Self.forges {
            guard isAt(forge, query), let name = forge.variables.first(where: { value($0) != nil }),
                let token = value(name)
            else { continue }
            return try Credential(user: forge.user, secret: token, origin: .variable(name))
        }
        return nil
    }

    /// Whether the query is about the forge's own server: over https, where that is what everybody knows it by.
    private func isAt(_ forge: Forge, _ query: CredentialQuery) -> Bool {
        // On the runner of another installation of the forge the token is that one's.
        let isOnRunner = forge.signs.isEmpty || forge.signs.contains { value($0)?.lowercased() == "true" }
        if isOnRunner, let server = first(forge.servers), let url = Self.origin(server),
            !forge.hosts.contains(url.host)
        {
            let api = first(forge.apis).flatMap(Self.origin)
            return [url, api].contains { $0?.isSecure == query.isSecure && $0?.authority == query.authority }
        }
        return query.isSecure && query.hasDefaultPort && forge.hosts.contains(query.host)
    }

    /// What the base URL of a server says.
    private static func origin(_ text: String) -> CredentialQuery? {
        let url = text.lowercased()
        let isSecure = url.hasPrefix("https://")
        guard isSecure || url.hasPrefix("http://") else { return nil }
        let authority = url.dropFirst(isSecure ? 8 : 7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let digits = authority.reversed().prefix { $0 >= "0" && $0 <= "9" }
        let colon = authority.dropLast(digits.count)
        let hasPort = !digits.isEmpty && colon.last == ":"
        let port = hasPort ? Int(String(digits.reversed())) : isSecure ? 443 : 80
        let host = hasPort ? colon.dropLast() : authority
        guard let port, !host.isEmpty, !host.contains("@") else { return nil }
        return CredentialQuery(isSecure: isSecure, host: String(host), port: port, path: "/", reason: .requested)
    }

    private func first(_ names: [String]) -> String? { names.lazy.compactMap(value).first }

    private func value(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Every secret that the variables hold, with the user name that it is sent with.
    var secrets: [(user: String, secret: String)] {
        environment.filter { Self.holdsToken($0.key) && !$0.value.isEmpty }.flatMap { name, value in
            let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let user = Self.forges.first { $0.variables.contains(name) }?.user ?? Self.defaultUser
            var secrets = [(user, value)]
            if parts.count == 2, Self.isOwn(name) { secrets = [(String(parts[0]), String(parts[1]))] }
            return secrets
        }
    }

    private static func isOwn(_ name: String) -> Bool { name.utf8.starts(with: prefix.utf8) }
}
