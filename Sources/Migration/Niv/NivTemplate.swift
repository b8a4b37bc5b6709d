internal import JSON
internal import Lockfile
internal import Resolvers

/// The URL of a source with `<NAME>` where the attribute NAME goes: `niv update` looks up `rev` in the repository and makes
/// the URL anew.
struct NivTemplate {
    /// What niv takes where a repository is named, and no template.
    static let github = "https://github.com/<owner>/<repo>/archive/<rev>.tar.gz"

    let text: String
    private let owner: String?
    private let repo: String?

    /// The template of a source; nil for one that has none, and never moves.
    /// - Throws: `LockfileError`
    init?(_ source: NivSource) throws(LockfileError) {
        let fields = source.fields
        owner = try fields.text("owner")
        repo = try fields.text("repo")
        if let template = try fields.text("url_template") {
            text = template
        } else if owner != nil && repo != nil {
            text = Self.github
        } else {
            return nil
        }
    }

    /// Whether the URL changes when an attribute does.
    var hasPlaceholders: Bool { text.contains("<") && text.contains(">") }

    /// How the names of files end that niv takes for archives.
    private static let extensions = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"]

    static func isArchive(_ url: String) -> Bool { extensions.contains { url.hasSuffix($0) } }

    /// The forges that say by their host what they are; GitHub has its archives at several.
    private static let forges = [
        "github.com": "github.com", "www.github.com": "github.com", "codeload.github.com": "github.com",
        "gitlab.com": "gitlab.com", "codeberg.org": "codeberg.org", "git.sr.ht": "git.sr.ht",
        "bitbucket.org": "bitbucket.org",
    ]

    /// The repository on a public forge of which the URL is an archive at `<rev>`, with its default branch; nil for any
    /// other URL: there is nothing to look its other parts up in.
    /// - Throws: `ResolveError`
    func repository() throws -> (any SourceType)? {
        guard let owner, let repo else { return nil }
        let url = text.replacing("<owner>", with: owner).replacing("<repo>", with: repo)
        let parts = url.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // `https:`, ``, host, and then the path.
        guard parts.count > 4, ["https:", "http:"].contains(parts[0]), parts[1].isEmpty,
            let host = Self.forges[parts[2].lowercased()]
        else { return nil }
        let path = parts[3...].joined(separator: "/")
        let place = "\(owner)/\(repo)/"
        guard path.lowercased().utf8.starts(with: place.lowercased().utf8) else { return nil }
        let rest = String(decoding: path.utf8.dropFirst(place.utf8.count), as: UTF8.self)
        let literal = rest.replacing("<rev>", with: "")
        // Something that is made for a release is no archive of the repository.
        guard literal != rest, !literal.contains("<"), !literal.hasPrefix("releases/") else { return nil }
        let source = try Notation.parse("https://\(host)/\(owner)/\(repo)", options: SourceOptions())
        return source.source["owner"] == nil ? nil : source
    }
}
