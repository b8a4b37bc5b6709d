/// A URL that may be a repository's page on a server that is not known; most are told from files by their looks.
///
/// What is a file beyond doubt costs no request: a URL with an extension, with a query, of a download.
struct ProbedAddress: Sendable {
    let text: String
    /// Scheme and host.
    let origin: String
    /// Of the path.
    let components: [String]
    let query: String?
    /// Whether it is about something within a repository, so that no repository has this address.
    let isPage: Bool
    /// Where the repository would be if this were a page within it on a server without a forge.
    let parent: [String]?
    /// The forges that it may be on, the likeliest first, and how many components lead to the installation.
    let candidates: [(type: any ForgeSource.Type, depth: Int)]

    /// Names of pages, by which forges tell a repository from what is shown of it.
    private static let pages: Set<String> = [
        "blame", "blob", "branches", "commit", "commits", "issues", "merge_requests", "pull", "pulls", "releases",
        "tags",
        "tree", "wiki", "wikis",
    ]

    /// Names of pages that cgit has besides.
    private static let pagesOfGit: Set<String> = ["about", "diff", "log", "refs", "stats", "summary", "tag"]

    /// What comes before a file or an archive that a forge serves.
    private static let downloads: Set<String> = [
        "archive", "attachments", "downloads", "get", "jobs", "media", "package_files", "raw", "tarball", "uploads",
        "zipball",
    ]

    /// How repositories are called that look like files.
    private static let repositoryEndings = [
        ".com", ".dev", ".el", ".hs", ".io", ".js", ".lua", ".net", ".nix", ".nvim", ".org", ".py", ".rs", ".vim",
    ]

    /// - Parameter url: of the web, and of no forge that is known.
    init?(_ url: URLParts, _ text: String) {
        guard ["https", "http"].contains(url.scheme), !url.authority.isEmpty, !url.authority.contains("@"),
            url.hasNoQuery(but: ["at", "display", "ref_type", "tab"])
        else { return nil }
        let parts = url.components
        guard parts.count >= 2, !parts.contains("."), !parts.contains("..") else { return nil }
        self.text = text
        origin = "\(url.scheme)://\(url.authority)"
        components = parts
        query = url.query
        let page = parts.indices.dropFirst().first {
            Self.pagesOfGit.contains(parts[$0]) || Self.pages.contains(parts[$0])
        }
        parent = page.map { Array(parts[..<$0]) }
        if let found = Self.page(parts) {
            isPage = true
            guard let found = found.isSource ? found.candidates : nil else { return nil }
            candidates = found
        } else {
            isPage = false
            guard parts.allSatisfy({ Notation.isPathComponent($0[...]) }), Self.mayBeRepository(parts) else {
                return nil
            }
            candidates = Self.candidates(parts)
        }
    }

    private static func mayBeRepository(_ parts: [String]) -> Bool {
        guard let name = parts.last, let dot = name.lastIndex(of: "."), dot != name.startIndex else { return true }
        let ending = name[name.index(after: dot)...]
        let isExtension =
            (1...8).contains(ending.utf8.count) && ending.contains { $0.isLetter }
            && ending.allSatisfy { $0.isLetter || $0.isNumber }
        return !isExtension || parts.count == 2 && repositoryEndings.contains { name.hasSuffix($0) }
    }

    private static func candidates(_ parts: [String]) -> [(type: any ForgeSource.Type, depth: Int)] {
        if parts[0].hasPrefix("~") { return [(SourcehutSource.self, 0)] }
        if parts.count == 2 { return [(ForgejoSource.self, 0), (GitLabSource.self, 0), (GitHubSource.self, 0)] }
        // Groups within groups, or a Forgejo that is not at the root of its server.
        return [(GitLabSource.self, 0), (ForgejoSource.self, parts.count - 2)]
    }

    /// What a page within a repository says about the forge; nil for what is no such page.
    private static func page(
        _ parts: [String]
    ) -> (isSource: Bool, candidates: [(type: any ForgeSource.Type, depth: Int)])? {
        if [".patch", ".diff", ".atom", ".rss"].contains(where: { parts.last?.hasSuffix($0) ?? false }) {
            return (false, [])
        }
        guard
            let index = parts.indices.dropFirst(2).first(where: {
                parts[$0] == "-" || parts[$0] == "src" || pages.contains(parts[$0]) || downloads.contains(parts[$0])
                    || parts[0].hasPrefix("~") && ["log", "refs"].contains(parts[$0])
            })
        else { return nil }
        let next = index + 1 < parts.count ? parts[index + 1] : nil
        switch parts[index] {
        case "-": return (next.map { !downloads.contains($0) } ?? false, [(GitLabSource.self, 0)])
        case "src":
            guard let next, ["branch", "tag", "commit"].contains(next), index + 2 < parts.count else { return nil }
            return (true, [(ForgejoSource.self, index - 2)])
        case let name where downloads.contains(name): return (false, [])
        case "releases" where next == "download": return (false, [])
        case _ where parts[0].hasPrefix("~"): return (index == 2 && next != "download", [(SourcehutSource.self, 0)])
        case _ where index == 2:
            return (true, [(GitHubSource.self, 0), (ForgejoSource.self, 0), (GitLabSource.self, 0)])
        default: return (true, [(GitLabSource.self, 0), (ForgejoSource.self, index - 2)])
        }
    }
}
