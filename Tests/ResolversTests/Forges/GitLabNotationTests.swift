import Resolvers
import Testing

/// GitLab's projects, as people write them and as their browsers show them.
struct GitLabNotationTests {
    private static let revision = ForgeRow.revision

    static let notations = [
        ForgeRow("gitlab:g/r", "gitlab:g/r"), ForgeRow("GitLab:g/r", "gitlab:g/r"),
        ForgeRow("gitlab:g%2Fs/r", "gitlab:g/s/r"), ForgeRow("gitlab:g%2fs%2Ft%2Fu/r", "gitlab:g/s/t/u/r"),
        ForgeRow("gitlab:g/r/v1", "gitlab:g/r", ["at": "v1"]),
        ForgeRow("gitlab:g%2Fs/r/feature/x/y", "gitlab:g/s/r", ["at": "feature/x/y"]),
        ForgeRow("gitlab:g/s/r", "gitlab:g/s", ["at": "r"]),
        ForgeRow("gitlab:g/r/feature%2Fx", "gitlab:g/r", ["at": "feature/x"]),
        ForgeRow("gitlab:g/r?ref=v1", "gitlab:g/r", ["at": "v1"]),
        ForgeRow("gitlab:g/r?rev=\(revision)", "gitlab:g/r", ["at": revision]),
        ForgeRow("gitlab:g%2Fs/r?host=gitlab.example.org", "gitlab:g/s/r", host: "gitlab.example.org"),
        ForgeRow("gitlab:g/r?host=h:8443&ref=v1", "gitlab:g/r", ["at": "v1"], host: "h:8443"),
        ForgeRow("gitlab:g/r", "gitlab:g/r", host: "h", SourceOptions(host: "h")),
        ForgeRow("gitlab:g/r", "gitlab:g/r", ["branch": "b"], SourceOptions(branch: "b")),
        ForgeRow("gitlab:g/r", "gitlab:g/r", ["at": "v1"], SourceOptions(at: "v1")),
        ForgeRow("gitlab:g/r?submodules=1", "gitlab:g/r", ["submodules": "true"]),
        ForgeRow("gitlab:g/r", "gitlab:g/r", ["lfs": "true"], SourceOptions(lfs: true)),
    ]

    static let pages = [
        ForgeRow("https://gitlab.com/g/r", "gitlab:g/r"), ForgeRow("https://gitlab.com/g/r/", "gitlab:g/r"),
        ForgeRow("https://gitlab.com/g/r.git", "gitlab:g/r"), ForgeRow("https://www.gitlab.com/g/r", "gitlab:g/r"),
        ForgeRow("http://GitLab.com/g/r", "gitlab:g/r"), ForgeRow("https://gitlab.com/g/r#readme", "gitlab:g/r"),
        ForgeRow("https://gitlab.com/g/r?utm_source=x&utm_medium=y", "gitlab:g/r"),
        ForgeRow("https://gitlab.com/g/s/t/r", "gitlab:g/s/t/r"),
        ForgeRow("https://gitlab.com/g/s/r.git/", "gitlab:g/s/r"),
        ForgeRow("https://gitlab.com/g/r/-/tree/main", "gitlab:g/r", ["at": "main"]),
        ForgeRow("https://gitlab.com/g/s/r/-/tree/feature/x", "gitlab:g/s/r", ["at": "feature/x"]),
        ForgeRow("https://gitlab.com/g/r/-/tree/feature%2Fx/", "gitlab:g/r", ["at": "feature/x"]),
        ForgeRow("https://gitlab.com/g/r/-/tree/main?ref_type=heads", "gitlab:g/r", ["branch": "main"]),
        ForgeRow("https://gitlab.com/g/r/-/tree/v1?ref_type=tags", "gitlab:g/r", ["at": "v1"]),
        ForgeRow("https://gitlab.com/g/r/-/commits/main", "gitlab:g/r", ["at": "main"]),
        ForgeRow("https://gitlab.com/g/r/-/commit/\(revision)", "gitlab:g/r", ["at": revision]),
        ForgeRow("https://gitlab.com/g/r/-/commit/0123456", "gitlab:g/r", ["at": "0123456"]),
        ForgeRow("https://gitlab.com/g/r/-/tags/v1.0", "gitlab:g/r", ["at": "v1.0"]),
        ForgeRow("https://gitlab.com/g/r/-/tags/a/b", "gitlab:g/r", ["at": "a/b"]),
        ForgeRow("https://gitlab.com/g/s/r/-/releases/v1.0", "gitlab:g/s/r", ["at": "v1.0"]),
        ForgeRow("https://gitlab.com/g/r/-/releases/a%2Fb", "gitlab:g/r", ["at": "a/b"]),
        ForgeRow("https://gitlab.com/g/r/tree/main", "gitlab:g/r", ["at": "main"]),
        ForgeRow("https://gitlab.com/g/s/r/tree/a/b", "gitlab:g/s/r", ["at": "a/b"]),
        ForgeRow("https://gitlab.com/g/r/commit/\(revision)", "gitlab:g/r", ["at": revision]),
        ForgeRow("https://gitlab.com/g/commit/r", "gitlab:g/commit/r"),
        ForgeRow("https://gitlab.com/g/r", "gitlab:g/r", ["branch": "b"], SourceOptions(branch: "b")),
        ForgeRow("https://gitlab.com/g/r", "gitlab:g/r", ["submodules": "true"], SourceOptions(submodules: true)),
    ]

    static let files = [
        ForgeRow.plain("tarball", "https://gitlab.com/g/r/-/archive/v1/r-v1.tar.gz"),
        .plain("tarball", "https://gitlab.com/g/s/r/-/archive/main/r-main.zip?ref_type=heads"),
        .plain("tarball", "https://gitlab.com/g/r/repository/v1/archive.tar.gz"),
        .plain("tarball", "https://gitlab.com/api/v4/projects/g%2Fr/repository/archive.tar.gz?sha=v1"),
        .plain("file", "https://gitlab.com/api/v4/projects/1/repository/files/a/raw?ref=main"),
        .plain("file", "https://gitlab.com/api/v4/projects/1"),
        .plain("file", "https://gitlab.com/g/r/-/raw/main/a.nix"),
        .plain("file", "https://gitlab.com/g/r/raw/main/a"),
        .plain("file", "https://gitlab.com/g/r/-/commit/0123456.patch"),
        .plain("file", "https://gitlab.com/g/r/-/merge_requests/5.diff"),
        .plain("file", "https://gitlab.com/g/r/-/releases/v1/downloads/tool"),
        .plain("file", "https://gitlab.com/g/r/-/releases/permalink/latest/downloads/tool"),
        .plain("file", "https://gitlab.com/g/r/-/jobs/1/artifacts/raw/a.bin"), .plain("file", "https://gitlab.com/g"),
        .plain("file", "https://gitlab.com/explore/projects"), .plain("file", "https://gitlab.com/groups/g"),
        .plain("file", "https://gitlab.com/g/r/-/commits/main?format=atom"),
    ]

    @Test(arguments: notations + pages + files)
    func `What is understood`(row: ForgeRow) throws { try row.check() }

    @Test(arguments: [
        "blob/main/a.nix", "issues", "issues/5", "merge_requests/7", "tags", "branches", "releases",
        "releases/permalink/latest", "wikis/home", "pipelines", "compare/a...b", "tree", "blame/main/a",
    ])
    func `A page about a project is no source`(page: String) {
        expectWebPage("https://gitlab.com/g/s/r/-/\(page)", repository: "gitlab:g%2Fs/r")
    }

    @Test func `So is an old page of a file`() {
        expectWebPage("https://gitlab.com/g/r/blob/main/a", repository: "gitlab:g/r")
    }

    @Test(arguments: [
        "gitlab:g", "gitlab:/r", "gitlab:g/", "gitlab:g/r/", "gitlab:g%2F/r", "gitlab:%2Fg/r", "gitlab:g%2F..%2Fs/r",
        "gitlab:g%252Fs/r", "gitlab://g/r", "gitlab:g/r#x", "gitlab:g s/r", "gitlab:é/r", "gitlab:g/..",
        "gitlab:g/r/%zz",
        "gitlab:g/r?host=a%2fb",
    ])
    func `What lacks a part or has one too many is refused`(text: String) {
        #expect {
            try Notation.parse(text, options: SourceOptions())
        } throws: { error in
            guard case .malformedNotation(text, let form) = error as? ResolveError else { return false }
            return form.contains("gitlab:GROUP[%2FSUBGROUP…]/REPO")
        }
    }

    @Test func `A project in groups within groups is shown as it is written`() throws {
        let source = try Notation.parse("gitlab:g%2Fs/r.nix?host=h", options: SourceOptions())
        #expect(source.summary == "gitlab:g%2Fs/r.nix?host=h")
        #expect(source.suggestedName == "r")
        // What is shown can be given.
        #expect(try Notation.parse(source.summary, options: SourceOptions()).source == source.source)
    }
}
