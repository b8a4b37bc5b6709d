import Resolvers
import Testing

/// Repositories on Codeberg and other installations of Forgejo and Gitea.
struct ForgejoNotationTests {
    private static let revision = ForgeRow.revision

    static let notations = [
        ForgeRow("forgejo:o/r", "forgejo:o/r"), ForgeRow("codeberg:o/r", "forgejo:o/r"),
        ForgeRow("CODEBERG:o/r", "forgejo:o/r"), ForgeRow("codeberg:o/r/v1", "forgejo:o/r", ["at": "v1"]),
        ForgeRow("forgejo:o/r/feature/x", "forgejo:o/r", ["at": "feature/x"]),
        ForgeRow("forgejo:o/r/feature%2Fx", "forgejo:o/r", ["at": "feature/x"]),
        ForgeRow("codeberg:o/r?ref=v1", "forgejo:o/r", ["at": "v1"]),
        ForgeRow("forgejo:o/r?host=gitea.com", "forgejo:o/r", host: "gitea.com"),
        ForgeRow("forgejo:o/r", "forgejo:o/r", host: "h", SourceOptions(host: "h")),
        ForgeRow("forgejo:o/r", "forgejo:o/r", host: "https://h/git", SourceOptions(host: "https://h/git")),
        ForgeRow("codeberg:o/r", "forgejo:o/r", ["branch": "b"], SourceOptions(branch: "b")),
        ForgeRow("codeberg:o/r?submodules=1", "forgejo:o/r", ["submodules": "true"]),
    ]

    static let pages = [
        ForgeRow("https://codeberg.org/o/r", "forgejo:o/r"), ForgeRow("https://codeberg.org/o/r/", "forgejo:o/r"),
        ForgeRow("https://codeberg.org/o/r.git", "forgejo:o/r"), ForgeRow("http://Codeberg.org/o/r", "forgejo:o/r"),
        ForgeRow("https://codeberg.org/o/r#install", "forgejo:o/r"),
        ForgeRow("https://codeberg.org/o/r?utm_source=x", "forgejo:o/r"),
        ForgeRow("https://codeberg.org/o/r/src/branch/main", "forgejo:o/r", ["branch": "main"]),
        ForgeRow("https://codeberg.org/o/r/src/branch/feature/x", "forgejo:o/r", ["branch": "feature/x"]),
        ForgeRow("https://codeberg.org/o/r/src/branch/a%23b", "forgejo:o/r", ["branch": "a#b"]),
        ForgeRow("https://codeberg.org/o/r/src/branch/main?display=source", "forgejo:o/r", ["branch": "main"]),
        ForgeRow("https://codeberg.org/o/r/src/tag/v1.0", "forgejo:o/r", ["at": "v1.0"]),
        ForgeRow("https://codeberg.org/o/r/src/tag/a/b", "forgejo:o/r", ["at": "a/b"]),
        ForgeRow("https://codeberg.org/o/r/src/commit/\(revision)", "forgejo:o/r", ["at": revision]),
        ForgeRow("https://codeberg.org/o/r/src/main", "forgejo:o/r", ["at": "main"]),
        ForgeRow("https://codeberg.org/o/r/commit/\(revision)", "forgejo:o/r", ["at": revision]),
        ForgeRow("https://codeberg.org/o/r/commit/0123456789", "forgejo:o/r", ["at": "0123456789"]),
        ForgeRow("https://codeberg.org/o/r/commits/branch/main", "forgejo:o/r", ["branch": "main"]),
        ForgeRow("https://codeberg.org/o/r/commits/tag/v1", "forgejo:o/r", ["at": "v1"]),
        ForgeRow("https://codeberg.org/o/r/commits/commit/\(revision)", "forgejo:o/r", ["at": revision]),
        ForgeRow("https://codeberg.org/o/r/releases/tag/v1.0", "forgejo:o/r", ["at": "v1.0"]),
        ForgeRow("https://codeberg.org/o/r/releases/tag/a/b/", "forgejo:o/r", ["at": "a/b"]),
        ForgeRow("https://codeberg.org/o/r", "forgejo:o/r", ["lfs": "true"], SourceOptions(lfs: true)),
    ]

    static let files = [
        ForgeRow.plain("tarball", "https://codeberg.org/o/r/archive/main.tar.gz"),
        .plain("tarball", "https://codeberg.org/o/r/archive/v1.zip"),
        .plain("tarball", "https://codeberg.org/o/r/releases/download/v1/r.tar.xz"),
        .plain("file", "https://codeberg.org/o/r/releases/download/v1/tool"),
        .plain("file", "https://codeberg.org/o/r/raw/branch/main/a.nix"),
        .plain("file", "https://codeberg.org/o/r/media/branch/main/a.png"),
        .plain("file", "https://codeberg.org/o/r/commit/0123456.diff"),
        .plain("file", "https://codeberg.org/o/r/pulls/7.patch"),
        .plain("file", "https://codeberg.org/o/r/releases.rss"), .plain("file", "https://codeberg.org/o"),
        .plain("file", "https://codeberg.org/explore/repos"), .plain("file", "https://codeberg.org/user/login"),
        .plain("file", "https://codeberg.org/api/v1/repos/o/r"),
        .plain("tarball", "https://codeberg.org/api/v1/repos/o/r/archive/v1.tar.gz"),
        .plain("file", "https://codeberg.org/-/x"),
    ]

    @Test(arguments: notations + pages + files)
    func `What is understood`(row: ForgeRow) throws { try row.check() }

    @Test(arguments: [
        "issues", "issues/5", "pulls/7", "releases", "releases/latest", "tags", "branches", "wiki", "src/branch",
        "src/tag",
        "src/commit/0123456/lib", "blame/branch/main/a", "actions", "compare/a...b", "commits", "activity",
    ])
    func `A page about a repository is no source`(page: String) {
        expectWebPage("https://codeberg.org/o/r/\(page)", repository: "forgejo:o/r")
    }

    @Test func `Codeberg is one server`() {
        #expect(throws: ResolveError.optionDoesNotFit("--host", source: "codeberg:o/r")) {
            try Notation.parse("codeberg:o/r", options: SourceOptions(host: "h"))
        }
        #expect(throws: ResolveError.unknownParameter("host", in: "codeberg:o/r")) {
            try Notation.parse("codeberg:o/r?host=h", options: SourceOptions())
        }
    }

    @Test func `A branch of a page and one of an option are one too many`() {
        let text = "https://codeberg.org/o/r/src/branch/main"
        #expect(throws: ResolveError.optionDoesNotFit("--branch", source: text)) {
            try Notation.parse(text, options: SourceOptions(branch: "b"))
        }
        #expect(throws: ResolveError.optionDoesNotFit("--at", source: text)) {
            try Notation.parse(text, options: SourceOptions(at: "b"))
        }
    }
}
