/// A repository on Bitbucket Cloud.
struct BitbucketSource: ForgeSource {
    static let type = "bitbucket"
    static let service = Service("BITBUCKET", at: "https://bitbucket.org")
    static let forms = [
        SourceForm("bitbucket:OWNER/REPO[/REF]", "a repository on Bitbucket, as its tarball"),
        SourceForm("https://bitbucket.org/OWNER/REPO", "the same, as any link to the repository"),
    ]

    let repository: ForgeRepository

    init(_ repository: ForgeRepository) { self.repository = repository }

    func archiveURL(at base: String, revision: String) -> String { "\(page(at: base))/get/\(revision).tar.gz" }

    /// The newer one comes first, and a carriage return stands between the two.
    func comparePage(at base: String, from old: String, to new: String) -> String? {
        "\(page(at: base))/branches/compare/\(new)%0D\(old)"
    }

    // MARK: Pages

    /// What comes first in the path of pages that are about no repository.
    private static let notOwners: Set<String> = [
        "account", "dashboard", "product", "repo", "site", "snippets", "support",
    ]

    /// What comes third in the path of a page that is about a repository and is none of its files.
    private static let pages: Set<String> = [
        "addon", "admin", "annotate", "branch", "branches", "commit", "commits", "deployments", "diff", "downloads",
        "forks", "history-node", "issues", "jira", "pipelines", "pull-request", "pull-requests", "security", "src",
        "wiki",
    ]

    static func page(of url: URLParts) -> ForgePage? {
        guard url.hasNoQuery(but: ["at"]) else { return nil }
        let parts = url.components
        guard parts.count >= 2, !notOwners.contains(parts[0]) else { return nil }
        let page = { ForgePage(parts[0], parts[1], $0) }
        let path = parts.dropFirst(2)
        let rest = path.dropFirst()
        // Of a branch with a slash in its name the path has the commit, and this the name.
        let name = url.parameters.last { $0.name == "at" && !$0.value.isEmpty }?.value
        let ref = rest.joined(separator: "/")
        switch (path.first, rest.first) {
        case (nil, _), ("src", nil): return page(name.map { .named($0) } ?? .whole)
        case ("src", _?): return page(.named(name ?? ref))
        case ("branch", _?): return page(.branch(ref))
        case ("commits", "branch") where rest.count > 1:
            return page(.branch(rest.dropFirst().joined(separator: "/")))
        case ("commits", "tag") where rest.count > 1: return page(.tag(rest.dropFirst().joined(separator: "/")))
        case ("commits", let commit?) where rest.count == 1, ("commit", let commit?) where rest.count == 1:
            return page(.named(commit))
        // What was uploaded.
        case ("downloads", _?): return nil
        case (let kind?, _) where pages.contains(kind): return page(.noSource)
        default: return nil
        }
    }
}
