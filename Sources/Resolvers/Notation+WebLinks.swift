internal import Transfer

/// Links to the pages of forges, as people copy them out of a browser.
extension Notation {
    /// What comes third in the path of a page that is about a repository and is none of its files.
    private static let pages: Set<String> = [
        "actions", "blame", "blob", "branches", "commits", "compare", "deployments", "discussions", "forks", "graphs",
        "issues", "labels", "milestones", "network", "packages", "projects", "pull", "pulls", "pulse", "releases",
        "security", "settings", "stargazers", "tags", "tree", "watchers", "wiki",
    ]

    /// A link to a repository's page on GitHub, or to one of its branches, commits or releases; nil for anything else.
    /// - Throws: `ResolveError`, `.webPage` for a page that is no source.
    static func githubLink(
        _ url: URLParts, _ options: SourceOptions, notation: String
    ) throws(ResolveError) -> GitHubSource? {
        // A fragment is a place in the page, and `?tab=` one of the page's faces: the repository is the same.
        guard ["https", "http"].contains(url.scheme), ["github.com", "www.github.com"].contains(url.authority),
            url.query?.hasPrefix("tab=") ?? true
        else { return nil }
        let parts = url.components
        guard parts.count >= 2, isPathComponent(parts[0][...]), isPathComponent(parts[1][...]) else { return nil }
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
            throw .webPage(notation, repository: "github:\(parts[0])/\(parts[1])")
        default: return nil
        }
        try refuse(options.host, "--host", in: notation)
        try refuseUnpack(options, in: notation)
        let repo = parts[1].hasSuffix(".git") ? String(parts[1].dropLast(4)) : parts[1]
        return GitHubSource(
            owner: parts[0], repo: repo, host: nil,
            tracking: try Tracking(
                ref: try decoded(ref, in: notation, form: "https://github.com/OWNER/REPO/tree/REF"),
                options: options, notation: notation),
            contents: TreeContents(submodules: options.submodules, lfs: options.lfs))
    }

    /// A REF as it is called, out of a URL.
    static func decoded(
        _ ref: String?, in notation: String, form: String
    ) throws(ResolveError) -> String? {
        guard let ref else { return nil }
        guard let bytes = PercentEncoding.decode(ref.utf8), let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformedNotation(notation, form: form)
        }
        return text
    }

    /// Forges that a later version resolves: a repository's page there is refused rather than pinned as HTML.
    private static let laterForges: Set<String> = ["gitlab.com", "codeberg.org", "bitbucket.org", "git.sr.ht"]

    /// - Throws: `ResolveError.unsupportedForge`
    static func refuseLinksOfLaterVersions(_ url: URLParts) throws(ResolveError) {
        guard laterForges.contains(url.authority), url.components.count == 2,
            !url.path.suffix(4).elementsEqual(".git".utf8)
        else { return }
        throw .unsupportedForge(host: url.authority, url: url.base)
    }
}
