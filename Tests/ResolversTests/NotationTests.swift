import Git
import JSON
import Lockfile
import NixHash
import Resolvers
import Testing

/// What `add` takes, and what becomes of it.
struct NotationTests {
    /// An input, what is expected of it, and the options beside it.
    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        let expected: String
        let options: SourceOptions
        var testDescription: String { text }

        init(_ text: String, _ expected: String, _ options: SourceOptions = SourceOptions()) {
            (self.text, self.expected, self.options) = (text, expected, options)
        }
    }

    private func json(_ row: Row) throws -> String {
        let source = try Notation.parse(row.text, options: row.options)
        return String(decoding: source.source.json.serializedCompactly(), as: UTF8.self)
    }

    private static func channel(_ name: String, _ artifact: String = "") -> String {
        #"{\#(artifact.isEmpty ? "" : #""artifact":"\#(artifact)","#)"channel":"\#(name)","type":"channel"}"#
    }

    private static func github(_ owner: String, _ repo: String, _ first: String = "", host: String = "") -> String {
        let host = host.isEmpty ? "" : #""host":"\#(host)","#
        return #"{\#(first)\#(host)"owner":"\#(owner)","repo":"\#(repo)","type":"github"}"#
    }

    private static func githubWithContents(_ first: String, _ last: String, lfs: Bool = false) -> String {
        let lfs = lfs ? #""lfs":true,"# : ""
        return #"{\#(first)\#(lfs)"owner":"o","repo":"r",\#(last)"type":"github"}"#
    }

    private static func git(_ url: String, _ first: String = "") -> String {
        #"{\#(first)"type":"git","url":"\#(url)"}"#
    }

    private static func withContents(_ fields: String) -> String { git("https://example.org/r", fields) }

    private static func tarball(_ url: String) -> String { #"{"type":"tarball","url":"\#(url)"}"# }
    private static func file(_ url: String) -> String { #"{"type":"file","url":"\#(url)"}"# }

    private static let revision = "0123456789abcdef0123456789abcdef01234567"

    // MARK: Channels

    static let channels = [
        Row("nixpkgs", channel("nixpkgs-unstable")), Row("channel:nixos-25.05", channel("nixos-25.05")),
        Row("channel:nixos-unstable#options.json.br", channel("nixos-unstable", "options.json.br")),
        Row("CHANNEL:nixos-unstable", channel("nixos-unstable")),
    ]

    // MARK: GitHub

    static let githubs = [
        Row("github:NixOS/nixpkgs", github("NixOS", "nixpkgs")),
        Row("github:o/r/v1", github("o", "r", #""at":"v1","#)),
        Row("github:o/r/feature/x", github("o", "r", #""at":"feature/x","#)),
        Row("github:o/r/feature%2Fx", github("o", "r", #""at":"feature/x","#)),
        Row("github:o/r?ref=v1", github("o", "r", #""at":"v1","#)),
        Row("github:o/r?rev=\(revision)", github("o", "r", #""at":"\#(revision)","#)),
        Row("github:o/r?submodules=1&ref=v1", githubWithContents(#""at":"v1","#, #""submodules":true,"#)),
        Row("github:o/r?submodules=0&lfs=1", githubWithContents("", "", lfs: true)),
        Row("github:o/r", githubWithContents("", #""submodules":true,"#), SourceOptions(submodules: true)),
        Row(
            "https://github.com/o/r", githubWithContents("", #""submodules":true,"#, lfs: true),
            SourceOptions(submodules: true, lfs: true)),
        Row("github:o/r?dir=a/b", github("o", "r", #""dir":"a/b","#)),
        Row("github:o/r/v1?dir=a%20b", github("o", "r", #""at":"v1","dir":"a b","#)),
        Row("github:o/r?dir=&ref=v1", github("o", "r", #""at":"v1","#)),
        Row("github:o/r?dir=a&submodules=1", githubWithContents(#""dir":"a","#, #""submodules":true,"#)),
        Row("github:o/r?host=ghe.example.org", github("o", "r", host: "ghe.example.org")),
        Row("github:o/r", github("o", "r", host: "ghe.example.org"), SourceOptions(host: "ghe.example.org")),
        Row("github:o/r", github("o", "r", #""branch":"dev","#), SourceOptions(branch: "dev")),
        Row("github:o/r", github("o", "r", #""at":"v1","#), SourceOptions(at: "v1")),
        Row("https://github.com/o/r", github("o", "r")), Row("https://github.com/o/r/", github("o", "r")),
        Row("https://github.com/o/r.git", github("o", "r")), Row("https://GitHub.com/o/r", github("o", "r")),
        Row("http://github.com/o/r", github("o", "r")), Row("https://www.github.com/o/r", github("o", "r")),
        Row("https://github.com/o/r#readme", github("o", "r")),
        Row("https://github.com/o/r?tab=readme-ov-file", github("o", "r")),
        Row("https://github.com/o/r/tree/main", github("o", "r", #""at":"main","#)),
        Row("https://github.com/o/r/tree/feature/x", github("o", "r", #""at":"feature/x","#)),
        Row("https://github.com/o/r/tree/feature%2Fx", github("o", "r", #""at":"feature/x","#)),
        Row("https://github.com/o/r/commits/main", github("o", "r", #""at":"main","#)),
        Row("https://github.com/o/r/commits/feature/x/", github("o", "r", #""at":"feature/x","#)),
        Row("https://github.com/o/r?tab=readme-ov-file&utm_source=x", github("o", "r")),
        Row("https://github.com/o/r/commit/\(revision)", github("o", "r", #""at":"\#(revision)","#)),
        Row("https://github.com/o/r/releases/tag/v1.0", github("o", "r", #""at":"v1.0","#)),
        Row("https://github.com/o/r", github("o", "r", #""branch":"dev","#), SourceOptions(branch: "dev")),
    ]

    // MARK: Git

    static let gits = [
        Row("git+https://example.org/r", git("https://example.org/r")),
        Row("git+http://example.org/r", git("http://example.org/r")),
        Row("git+ssh://git@example.org/r", git("ssh://git@example.org/r")),
        Row("git+file:///srv/r", git("file:///srv/r")), Row("git://example.org/r", git("git://example.org/r")),
        Row("ssh://git@example.org:2222/r", git("ssh://git@example.org:2222/r")),
        Row("git@example.org:o/r.git", git("ssh://git@example.org/o/r.git")),
        Row("git@example.org:/o/r", git("ssh://git@example.org/o/r")),
        Row("https://example.org/o/r.git", git("https://example.org/o/r.git")),
        Row("http://example.org/o/r.git", git("http://example.org/o/r.git")),
        Row("file:///srv/r.git", git("file:///srv/r.git")),
        Row("GIT+HTTPS://Example.ORG:443/r", git("https://example.org/r")),
        Row("git+https://example.org/r?ref=v1", git("https://example.org/r", #""at":"v1","#)),
        Row("git+https://example.org/r?ref=refs/heads/x", git("https://example.org/r", #""at":"refs/heads/x","#)),
        Row("git+https://example.org/r?ref=a%2Fb", git("https://example.org/r", #""at":"a/b","#)),
        Row(
            "git+https://example.org/r?ref=main&rev=\(revision)",
            git("https://example.org/r", #""at":"\#(revision)","#)),
        Row("git+https://example.org/r?submodules=0", git("https://example.org/r")),
        Row("git+https://example.org/r?submodules=1", withContents(#""submodules":true,"#)),
        Row("git+https://example.org/r?lfs=1&submodules=0", withContents(#""lfs":true,"#)),
        Row("git+https://example.org/r?lfs=0", withContents(#""submodules":true,"#), SourceOptions(submodules: true)),
        Row(
            "git+https://example.org/r", withContents(#""lfs":true,"submodules":true,"#),
            SourceOptions(submodules: true, lfs: true)),
        Row(
            "git+https://example.org/r?submodules=1", withContents(#""submodules":true,"#),
            SourceOptions(submodules: true)),
        Row("git+https://example.org/r?dir=a/b", git("https://example.org/r", #""dir":"a/b","#)),
        Row("git+https://example.org/r?dir=a%20b&ref=v1", git("https://example.org/r", #""at":"v1","dir":"a b","#)),
        Row("git+https://example.org/r?dir=", git("https://example.org/r")),
        Row(
            "git+https://example.org/r?rev=\(revision)&dir=x",
            git("https://example.org/r", #""at":"\#(revision)","dir":"x","#)),
        Row("https://example.org/r.git?ref=v1", git("https://example.org/r.git", #""at":"v1","#)),
        Row("git@example.org:r?ref=v1", git("ssh://git@example.org/r", #""at":"v1","#)),
        Row("git+https://example.org/r", git("https://example.org/r", #""branch":"x","#), SourceOptions(branch: "x")),
        Row("git+https://example.org/r", git("https://example.org/r", #""at":"v1","#), SourceOptions(at: "v1")),
    ]

    // MARK: Archives and files

    static let urls = [
        Row("https://example.org/a.tar.gz", tarball("https://example.org/a.tar.gz")),
        Row("http://example.org/a.tgz", tarball("http://example.org/a.tgz")),
        Row("https://example.org/A.ZIP", tarball("https://example.org/A.ZIP")),
        Row("https://example.org/a.tar.xz?token=1", tarball("https://example.org/a.tar.xz?token=1")),
        Row("https://example.org:8443/a.tar.zst", tarball("https://example.org:8443/a.tar.zst")),
        Row("https://[::1]/a.tar", tarball("https://[::1]/a.tar")),
        Row("https://[::1]:80/a.tar", tarball("https://[::1]:80/a.tar")),
        Row("https://github.com/o/r/archive/v1.tar.gz", tarball("https://github.com/o/r/archive/v1.tar.gz")),
        Row(
            "https://github.com/o/r/releases/download/v1/r.zip",
            tarball("https://github.com/o/r/releases/download/v1/r.zip")),
        Row("https://unpkg.com/p@1.2.3/p.tgz", tarball("https://unpkg.com/p@1.2.3/p.tgz")),
        Row("tarball+https://example.org/download", tarball("https://example.org/download")),
        Row("tarball+http://example.org/d", tarball("http://example.org/d")),
        Row("tarball+file:///srv/d", tarball("file:///srv/d")),
        Row("file:///srv/a.tar.gz", tarball("file:///srv/a.tar.gz")),
        Row("https://example.org/d", tarball("https://example.org/d"), SourceOptions(unpack: true)),
        Row("https://example.org/a.json", file("https://example.org/a.json")),
        Row("https://example.org/a.tar.gz.sig", file("https://example.org/a.tar.gz.sig")),
        Row("https://example.org", file("https://example.org")),
        Row("file+https://example.org/a.tar.gz", file("https://example.org/a.tar.gz")),
        Row("file+http://example.org/a", file("http://example.org/a")),
        Row("file+file:///srv/a", file("file:///srv/a")), Row("file:///srv/a", file("file:///srv/a")),
        Row("https://example.org/a.zip", file("https://example.org/a.zip"), SourceOptions(unpack: false)),
    ]

    @Test(arguments: channels + githubs + gits + urls)
    func `What is understood`(row: Row) throws {
        #expect(try json(row) == row.expected)
    }

    // MARK: Refusals

    @Test(arguments: [
        "", "no-such-name", "NIXPKGS", "nixpkgs/", "./pins", "/etc/passwd", "a b", "svn://example.org/r",
        "ftp://example.org/a.tar.gz",
        "path:/srv", "flake:nixpkgs", "C:\\a.zip", "é", "git+ftp://example.org/r", "tarball+ssh://example.org/r",
    ])
    func `What nobody understands is refused`(text: String) {
        #expect {
            try Notation.parse(text, options: SourceOptions())
        } throws: { error in
            guard case .unknownNotation(text, _) = error as? ResolveError else { return false }
            return true
        }
    }

    @Test(arguments: [
        ("githb:o/r", "github:o/r"), ("docker:alpine:3", "oci:alpine:3"), ("cargo:serde", "crates:serde"),
        ("tarbal+https://e.org/a", "tarball+https://e.org/a"), ("htps://e.org/a.zip", "https://e.org/a.zip"),
        ("owner/repo", "github:owner/repo"), ("owner/repo/v1", "github:owner/repo/v1"),
        ("github.com/o/r", "https://github.com/o/r"), ("hg+https://e.org/r", nil), ("alpine:3", nil),
        ("./pins", nil), ("../a/b", nil), ("/etc/passwd", nil), ("a/b c", nil), ("a//b", nil),
        ("githb://u:p@e.org/r", "github://***@e.org/r"), ("git+git://e.org/r", "git://e.org/r"),
        ("git+ftp://e.org/r", nil),
    ])
    func `What was meant is said where it can be guessed`(text: String, meant: String?) {
        #expect {
            try Notation.parse(text, options: SourceOptions())
        } throws: { error in
            guard case .unknownNotation(_, let nearest) = error as? ResolveError else { return false }
            return nearest == (meant.map { [$0] } ?? [])
        }
    }

    @Test(arguments: [
        "channel:", "channel:a/b", "channel:..", "channel:a#", "channel:a#b#c", "channel:a#../b", "channel:a b",
        "channel:a%2f",
        "channel:a?b", "github:", "github:o", "github:o/", "github:/r", "github:o/r/", "github:../r", "github:o/r#x",
        "github://o/r", "github:o/r/%zz", "github:o r/x", "https:/example.org/a.zip", "https:example.org",
        "https:///a.zip",
        "https://example.org/a b.zip", "https://example.org/é.zip", "https://example.org/a\n.zip",
        "https://example.org:port/a.zip", "file:/srv/a", "file:a", "file://example.org/a", "tarball+https://",
    ])
    func `What lacks a part or has one too many is refused, with the form it should have`(text: String) {
        #expect {
            try Notation.parse(text, options: SourceOptions())
        } throws: { error in
            guard case .malformedNotation(text, let form) = error as? ResolveError else { return false }
            return !form.isEmpty
        }
    }

    @Test(arguments: [
        ("github:o/r?ref=", "ref", "github:o/r"),
        ("github:o/r/v1?ref=v2", "ref", "github:o/r/v1"), ("github:o/r?token=hunter2", "token", "github:o/r"),
        ("https://github.com/o/r?ref=v1", "ref", "https://github.com/o/r"),
        ("https://gitlab.com/g/s/r?private_token=hunter2", "private_token", "https://gitlab.com/g/s/r"),
        ("https://codeberg.org/o/r?ref=v1", "ref", "https://codeberg.org/o/r"),
        ("https://git.sr.ht/~o/r?x", "x", "https://git.sr.ht/~o/r"),
        ("https://bitbucket.org/o/r?ref=v1", "ref", "https://bitbucket.org/o/r"),
    ])
    func `A parameter that means nothing is named, and its value is not`(text: String, name: String, shown: String) {
        #expect(throws: ResolveError.unknownParameter(name, in: shown)) {
            try Notation.parse(text, options: SourceOptions())
        }
    }

    @Test(arguments: ["submodules", "lfs"])
    func `What the notation forbids no option asks for`(field: String) {
        let options = SourceOptions(submodules: field == "submodules", lfs: field == "lfs")
        for text in ["git+https://example.org/r?\(field)=0", "github:o/r?\(field)=0"] {
            #expect(throws: ResolveError.optionDoesNotFit("--\(field)", source: text)) {
                try Notation.parse(text, options: options)
            }
        }
    }

    @Test(arguments: ["github:o/r?submodules=2", "github:o/r?lfs=1&lfs=1"])
    func `A forge's flag has one of two values, once`(text: String) {
        #expect(throws: GitError.self) { try Notation.parse(text, options: SourceOptions()) }
    }

    static let misfits: [(String, String, SourceOptions)] = [
        ("nixpkgs", "--submodules", SourceOptions(submodules: true)), ("channel:c", "--lfs", SourceOptions(lfs: true)),
        ("https://example.org/a.tar.gz", "--submodules", SourceOptions(submodules: true)),
        ("file+https://example.org/a", "--lfs", SourceOptions(lfs: true)),
        ("nixpkgs", "--branch", SourceOptions(branch: "b")), ("channel:c", "--at", SourceOptions(at: "a")),
        ("channel:c", "--host", SourceOptions(host: "h")), ("channel:c", "--unpack", SourceOptions(unpack: true)),
        ("channel:c", "--no-unpack", SourceOptions(unpack: false)),
        ("github:o/r", "--unpack", SourceOptions(unpack: true)),
        ("github:o/r/v1", "--branch", SourceOptions(branch: "b")), ("github:o/r/v1", "--at", SourceOptions(at: "a")),
        ("https://github.com/o/r/tree/x", "--branch", SourceOptions(branch: "b")),
        ("https://github.com/o/r", "--no-unpack", SourceOptions(unpack: false)),
        ("https://github.com/o/r", "--host", SourceOptions(host: "ghe.example.org")),
        ("git+https://example.org/r", "--host", SourceOptions(host: "h")),
        ("git+https://example.org/r", "--unpack", SourceOptions(unpack: true)),
        ("git+https://example.org/r?ref=x", "--at", SourceOptions(at: "a")),
        ("git+https://example.org/r?rev=\(revision)", "--at", SourceOptions(at: "a")),
        ("git+https://example.org/r?rev=\(revision)", "--branch", SourceOptions(branch: "a")),
        ("https://example.org/r.git", "--unpack", SourceOptions(unpack: true)),
        ("https://example.org/a.zip", "--branch", SourceOptions(branch: "b")),
        ("https://example.org/a.zip", "--at", SourceOptions(at: "b")),
        ("https://example.org/a.zip", "--host", SourceOptions(host: "b")),
        ("tarball+https://example.org/a", "--no-unpack", SourceOptions(unpack: false)),
        ("file+https://example.org/a", "--unpack", SourceOptions(unpack: true)),
    ]

    @Test(arguments: misfits)
    func `An option that does not go with the source is refused`(
        text: String, option: String, options: SourceOptions
    ) {
        let isNixpkgs = text == "nixpkgs"
        #expect(throws: ResolveError.optionDoesNotFit(option, source: isNixpkgs ? "channel:nixpkgs-unstable" : text)) {
            try Notation.parse(text, options: options)
        }
    }

    @Test func `A branch and a place to stay at are one too many`() {
        #expect(throws: ResolveError.optionDoesNotFit("--branch", source: "--at")) {
            try Notation.parse("github:o/r", options: SourceOptions(branch: "b", at: "a"))
        }
    }

    @Test(arguments: [
        "https://github.com/o/r/commit/\(revision).patch", "https://github.com/o/r/pull/5.diff",
        "https://github.com/o/r/commits/main.atom", "https://github.com/o/r/releases.atom",
        "https://github.com/o/r/compare/a...b.patch", "https://github.com/o/r/raw/main/a",
        "https://github.com/o/r/releases/latest/download/a.txt", "https://github.com/o/r/tarball/main",
        "https://gitlab.com/o/r/-/raw/main/a", "https://example.org/o/r.txt",
    ])
    func `A file behind a forge's link is a file`(text: String) throws {
        #expect(
            try Notation.parse(text, options: SourceOptions()).source.json == ["type": "file", "url": .string(text)])
    }

    @Test(arguments: [("HTTPS://Example.org/A.TXT", "https://Example.org/A.TXT"), ("FILE:///a", "file:///a")])
    func `A scheme is written in small letters`(text: String, url: String) throws {
        #expect(try Notation.parse(text, options: SourceOptions()).source["url"] == .string(url))
    }

    @Test(arguments: [
        "https://github.com/o/r/blob/main/default.nix", "https://github.com/o/r/issues", "http://github.com/o/r/pull/7",
        "https://github.com/o/r/releases", "https://github.com/o/r/wiki", "https://github.com/o/r/tree",
    ])
    func `A page about a repository is no source`(text: String) {
        #expect(throws: ResolveError.webPage(text, repository: "github:o/r")) {
            try Notation.parse(text, options: SourceOptions())
        }
    }

    static let secrets = [
        "https://user:hunter2@example.org/a.tar.gz", "https://hunter2@example.org/a.tar.gz",
        "https://user:hunter2@example.org/r.git", "https://user:hunter2@github.com/o/r",
        "https://user:p@hunter2@example.org/a.zip", "https://user:hun/hunter2@example.org/a.zip",
        "https://user:hunter2@example.org/a b.zip", "http://user:hunter2@example.org/é.zip",
        "git+https://user:hunter2@example.org/r", "git+https://user:hunter2@example.org/r?dir=x",
        "git+https://user:hunter2@example.org/r?submodules=1", "git+https://user:hunter2@example.org/r?nonsense=x",
        "git+ssh://user:hunter2@example.org/r", "user:hunter2@example.org:o/r",
        "tarball+https://u:hunter2@example.org/a",
        "file+https://u:hunter2@example.org/a", "tarball+ssh://u:hunter2@example.org/a",
        "svn://u:hunter2@example.org/a",
        "ftp://u:hunter2@example.org/a", "file://u:hunter2@example.org/a", "github:o/r?access_token=hunter2",
        "github://u:hunter2@example.org/a", "github:o/r/?token=hunter2", "gitlab:o?token=hunter2",
        "gitlab:o/r?dir=..&token=hunter2", "nixpkgs?token=hunter2", "channel:x?token=hunter2", "pypi:x?token=hunter2",
        "oci:h/x?token=hunter2", "git+https://example.org/r?token=hunter2", "git+file:///r?ref=a&token=hunter2",
        "https://example.org/r.git?private_token=hunter2", "git+https://example.org/r#token=hunter2",
        "ssh://git@example.org/r?token=hunter2", "git@example.org:r?token=hunter2",
    ]

    @Test(
        arguments: secrets,
        [
            SourceOptions(), SourceOptions(branch: "b"), SourceOptions(at: "a"), SourceOptions(host: "h"),
            SourceOptions(unpack: true), SourceOptions(unpack: false), SourceOptions(branch: "b", at: "a"),
        ])
    func `A password or token is refused, and no error repeats it`(text: String, options: SourceOptions) {
        #expect {
            try Notation.parse(text, options: options)
        } throws: { error in
            !"\(error)".contains("hunter2")
        }
    }

    // MARK: Names

    static let names: [(String, String)] = [
        ("channel:nixos-25.05", "nixos-25.05"),
        ("channel:c#options.json.br", "options.json.br"),
        ("github:o/r", "r"), ("github:o/flake-utils.nix", "flake-utils"), ("github:o/.nix", ".nix"),
        ("git+https://example.org/o/r.git", "r"), ("git@example.org:o/my%20r.git", "my%20r"),
        ("https://example.org/src-1.0.tar.gz", "src-1.0"), ("https://example.org/a.zip", "a"),
        ("https://example.org/.zip", ".zip"), ("https://example.org/a%20b.txt", "a_b.txt"),
        ("https://example.org/d/?q=a.zip", "d"), ("https://example.org/", "source"), ("https://example.org", "source"),
        ("https://example.org/%", "_"),
    ]

    static let storeNames: [(String, String)] = [
        ("a.txt", "a.txt"), ("a%20b", "a_b"), ("a%2Fb", "a_b"), ("%C3%A9", "__"), ("a+b_c-d.e?f=g", "a+b_c-d.e"),
        ("a%3Fb%3D", "a?b="), ("%2525", "_25"), ("a%zz", "a_zz"), (".hidden", ".hidden"), ("%2E", "_"),
        ("%2e%2e", "_."),
        ("..-a", "_.-a"), ("a/", "a"), ("a/b/c", "c"), ("", "source"), ("?q", "source"),
        (String(repeating: "n", count: 300), String(repeating: "n", count: 211)),
    ]

    @Test(arguments: storeNames)
    func `A file is called in the store as the end of its path is`(path: String, name: String) async throws {
        let url = "https://example.org/\(path)"
        let resolution = try await Notation.parse("file+\(url)", options: SourceOptions()).resolve(in: upstream())
        #expect(resolution.fetch == .file(url: url, name: name))
        #expect(throws: Never.self) { try StorePath.check(name: name) }
    }

    @Test(arguments: names)
    func `A pin is called after its source`(text: String, name: String) throws {
        #expect(try Notation.parse(text, options: SourceOptions()).suggestedName == name)
    }
}
