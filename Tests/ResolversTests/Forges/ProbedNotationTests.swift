import JSON
import Lockfile
import Resolvers
import Testing

/// Which URLs of servers that nobody has named are asked about, and which are what they look like.
struct ProbedNotationTests {
    private func type(_ text: String, _ options: SourceOptions = SourceOptions()) throws -> String {
        try Notation.parse(text, options: options).source.type
    }

    @Test(arguments: [
        "https://git.example.org/o/r", "https://git.example.org/o/r/", "http://git.example.org:3000/o/r",
        "https://git.example.org/o/r#readme", "https://git.example.org/o/r?tab=x", "https://git.example.org/o/r.nix",
        "https://git.example.org/o/o.github.io", "https://git.example.org/g/s/r", "https://git.example.org/g/s/t/u/r",
        "https://git.example.org/~o/r", "https://git.example.org/o/r-1.2", "https://git.example.org/o/.dotfiles",
        "https://git.example.org/o/r/tree/main", "https://git.example.org/o/r/tree/nixos-25.05",
        "https://git.example.org/o/r/src/branch/main", "https://git.example.org/git/o/r/src/tag/v1.0.x",
        "https://git.example.org/g/s/r/-/tree/a/b?ref_type=heads", "https://git.example.org/o/r/commit/0123456",
        "https://git.example.org/o/r/releases/tag/v1.0", "https://git.example.org/o/r/issues/5",
        "https://git.example.org/o/r/blob/main/a.nix", "https://git.example.org/~o/r/log/master",
        "https://git.example.org/~o/r/refs/1.0",
    ])
    func `What may be a repository is found out`(text: String) throws {
        #expect(try type(text) == "probed")
    }

    @Test(arguments: [
        "https://example.org", "https://example.org/", "https://example.org/a", "https://example.org/a.txt",
        "https://example.org/a/b.txt", "https://example.org/a/b/c.nix", "https://example.org/a/b/c.json",
        "https://example.org/o/r?x=y", "https://example.org/o/r?ref=main",
        "https://example.org/o/r/raw/branch/main/LICENSE",
        "https://example.org/o/r/-/raw/main/LICENSE", "https://example.org/o/r/releases/download/v1/tool",
        "https://example.org/o/r/commit/0123456.patch", "https://example.org/~o/r/refs/download/1.0/tool",
        "https://example.org/o/r/-/jobs/1/artifacts/raw/x", "https://example.org/o/r/media/branch/main/x",
        "https://example.org/o/a%20b", "https://example.org/o/r/pull/5.diff", "file:///srv/o/r",
        "file+https://example.org/o/r", "https://gitlab.com/explore/projects", "https://github.com/o/r/tarball/main",
    ])
    func `What is a file is one without a question`(text: String) throws {
        #expect(try type(text) == "file")
    }

    @Test func `Who says what it is is believed`() throws {
        let text = "https://git.example.org/o/r"
        #expect(try type(text, SourceOptions(unpack: true)) == "tarball")
        #expect(try type(text, SourceOptions(unpack: false)) == "file")
        // Nobody says of a repository that it changes: it is known to.
        var mutable = SourceOptions()
        mutable.mutable = true
        #expect(try type(text, mutable) == "file")
        mutable.unpack = true
        #expect(try type(text, mutable) == "tarball")
        #expect(try type("tarball+\(text)") == "tarball")
        #expect(try type("git+\(text)") == "git")
        #expect(try type("\(text).git") == "git")
        #expect(try type("\(text)/archive/main.tar.gz") == "tarball")
    }

    @Test func `A host beside a URL is one too many`() {
        let text = "https://git.example.org/o/r"
        #expect(throws: ResolveError.optionDoesNotFit("--host", source: text)) {
            try Notation.parse(text, options: SourceOptions(host: "h"))
        }
    }

    @Test(arguments: ["https://u:hunter2@git.example.org/o/r", "https://hunter2@git.example.org/o/r/tree/main"])
    func `A password is refused before anybody is asked`(text: String) {
        #expect {
            try Notation.parse(text, options: SourceOptions())
        } throws: { error in
            error is ResolveError && !"\(error)".contains("hunter2")
        }
    }
}
