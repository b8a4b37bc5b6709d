import Resolvers
import Testing

/// Repositories on Bitbucket.
struct BitbucketNotationTests {
    private static let revision = ForgeRow.revision

    static let notations = [
        ForgeRow("bitbucket:o/r", "bitbucket:o/r"), ForgeRow("bitbucket:o/r/v1", "bitbucket:o/r", ["at": "v1"]),
        ForgeRow("bitbucket:o/r/a/b", "bitbucket:o/r", ["at": "a/b"]),
        ForgeRow("bitbucket:o/r?host=h", "bitbucket:o/r", host: "h"),
        ForgeRow("bitbucket:o/r", "bitbucket:o/r", ["branch": "b"], SourceOptions(branch: "b")),
    ]

    static let pages = [
        ForgeRow("https://bitbucket.org/o/r", "bitbucket:o/r"), ForgeRow("https://bitbucket.org/o/r/", "bitbucket:o/r"),
        ForgeRow("https://bitbucket.org/o/r.git", "bitbucket:o/r"),
        ForgeRow("https://bitbucket.org/o/r/src", "bitbucket:o/r"),
        ForgeRow("https://bitbucket.org/o/r/src/main/", "bitbucket:o/r", ["at": "main"]),
        ForgeRow("https://bitbucket.org/o/r/src/feature/x/", "bitbucket:o/r", ["at": "feature/x"]),
        ForgeRow("https://bitbucket.org/o/r/src/\(revision)/?at=feature%2Fx", "bitbucket:o/r", ["at": "feature/x"]),
        ForgeRow("https://bitbucket.org/o/r/src/\(revision)/", "bitbucket:o/r", ["at": revision]),
        ForgeRow("https://bitbucket.org/o/r/branch/feature/x", "bitbucket:o/r", ["branch": "feature/x"]),
        ForgeRow("https://bitbucket.org/o/r/commits/\(revision)", "bitbucket:o/r", ["at": revision]),
        ForgeRow("https://bitbucket.org/o/r/commits/branch/main", "bitbucket:o/r", ["branch": "main"]),
        ForgeRow("https://bitbucket.org/o/r/commits/tag/v1.0", "bitbucket:o/r", ["at": "v1.0"]),
    ]

    static let files = [
        ForgeRow.plain("tarball", "https://bitbucket.org/o/r/get/v1.0.tar.gz"),
        .plain("tarball", "https://bitbucket.org/o/r/downloads/r-1.0.zip"),
        .plain("file", "https://bitbucket.org/o/r/downloads/tool"),
        .plain("file", "https://bitbucket.org/o/r/raw/\(revision)/a.nix"), .plain("file", "https://bitbucket.org/o"),
        .plain("file", "https://bitbucket.org/product/features"),
    ]

    @Test(arguments: notations + pages + files)
    func `What is understood`(row: ForgeRow) throws { try row.check() }

    @Test(arguments: [
        "pull-requests/", "pull-requests/7", "branches/", "commits/", "downloads/", "issues", "wiki/Home", "admin",
    ])
    func `A page about a repository is no source`(page: String) {
        expectWebPage("https://bitbucket.org/o/r/\(page)", repository: "bitbucket:o/r")
    }
}
