internal import Git
internal import JSON
internal import Transfer

/// A project on GitLab, or on an installation of it: a group's, or one of a group within groups.
struct GitLabSource: ForgeSource {
    static let type = "gitlab"
    static let service = Service("GITLAB", at: "https://gitlab.com")
    static let ownersNest = true
    static let form = "GROUP[%2FSUBGROUP…]/REPO"
    static let forms = [
        SourceForm(
            "gitlab:GROUP[%2FSUBGROUP…]/REPO[/REF]", "a project on GitLab, as its tarball; `?host=` for another GitLab"),
        SourceForm("https://gitlab.com/GROUP/REPO", "the same, as any link to the project"),
    ]

    /// GitLab tells its version to nobody who is not let in, and is known by how it refuses
    /// (https://docs.gitlab.com/api/version/).
    static let sign: ForgeSign? = ForgeSign(path: "/api/v4/version") { answer in
        answer.headers["x-gitlab-meta"] != nil && answer.json != nil
            || answer.status == 401 && answer.json?["message"]?.string == "401 Unauthorized"
            || answer.json?["version"]?.string != nil && answer.json?["revision"]?.string != nil
    }

    let repository: ForgeRepository
    /// Whether a person wrote it out, so that what stands for a REF may have been meant as the project.
    private var isNotation = false

    init(_ repository: ForgeRepository) { self.repository = repository }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        var source = GitLabSource(try readNotation(notation, options))
        source.isNotation = true
        return source
    }

    /// The archive of the API: unlike that of the project's page, it lets in whoever has a token.
    ///
    /// It is the URL that flakes and Nixpkgs' `fetchFromGitLab` use too.
    func archiveURL(at base: String, revision: String) -> String {
        let project = "\(repository.owner)/\(repository.repo)".replacing("/", with: "%2F")
        return "\(base)/api/v4/projects/\(project)/repository/archive.tar.gz?sha=\(revision)"
    }

    /// A group within a group is easily written with a slash of its own, which makes the project's name a REF of the group.
    func settled(in upstream: Upstream) async throws -> (source: any SourceType, remarks: [Resolution.Remark]) {
        do {
            return try await settledTracking(in: upstream)
        } catch let error as GitError {
            guard isNotation, case .unsettled(let ref) = tracking else { throw error }
            switch error {
            // GitLab asks a stranger who comes to a project that is not there who it is.
            case .notFound, .authenticationRequired:
                let path = "\(repository.owner)/\(repository.repo)/\(ref)".split(separator: "/")
                throw ResolveError.perhapsSubgroup(
                    meant: "gitlab:\(path.dropLast().joined(separator: "%2F"))/\(path.last ?? "")", error)
            default: throw error
            }
        }
    }

    func comparePage(at base: String, from old: String, to new: String) -> String? {
        "\(page(at: base))/-/compare/\(old)...\(new)"
    }

    func releasePage(at base: String, tag: String) -> String? {
        "\(page(at: base))/-/releases/\(PercentEncoding.encodeComponent(tag))"
    }

    // MARK: Pages

    /// What comes first in the path of pages that are about no project.
    private static let notGroups: Set<String> = [
        "-", "admin", "api", "assets", "dashboard", "explore", "groups", "help", "import", "oauth", "profile",
        "projects", "search", "uploads", "users", "v2",
    ]

    /// Names that no project and no group below another can have, because old addresses of pages have them where new ones
    /// have `-` and then such a name.
    private static let oldPages: Set<String> = [
        "blame", "blob", "builds", "commits", "edit", "files", "find_file", "new", "preview", "raw", "refs", "tree",
        "wikis",
    ]

    /// What follows `-` in the path of a page that is about a project and is none of its files.
    private static let pages: Set<String> = [
        "activity", "analytics", "blame", "blob", "boards", "branches", "commit", "commits", "compare", "environments",
        "edit", "find_file", "forks", "graphs", "incidents", "issues", "labels", "merge_requests", "milestones",
        "network",
        "packages", "pipelines", "project_members", "releases", "settings", "snippets", "starrers", "tags", "tree",
        "wikis",
    ]

    static func page(of url: URLParts) -> ForgePage? {
        guard url.hasNoQuery(but: ["ref_type", "tab"]) else { return nil }
        let parts = url.components
        guard let first = parts.first, !notGroups.contains(first) else { return nil }
        guard let (project, path) = split(parts), project.count >= 2, let repo = project.last else { return nil }
        let page = { ForgePage(project.dropLast().joined(separator: "/"), repo, $0) }
        let rest = path.dropFirst()
        let ref = rest.joined(separator: "/")
        switch path.first {
        case nil: return TarballSource.isArchive(repo) ? nil : page(.whole)
        case _ where [".patch", ".diff", ".atom"].contains { path.last?.hasSuffix($0) ?? false }: return nil
        case "tree" where !rest.isEmpty, "commits" where !rest.isEmpty:
            switch url.parameters.last(where: { $0.name == "ref_type" })?.value {
            case "heads": return page(.branch(ref))
            case "tags": return page(.tag(ref))
            default: return page(.named(ref))
            }
        case "commit" where rest.count == 1: return page(.named(ref))
        case "tags" where !rest.isEmpty: return page(.tag(ref))
        case "releases" where rest.count == 1: return page(.tag(ref))
        // What a release has to download, and its evidence.
        case "releases" where rest.count > 1 && rest.first != "permalink": return nil
        case "releases" where rest.count > 2 && path.contains("downloads"): return nil
        case let kind? where pages.contains(kind): return page(.noSource)
        default: return nil
        }
    }

    /// The path of the project, and what of it the page shows.
    private static func split(_ parts: [String]) -> (project: ArraySlice<String>, page: ArraySlice<String>)? {
        if let dash = parts.firstIndex(of: "-") {
            return dash + 1 < parts.count ? (parts[..<dash], parts[(dash + 1)...]) : nil
        }
        if let old = parts.indices.dropFirst(2).first(where: { oldPages.contains(parts[$0]) }) {
            return (parts[..<old], parts[old...])
        }
        if parts.count > 3, parts[parts.count - 2] == "commit", isHash(parts[parts.count - 1]) {
            return (parts[..<(parts.count - 2)], parts[(parts.count - 2)...])
        }
        return (parts[...], [])
    }

    private static func isHash(_ text: String) -> Bool {
        (7...40).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
