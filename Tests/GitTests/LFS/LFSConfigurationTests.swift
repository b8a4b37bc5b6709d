import Support
import Testing

@testable import Git

/// `.lfsconfig` files, read as `git config` reads them.
@Suite struct LFSConfigurationTests {
    @Test(arguments: [
        "[lfs]\n\turl = https://lfs.example.org/a\n",
        "[lfs]url=https://lfs.example.org/a",
        "[LFS]\r\n\tURL = https://lfs.example.org/a\r\n",
        "# a comment\n; another\n[lfs] # and one\nurl = https://lfs.example.org/a ; here too\n",
        "[lfs]\n\turl = \"https://lfs.example.org/a#b;c\" \"d\"\n",
        "[lfs]\n\turl = https://lfs.example.org/\\\na\n",
        "[lfs]\n\turl = a\\tb\\\\c\\\"d\n",
        "[lfs]\n\turl = one\n[other]\n\turl = no\n[lfs]\n\turl = two\n",
        "[lfs \"https://x\"]\n\turl = no\n",
        "[remote \"origin\"]\n\tlfsurl = no\n",
        "[lfs]\n\tfetchexclude = a\n\tlocksverify\n\turl = yes\n",
        "\u{FEFF}[lfs]\n\turl = yes\n",
        "",
        "[core]\n\tbare = true\n",
    ])
    func sameAsGit(_ text: String) async throws {
        let folder = TemporaryDirectory()
        try folder.write("lfsconfig", text)
        let git = try await runProcess(
            ["git", "config", "-f", folder.file("lfsconfig"), "--get", "lfs.url"],
            environment: isolatedEnvironment(home: folder.path))
        let expected = git.status == 0 ? String(git.stdout.dropLast()) : nil
        #expect(LFSConfiguration.url(in: Array(text.utf8)) == expected)
    }

    /// Nothing is read that the file names: git would include it.
    @Test func noFileIsIncluded() throws {
        let folder = TemporaryDirectory()
        try folder.write("other", "[lfs]\n\turl = https://evil.example.org\n")
        let text = "[include]\n\tpath = \(folder.file("other"))\n"
        #expect(LFSConfiguration.url(in: Array(text.utf8)) == nil)
    }

    @Test(arguments: ["[lfs", "[lfs]\nurl = \"open", "[lfs]\nurl = a\\q", "[lfs]\n= x", "\0", "[lfs]\nurl = \\"])
    func whatIsNoneSaysNothing(_ text: String) {
        #expect(LFSConfiguration.url(in: Array(text.utf8)) == nil)
    }
}
