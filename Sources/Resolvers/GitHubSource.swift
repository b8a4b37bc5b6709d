internal import Transfer

/// A repository on GitHub, or on an installation of GitHub Enterprise.
struct GitHubSource: ForgeSource {
    static let type = "github"
    static let service = Service("GITHUB", at: "https://github.com")
    static let forms = [
        SourceForm("github:OWNER/REPO[/REF]", "a repository on GitHub, as its tarball"),
        SourceForm("https://github.com/OWNER/REPO", "the same, as any link to the repository"),
    ]

    let repository: ForgeRepository

    init(_ repository: ForgeRepository) { self.repository = repository }

    func archiveURL(at base: String, revision: String) -> String { "\(page(at: base))/archive/\(revision).tar.gz" }

    func comparePage(at base: String, from old: String, to new: String) -> String? {
        "\(page(at: base))/compare/\(old)...\(new)"
    }

    // MARK: Pages

    /// What comes third in the path of a page that is about a repository and is none of its files.
    private static let pages: Set<String> = [
        "actions", "blame", "blob", "branches", "commits", "compare", "deployments", "discussions", "forks", "graphs",
        "issues", "labels", "milestones", "network", "packages", "projects", "pull", "pulls", "pulse", "releases",
        "security", "settings", "stargazers", "tags", "tree", "watchers", "wiki",
    ]

    static func repository(
        of url: URLParts, host: String?, _ options: SourceOptions, notation: String
    ) throws -> ForgeRepository? {
        // A fragment is a place in the page, and `?tab=` one of the page's faces: the repository is the same.
        guard url.query?.hasPrefix("tab=") ?? true else { return nil }
        let parts = url.components
        guard parts.count >= 2, Notation.isPathComponent(parts[0][...]), Notation.isPathComponent(parts[1][...]) else {
            return nil
        }
        let ref: String?
        switch (parts.dropFirst(2).first, parts.dropFirst(3).first) {
        case (nil, _): ref = nil
        case ("tree", _?): ref = parts[3...].joined(separator: "/")
        // GitHub makes a patch of a commit, a pull request or a comparison when its address ends so.
        case _ where [".patch", ".diff"].contains { parts.last?.hasSuffix($0) ?? false }: return nil
        case ("commit", let commit?) where parts.count == 4: ref = commit
        case ("releases", "tag") where parts.count >= 5: ref = parts[4...].joined(separator: "/")
        case ("releases", "download"): return nil
        case ("releases", "latest") where parts.count >= 6: return nil
        case (let page?, _) where pages.contains(page):
            throw ResolveError.webPage(notation, repository: "github:\(parts[0])/\(parts[1])")
        default: return nil
        }
        return ForgeRepository(
            owner: parts[0], repo: Notation.withoutGitSuffix(parts[1]), host: host,
            tracking: try Tracking(
                ref: try Notation.decoded(ref, in: notation, form: "https://github.com/OWNER/REPO/tree/REF"),
                options: options, notation: notation),
            contents: TreeContents(submodules: options.submodules ?? false, lfs: options.lfs ?? false))
    }
}
