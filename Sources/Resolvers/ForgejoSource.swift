internal import JSON
internal import Transfer

/// A repository on Codeberg, or on an installation of Forgejo or Gitea.
struct ForgejoSource: ForgeSource {
    static let type = "forgejo"
    static let service = Service("FORGEJO", "CODEBERG", at: "https://codeberg.org")
    static let schemes = ["forgejo", "codeberg"]
    static let forms = [
        SourceForm(
            "forgejo:OWNER/REPO[/REF]",
            "a repository on Codeberg, as its tarball; `?host=` for another Forgejo or a Gitea"),
        SourceForm("codeberg:OWNER/REPO[/REF], https://codeberg.org/OWNER/REPO", "the same"),
    ]

    /// Forgejo and Gitea tell their version, unless they let in nobody who is not known
    /// (https://docs.gitea.com/api/, https://forgejo.org/docs/latest/user/api-usage/).
    static let sign: ForgeSign? = ForgeSign(path: "/api/v1/version") { answer in
        answer.status == 200 && answer.json?["version"]?.string != nil
            || answer.json?["message"]?.string == "Only signed in user is allowed to call APIs."
    }

    let repository: ForgeRepository

    init(_ repository: ForgeRepository) { self.repository = repository }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        let repository = try readNotation(notation, options)
        // Codeberg is one server.
        if URLParts(notation).scheme == "codeberg", let host = repository.host {
            throw options.host == nil
                ? ResolveError.unknownParameter("host=\(host)", in: notation)
                : ResolveError.optionDoesNotFit("--host", source: notation)
        }
        return ForgejoSource(repository)
    }

    func archiveURL(at base: String, revision: String) -> String { "\(page(at: base))/archive/\(revision).tar.gz" }

    /// The archive of the API, which takes a token as Nix sends one: the page's own sends whoever has no session to a form
    /// to log in with.
    func privateArchiveURL(at base: String, revision: String) -> String {
        "\(base)/api/v1/repos/\(repository.owner)/\(repository.repo)/archive/\(revision).tar.gz"
    }

    func comparePage(at base: String, from old: String, to new: String) -> String? {
        "\(page(at: base))/compare/\(old)...\(new)"
    }

    func releasePage(at base: String, tag: String) -> String? {
        "\(page(at: base))/releases/tag/\(PercentEncoding.encodeComponents(tag))"
    }

    // MARK: Pages

    /// What comes first in the path of pages that are about no repository.
    private static let notOwners: Set<String> = [
        "-", "admin", "api", "assets", "attachments", "avatars", "explore", "login", "notifications", "org", "repo",
        "repo-avatars", "user", "v2",
    ]

    /// What comes third in the path of a page that is about a repository and is none of its files.
    private static let pages: Set<String> = [
        "actions", "activity", "blame", "branches", "commit", "commits", "compare", "find", "forks", "graph", "issues",
        "labels", "milestones", "packages", "projects", "pulls", "releases", "search", "settings", "src", "stars",
        "tags",
        "watchers", "wiki",
    ]

    static func page(of url: URLParts) -> ForgePage? {
        guard url.hasNoQuery(but: ["display", "tab"]) else { return nil }
        let parts = url.components
        guard parts.count >= 2, !notOwners.contains(parts[0]) else { return nil }
        let page = { ForgePage(parts[0], parts[1], $0) }
        let path = parts.dropFirst(2)
        let rest = path.dropFirst()
        // `src/branch/NAME`, and the log of it.
        let ref = rest.dropFirst().joined(separator: "/")
        switch (path.first, rest.first) {
        case (nil, _): return page(.whole)
        case _ where [".patch", ".diff", ".rss", ".atom"].contains { path.last?.hasSuffix($0) ?? false }: return nil
        case ("src", "branch") where rest.count > 1, ("commits", "branch") where rest.count > 1:
            return page(.branch(ref))
        case ("src", "tag") where rest.count > 1, ("commits", "tag") where rest.count > 1: return page(.tag(ref))
        case ("src", "commit") where rest.count == 2, ("commits", "commit") where rest.count == 2:
            return page(.named(ref))
        case ("src", "branch"?), ("src", "tag"?), ("src", "commit"?): return page(.noSource)
        // Old addresses, which lead to one of these.
        case ("src", _?): return page(.named(rest.joined(separator: "/")))
        case ("commit", let commit?) where rest.count == 1: return page(.named(commit))
        case ("releases", "tag") where rest.count > 1: return page(.tag(ref))
        case ("releases", "download"), ("wiki", "raw"): return nil
        case (let kind?, _) where pages.contains(kind): return page(.noSource)
        default: return nil
        }
    }
}
