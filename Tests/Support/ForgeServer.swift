import Foundation

/// The forges that a `ForgeServer` can be.
public enum ForgeKind: String, CaseIterable, Sendable {
    case github, gitlab, forgejo, gitea, sourcehut, bitbucket
    /// A server with git repositories and nothing else, as cgit and gitweb are.
    case plain
}

/// A forge on loopback: real git repositories over smart HTTP, their archives where the forge has them, and the forge's
/// answers to whoever asks what it is.
///
/// The answers lie in `Tests/Fixtures/<forge>`, with where their form is documented.
public final class ForgeServer: Sendable {
    public let kind: ForgeKind
    /// What everything but the answers needs, if the forge is private.
    public let token: String?
    public let server: GitHTTPServer
    private let directory: TemporaryDirectory

    /// - Parameters:
    ///   - token: makes every repository private: git wants it as the password of `Basic`, archives as the forge does.
    ///   - folder: where the forge is below the root of its server, such as `/git`.
    ///   - isClosed: whether it tells nobody what is there before they are signed in.
    ///   - locations: further nginx configuration.
    public init(
        _ kind: ForgeKind, token: String? = nil, folder: String = "", isClosed: Bool = false, locations: [String] = []
    ) async throws {
        self.kind = kind
        self.token = token
        let directory = TemporaryDirectory()
        self.directory = directory
        let places = Places(kind: kind, token: token, folder: folder, isClosed: isClosed)
        server = try await GitHTTPServer(
            root: directory.makeDirectory("root"),
            credentials: token.map { Credentials(user: Places.user, password: $0) },
            locations: try locations + places.answers() + places.archives())
        self.folder = folder
    }

    private let folder: String

    /// `http://127.0.0.1:PORT`, and the folder.
    public var baseURL: String { server.baseURL + folder }

    /// `127.0.0.1:PORT`
    public var authority: String { "127.0.0.1:\(server.web.port)" }

    /// Where the forge wants its own repositories.
    public func path(of project: String) -> String {
        directory.file("root\(folder)/\(project)\(kind == .sourcehut ? "" : ".git")")
    }

    /// Makes every ref of a repository, and the archives of their commits, visible to the world.
    /// - Parameter project: owner and repository, as the forge's addresses have them.
    public func publish(_ repository: TestRepository, as project: String) async throws {
        let path = path(of: project)
        let bare: TestRepository
        if FileManager.default.fileExists(atPath: path) {
            bare = TestRepository(existing: path)
            try await repository.push(to: bare)
        } else {
            bare = try await repository.bareCopy(at: path)
        }
        for ref in try await bare.git("for-each-ref", "--format=%(refname)").split(separator: "\n") {
            let revision = try await bare.revision(String(ref))
            try server.web.put(
                "archives/\(project)/\(revision).tar.gz",
                try await bare.archive(revision, prefix: prefix(project, revision) + "/"))
        }
    }

    /// The bytes of the archive that it gives for a revision.
    public func archive(_ project: String, _ revision: String) throws -> [UInt8] {
        try directory.read("root/archives/\(project)/\(revision).tar.gz")
    }

    /// The only folder of an archive.
    private func prefix(_ project: String, _ revision: String) -> String {
        let parts = project.split(separator: "/").map(String.init)
        let repo = parts[parts.count - 1]
        return switch kind {
        case .gitlab: "\(repo)-\(revision)-\(revision)"
        case .forgejo, .gitea: repo.lowercased()
        case .bitbucket: "\(parts[0])-\(repo)-\(revision.prefix(12))"
        case .github, .sourcehut, .plain: "\(repo)-\(revision)"
        }
    }

    /// The URL of the archive of a revision, as it is to be locked.
    public func archiveURL(_ project: String, _ revision: String) -> String {
        switch kind {
        case .gitlab:
            let id = project.replacingOccurrences(of: "/", with: "%2F")
            return "\(baseURL)/api/v4/projects/\(id)/repository/archive.tar.gz?sha=\(revision)"
        case .forgejo where token != nil, .gitea where token != nil:
            return "\(baseURL)/api/v1/repos/\(project)/archive/\(revision).tar.gz"
        case .bitbucket: return "\(baseURL)/\(project)/get/\(revision).tar.gz"
        case .github, .forgejo, .gitea, .sourcehut, .plain: return "\(baseURL)/\(project)/archive/\(revision).tar.gz"
        }
    }
}

/// What the forges have where.
private struct Places {
    let kind: ForgeKind
    let token: String?
    let folder: String
    let isClosed: Bool

    static let user = "x-access-token"

    /// A page to log in at, and what the forge says of itself.
    func answers() throws -> [String] {
        let login = "location ~ ^\(folder)/(user/login|users/sign_in)$ { auth_basic off; return 200 '<html>'; }"
        let said: String? =
            switch kind {
            case .gitlab: try answer("/api/v4/version", 401, "gitlab/version", #"X-Gitlab-Meta '{"version":"1"}'"#)
            case .forgejo:
                isClosed
                    ? try answer("/api/v1/version", 403, "forgejo/sign-in")
                    : try answer("/api/v1/version", 200, "forgejo/version")
            case .gitea: try answer("/api/v1/version", 200, "gitea/version")
            case .github:
                try answer(
                    "/api/v3/meta", isClosed ? 401 : 200, "github-enterprise/\(isClosed ? "closed" : "meta")",
                    "X-GitHub-Enterprise-Version enterprise-server@3.16.0")
            case .sourcehut: try answer("/query", 401, "sourcehut/query")
            case .bitbucket, .plain: nil
            }
        // GitLab and GitHub in its private mode send to their pages to log in whoever asks for anything else.
        return [login] + (said.map { [$0] } ?? [])
    }

    private func answer(_ path: String, _ status: Int, _ fixture: String, _ header: String? = nil) throws -> String {
        """
        location = \(folder)\(path) {
            auth_basic off;
            default_type application/json;
            \(header.map { "add_header \($0) always;" } ?? "")
            return \(status) '\(try text(fixture))';
        }
        """
    }

    /// What the forge says, without a line end.
    private func text(_ fixture: String) throws -> String {
        let file = "\(packageRoot)/Tests/Fixtures/\(fixture).json"
        return try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Where archives are, and who gets them.
    func archives() throws -> [String] {
        let basic = token.map { Credentials(user: Self.user, password: $0).authorization }
        func refusing(_ authorization: String?, _ refusal: String) -> String {
            authorization.map { "auth_basic off; if ($http_authorization != \"\($0)\") { \(refusal) }" } ?? ""
        }
        func location(_ pattern: String, _ rule: String) -> String {
            """
            location ~ "^\(folder)\(pattern)$" {
                \(rule)
                default_type application/x-gzip;
                try_files /archives/$project/$rev.tar.gz =404;
            }
            """
        }
        let web = #"/(?<project>[^/]+/[^/]+)/archive/(?<rev>[0-9a-f]+)\.tar\.gz"#
        switch kind {
        case .gitlab:
            return [
                // The project is one component of the path.
                """
                location ~ "^\(folder)/api/v4/projects/(?<project>.+)/repository/archive\\.tar\\.gz$" {
                    if ($request_uri !~ "/projects/[^/]+/repository/") { return 404; }
                    \(refusing(token.map { "Bearer \($0)" }, "return 404 '\(try text("gitlab/no-project"))';"))
                    try_files /archives/$project/$arg_sha.tar.gz =404;
                }
                """
            ]
        case .forgejo, .gitea:
            let login = token == nil ? "" : "auth_basic off; return 303 \(folder)/user/login;"
            return [
                location(
                    #"/api/v1/repos/(?<project>[^/]+/[^/]+)/archive/(?<rev>[0-9a-f]+)\.tar\.gz"#,
                    refusing(basic, "return 404 '\(try text("forgejo/not-found"))';")),
                location(web, login),
            ]
        case .github: return [location(web, refusing(basic, "return 404;"))]
        case .sourcehut: return [location(web, refusing(basic, "return 404;"))]
        case .bitbucket:
            return [
                location(#"/(?<project>[^/]+/[^/]+)/get/(?<rev>[0-9a-f]+)\.tar\.gz"#, refusing(basic, "return 404;"))
            ]
        case .plain: return []
        }
    }
}
