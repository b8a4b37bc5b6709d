internal import JSON
internal import Lockfile
internal import Resolvers

/// Where a pin's repository is, as `repository` of a pin says it: `Git {url}`, `GitHub {owner, repo}`, `GitLab {server,
/// repo_path, private_token?}` or `Forgejo {server, owner, repo}`.
struct NpinsRepository {
    /// The type of the source, and the members that say which repository it is.
    let type: String
    let members: JSONObject
    /// What it was read from.
    let fields: Fields
    /// What a member is called there, where it is not the same.
    var names: [String: String] = [:]
    /// The repository's page, without a slash at the end; empty for one that is known by its URL alone.
    var page = ""
    /// Where git fetches from.
    var url: String?
    /// Whether its secret is in the lock, and then in the URL of the archive too.
    var hasToken = false

    init(
        type: String, members: JSONObject, fields: Fields, names: [String: String] = [:], page: String = "",
        url: String? = nil
    ) {
        self.type = type
        self.members = members
        self.fields = fields
        self.names = names
        self.page = page
        self.url = url ?? (page.isEmpty ? nil : page + ".git")
    }

    /// - Throws: `LockfileError`, `SkipReason`
    init(_ fields: Fields) throws {
        switch try fields.required(fields.text, "type") {
        case "Git":
            let url = try fields.required(fields.text, "url")
            self.init(type: "git", members: ["url": .string(url)], fields: fields, url: url)
        case "GitHub":
            let owner = try fields.required(fields.text, "owner")
            let repo = try fields.required(fields.text, "repo")
            self.init(
                type: "github", members: ["owner": .string(owner), "repo": .string(repo)], fields: fields,
                page: "https://github.com/\(owner)/\(repo)")
        case "GitLab":
            let path = try fields.required(fields.text, "repo_path")
            let parts = path.split(separator: "/")
            guard parts.count >= 2, let repo = parts.last else {
                throw fields.problem(.notPathComponent(path), "repo_path")
            }
            let owner = parts.dropLast().joined(separator: "/")
            try self.init(type: "gitlab", owner: owner, repo: String(repo), fields, of: "gitlab.com")
            names = ["owner": "repo_path", "repo": "repo_path", "host": "server"]
            hasToken = try fields.text("private_token") != nil
        case "Forgejo":
            let owner = try fields.required(fields.text, "owner")
            let repo = try fields.required(fields.text, "repo")
            try self.init(type: "forgejo", owner: owner, repo: repo, fields, of: "codeberg.org")
        case let other: throw SkipReason.unknownType(other)
        }
    }

    /// A repository of a forge that many run.
    /// - Parameter publicHost: the installation that is meant where a source has no host.
    private init(type: String, owner: String, repo: String, _ fields: Fields, of publicHost: String) throws {
        var server = try fields.required(fields.text, "server")
        while server.utf8.last == UInt8(ascii: "/") { server.removeLast() }
        // `https` is what a bare host stands for.
        let host = server.utf8.starts(with: "https://".utf8) ? String(server.utf8.dropFirst(8)) ?? server : server
        var members: JSONObject = ["owner": .string(owner), "repo": .string(repo)]
        if !host.utf8.elementsEqual(publicHost.utf8) {
            members["host"] = .string(host.utf8.contains(UInt8(ascii: "/")) ? server : host)
        }
        self.init(
            type: type, members: members, fields: fields, names: ["host": "server"],
            page: "\(server)/\(owner)/\(repo)")
    }

    /// The archive of a commit by a URL without a secret in it.
    /// - Parameter url: the one that has one.
    /// - Throws: `SkipReason` for a repository of which no archive is known.
    func archive(_ revision: String, insteadOf url: String) throws -> String {
        switch type {
        case "gitlab" where !url.utf8.contains(UInt8(ascii: "@")): "\(url.prefix { $0 != "?" })?sha=\(revision)"
        case "github", "forgejo": "\(page)/archive/\(revision).tar.gz"
        default: throw SkipReason.secretInURL
        }
    }
}
