internal import Transfer

/// The forges' APIs that archives are had from, which have ways of their own with credentials.
public enum ForgeAPI: Sendable, Equatable {
    /// It takes a token behind `Bearer` (https://docs.gitlab.com/api/rest/authentication/), and not as the `Basic` that it
    /// takes of git.
    case gitLab
    /// Of Gitea too. It takes a token as the password of `Basic` (https://docs.gitea.com/development/api-usage).
    case forgejo

    /// The API that the path of a URL is of, whatever the base of the installation is; nil for everything else.
    public init?(path: String) {
        let components = path.utf8.split(separator: UInt8(ascii: "/"))
        func has(_ names: String...) -> Bool {
            components.indices.contains { index in
                components[index...].starts(with: names.map { $0.utf8 }, by: { $0.elementsEqual($1) })
            }
        }
        if has("api", "v4", "projects") {
            self = .gitLab
        } else if has("api", "v1", "repos") {
            self = .forgejo
        } else {
            return nil
        }
    }

    /// The server that people keep a token for when GitHub's API is asked, which is another host: `github.com`, or that of
    /// an enterprise with data residency (https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency). nil
    /// for every other host.
    static func server(ofAPI query: CredentialQuery) -> CredentialQuery? {
        let host = query.host
        guard query.isSecure, query.hasDefaultPort, host.utf8.starts(with: "api.".utf8),
            host.utf8.elementsEqual("api.github.com".utf8) || host.hasSuffix(".ghe.com")
        else { return nil }
        return CredentialQuery(
            isSecure: true, host: String(host.dropFirst(4)), port: query.port, path: query.path, reason: query.reason)
    }
}
