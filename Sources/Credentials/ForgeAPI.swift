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
}
