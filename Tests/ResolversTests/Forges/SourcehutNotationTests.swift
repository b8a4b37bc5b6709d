import Resolvers
import Testing

/// Git repositories on sourcehut.
struct SourcehutNotationTests {
    private static let revision = ForgeRow.revision

    static let notations = [
        ForgeRow("sourcehut:~o/r", "sourcehut:~o/r"), ForgeRow("sourcehut:~o/r/v1", "sourcehut:~o/r", ["at": "v1"]),
        ForgeRow("sourcehut:~o/r/a/b", "sourcehut:~o/r", ["at": "a/b"]),
        ForgeRow("sourcehut:~o/r?host=git.example.org", "sourcehut:~o/r", host: "git.example.org"),
        ForgeRow("sourcehut:~o/r?ref=v1", "sourcehut:~o/r", ["at": "v1"]),
        ForgeRow("sourcehut:~o/r", "sourcehut:~o/r", ["branch": "b"], SourceOptions(branch: "b")),
    ]

    static let pages = [
        ForgeRow("https://git.sr.ht/~o/r", "sourcehut:~o/r"), ForgeRow("https://git.sr.ht/~o/r/", "sourcehut:~o/r"),
        ForgeRow("https://git.sr.ht/%7Eo/r", "sourcehut:~o/r"), ForgeRow("https://git.sr.ht/%7eo/r", "sourcehut:~o/r"),
        ForgeRow("https://git.sr.ht/~o/r#a", "sourcehut:~o/r"),
        ForgeRow("https://git.sr.ht/~o/r/tree", "sourcehut:~o/r"),
        ForgeRow("https://git.sr.ht/~o/r/tree/master", "sourcehut:~o/r", ["at": "master"]),
        ForgeRow("https://git.sr.ht/~o/r/tree/feature/x", "sourcehut:~o/r", ["at": "feature/x"]),
        ForgeRow("https://git.sr.ht/~o/r/tree/feature%2Fx", "sourcehut:~o/r", ["at": "feature/x"]),
        ForgeRow("https://git.sr.ht/~o/r/log/master", "sourcehut:~o/r", ["at": "master"]),
        ForgeRow("https://git.sr.ht/~o/r/refs/1.0.2", "sourcehut:~o/r", ["at": "1.0.2"]),
        ForgeRow("https://git.sr.ht/~o/r/refs/a/b", "sourcehut:~o/r", ["at": "a/b"]),
        ForgeRow("https://git.sr.ht/~o/r/commit/\(revision)", "sourcehut:~o/r", ["at": revision]),
        ForgeRow("https://git.sr.ht/~o/r/commit/0123456", "sourcehut:~o/r", ["at": "0123456"]),
        ForgeRow("https://git.sr.ht/~o/r.git", "sourcehut:~o/r"),
    ]

    static let files = [
        ForgeRow.plain("tarball", "https://git.sr.ht/~o/r/archive/1.0.tar.gz"),
        .plain("file", "https://git.sr.ht/~o/r/blob/master/a.nix"),
        .plain("file", "https://git.sr.ht/~o/r/commit/0123456.patch"),
        .plain("file", "https://git.sr.ht/~o/r/log/master/rss.xml"),
        .plain("file", "https://git.sr.ht/~o/r/refs/rss.xml"),
        .plain("file", "https://git.sr.ht/~o/r/refs/download/1.0/tool"), .plain("file", "https://git.sr.ht/~o"),
        .plain("file", "https://git.sr.ht/o/r"),
    ]

    @Test(arguments: notations + pages + files)
    func `What is understood`(row: ForgeRow) throws { try row.check() }

    @Test(arguments: [
        "tree/master/item/lib", "tree/feature/x/item/a.nix", "log", "log/master/item/a", "refs", "licenses",
        "settings/info",
        "blame/master/a", "contributors",
    ])
    func `A page about a repository is no source`(page: String) {
        expectWebPage("https://git.sr.ht/~o/r/\(page)", repository: "sourcehut:~o/r")
    }

    @Test(arguments: ["sourcehut:o/r", "sourcehut:~/r", "sourcehut:~o", "sourcehut:%7Eo/r", "sourcehut:~o~/"])
    func `An owner has a tilde before the name`(text: String) {
        #expect {
            try Notation.parse(text, options: SourceOptions())
        } throws: { error in
            guard case .malformedNotation(text, let form) = error as? ResolveError else { return false }
            return form.contains("sourcehut:~OWNER/REPO")
        }
    }
}
