internal import JSON
internal import Transfer

/// A git repository on sourcehut, or on an installation of its git service.
struct SourcehutSource: ForgeSource {
    static let type = "sourcehut"
    static let service = Service("SOURCEHUT", at: "https://git.sr.ht")
    /// Nothing says that they are the same.
    static let namesIgnoreCase = false
    static let form = "~OWNER/REPO"
    static let forms = [
        SourceForm(
            "sourcehut:~OWNER/REPO[/REF]",
            "a git repository on sourcehut, as its tarball; `?host=` for another sourcehut"),
        SourceForm("https://git.sr.ht/~OWNER/REPO", "the same, as any link to the repository"),
    ]

    /// The API is GraphQL, which answers a question that is none with a list of errors (https://man.sr.ht/graphql.md).
    static let sign: ForgeSign? = ForgeSign(path: "/query") { answer in answer.json?["errors"]?.array != nil }

    let repository: ForgeRepository

    init(_ repository: ForgeRepository) { self.repository = repository }

    static func isOwner(_ text: Substring) -> Bool { text.hasPrefix("~") && Notation.isPathComponent(text.dropFirst()) }

    /// There is no other spelling of it, with `.git` behind it.
    func gitURL(at base: String) -> String { page(at: base) }

    func archiveURL(at base: String, revision: String) -> String { "\(page(at: base))/archive/\(revision).tar.gz" }

    /// There is no page that compares two commits.
    func comparePage(at base: String, from old: String, to new: String) -> String? { nil }

    /// The page of the tag, which has its message.
    func releasePage(at base: String, tag: String) -> String? {
        "\(page(at: base))/refs/\(PercentEncoding.encodeComponents(tag))"
    }

    // MARK: Pages

    /// What comes third in the path of a page that is about a repository and is none of its files.
    private static let pages: Set<String> = [
        "blame", "commit", "contributors", "licenses", "log", "refs", "search", "send-email", "settings", "tree",
    ]

    static func page(of url: URLParts) -> ForgePage? {
        guard url.hasNoQuery(but: []) else { return nil }
        var parts = url.components
        guard parts.count >= 2 else { return nil }
        // A tilde that was encoded, which means the same (RFC 3986, 2.3).
        if parts[0].hasPrefix("%7E") || parts[0].hasPrefix("%7e") { parts[0] = "~\(parts[0].dropFirst(3))" }
        let (owner, repo) = (parts[0], parts[1])
        let page = { ForgePage(owner, repo, $0) }
        let path = parts.dropFirst(2)
        let rest = path.dropFirst()
        let ref = rest.joined(separator: "/")
        switch path.first {
        case nil: return page(.whole)
        // Feeds and patches are files.
        case _ where path.last == "rss.xml" || path.last?.hasSuffix(".patch") ?? false: return nil
        case "tree" where rest.isEmpty: return page(.whole)
        // What lies within the tree comes behind this.
        case "tree" where rest.contains("item"), "log" where rest.contains("item"): return page(.noSource)
        case "tree" where !rest.isEmpty, "log" where !rest.isEmpty: return page(.named(ref))
        case "commit" where rest.count == 1: return page(.named(ref))
        case "refs" where rest.first == "download": return nil
        case "refs" where !rest.isEmpty: return page(.tag(ref))
        case let kind? where pages.contains(kind): return page(.noSource)
        default: return nil
        }
    }
}
