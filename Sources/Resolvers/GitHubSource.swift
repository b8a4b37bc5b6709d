internal import JSON
internal import Transfer

/// A repository on GitHub, or on an installation of GitHub Enterprise.
struct GitHubSource: ForgeSource {
    static let type = "github"
    static let service = Service("GITHUB", at: "https://github.com")
    static let forms = [
        SourceForm("github:OWNER/REPO[/REF]", "a repository on GitHub, as its tarball"),
        SourceForm("https://github.com/OWNER/REPO", "the same, as any link to the repository"),
    ]

    /// GitHub Enterprise Server names its version in each answer of its API, and the request's id as GitHub does, also to
    /// whoever is not let in (https://docs.github.com/en/enterprise-server/rest/meta).
    static let sign: ForgeSign? = ForgeSign(path: "/api/v3/meta") { answer in
        answer.headers["x-github-enterprise-version"] != nil || answer.headers["x-github-request-id"] != nil
            || answer.json?["verifiable_password_authentication"] != nil
    }

    let repository: ForgeRepository

    init(_ repository: ForgeRepository) { self.repository = repository }

    func archiveURL(at base: String, revision: String) -> String { "\(page(at: base))/archive/\(revision).tar.gz" }

    /// Those of the API (https://docs.github.com/en/rest/repos/contents#download-a-repository-archive-tar).
    func otherArchiveURLs(at base: String, of name: String) -> [String] {
        let api = base == Self.service.defaultURL ? "https://api.github.com" : "\(base)/api/v3"
        let tarball = "\(api)/repos/\(repository.owner)/\(repository.repo)/tarball"
        return [
            "\(tarball)/\(name)", "\(tarball)/refs/tags/\(name)", "\(page(at: base))/archive/refs/tags/\(name).tar.gz",
        ]
    }

    func comparePage(at base: String, from old: String, to new: String) -> String? {
        "\(page(at: base))/compare/\(old)...\(new)"
    }

    func releasePage(at base: String, tag: String) -> String? {
        "\(page(at: base))/releases/tag/\(PercentEncoding.encodeComponents(tag))"
    }

    // MARK: Pages

    /// What comes third in the path of a page that is about a repository and is none of its files.
    private static let pages: Set<String> = [
        "actions", "blame", "blob", "branches", "commits", "compare", "deployments", "discussions", "forks", "graphs",
        "issues", "labels", "milestones", "network", "packages", "projects", "pull", "pulls", "pulse", "releases",
        "security", "settings", "stargazers", "tags", "tree", "watchers", "wiki",
    ]

    static func page(of url: URLParts) -> ForgePage? {
        // A fragment is a place in the page, and some parameters one of the page's faces: the repository is the same.
        guard url.hasNoQuery(but: ["tab"]) else { return nil }
        let parts = url.components
        guard parts.count >= 2 else { return nil }
        let page = { ForgePage(parts[0], parts[1], $0) }
        switch (parts.dropFirst(2).first, parts.dropFirst(3).first) {
        case (nil, _): return page(.whole)
        case ("tree", _?): return page(.named(parts[3...].joined(separator: "/")))
        // GitHub makes a patch of a commit, a pull request or a comparison when its address ends so.
        case _ where [".patch", ".diff", ".atom"].contains { parts.last?.hasSuffix($0) ?? false }: return nil
        case ("commits", _?): return page(.named(parts[3...].joined(separator: "/")))
        case ("commit", let commit?) where parts.count == 4: return page(.named(commit))
        case ("releases", "tag") where parts.count >= 5: return page(.tag(parts[4...].joined(separator: "/")))
        case ("releases", "download"): return nil
        case ("releases", "latest") where parts.count >= 6: return nil
        case (let kind?, _) where pages.contains(kind): return page(.noSource)
        default: return nil
        }
    }
}
