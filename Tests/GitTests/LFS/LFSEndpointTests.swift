import Testing

@testable import Git

/// Where a repository's objects are, as git-lfs finds it (docs/api/server-discovery.md).
@Suite struct LFSEndpointTests {
    @Test(arguments: [
        ("https://git-server.com/foo/bar", "https://git-server.com/foo/bar.git/info/lfs"),
        ("https://git-server.com/foo/bar.git", "https://git-server.com/foo/bar.git/info/lfs"),
        ("https://git-server.com/foo/bar/", "https://git-server.com/foo/bar.git/info/lfs"),
        ("http://git-server.com:8080/foo/b%20r", "http://git-server.com:8080/foo/b%20r.git/info/lfs"),
        ("git://git-server.com:9999/foo/bar.git", "https://git-server.com/foo/bar.git/info/lfs"),
    ])
    func isGuessed(_ url: String, _ server: String) throws {
        let endpoints = try LFSEndpoint.candidates(for: try GitURL(parsing: url), configured: nil)
        #expect(endpoints == [.server(url: server)])
    }

    @Test(arguments: ["git@git-server.com:foo/bar.git", "ssh://git@git-server.com:2222/foo/bar.git"])
    func sshIsAsked(_ text: String) throws {
        let url = try GitURL(parsing: text)
        let endpoints = try LFSEndpoint.candidates(for: url, configured: nil)
        #expect(endpoints == [.shell(url, fallback: "https://git-server.com/foo/bar.git/info/lfs")])
    }

    @Test func aCommitMayNameTheServer() throws {
        for text in ["https://h.example/r", "ssh://git@h.example/r", "git://h.example/r"] {
            let endpoints = try LFSEndpoint.candidates(
                for: try GitURL(parsing: text), configured: "https://lfs-server.com/foo/bar/")
            #expect(endpoints == [.server(url: "https://lfs-server.com/foo/bar")])
        }
        let local = try GitURL(parsing: "file:///r")
        let endpoints = try LFSEndpoint.candidates(for: local, configured: "http://localhost:1/x")
        #expect(endpoints == [.store(local), .server(url: "http://localhost:1/x")])
        #expect(try LFSEndpoint.candidates(for: local, configured: nil) == [.store(local)])
    }

    private static let hostile: [(String, LFSURLFault)] = [
        ("ext::sh -c id", LFSURLFault.malformed),
        ("ext::id", .unsupportedScheme("ext")),
        ("file:///etc", .unsupportedScheme("file")),
        ("ssh://evil/x", .unsupportedScheme("ssh")),
        ("gopher://evil/x", .unsupportedScheme("gopher")),
        ("--upload-pack=x", .malformed),
        ("../x", .malformed),
        ("/etc", .malformed),
        ("https:/x", .malformed),
        ("https:///x", .malformed),
        ("https://user:pw@evil/x", .credentials),
        ("https://token@evil/x", .credentials),
        ("https://evil/x?y", .malformed),
        ("https://evil/x\r\nHost: y", .malformed),
        ("https://evil/\u{7F}", .malformed),
        ("http://h.example/x", .insecure(host: "h.example")),
    ]

    @Test(arguments: hostile)
    func aHostileServerIsRefused(_ text: String, _ fault: LFSURLFault) throws {
        let url = try GitURL(parsing: "https://h.example/r")
        #expect(throws: LFSError.illegalConfiguredURL(repository: "https://h.example/r", fault)) {
            try LFSEndpoint.candidates(for: url, configured: text)
        }
    }

    // MARK: git-lfs-authenticate

    @Test(arguments: [
        ("ssh://git@h/foo/bar.git", "git-lfs-authenticate /foo/bar.git download"),
        ("ssh://git@h/f%20oo/b'r", "git-lfs-authenticate '/f oo/b'\\''r' download"),
        ("ssh://git@h/$(id)/;x", "git-lfs-authenticate '/$(id)/;x' download"),
    ])
    func theShellIsToldOneWord(_ url: String, _ command: String) throws {
        #expect(LFSAuthentication.command(for: try GitURL(parsing: url)) == command)
    }

    private static func answer(_ output: String, status: Int32 = 0, words: String = "") -> SecureShell.Answer {
        SecureShell.Answer(output: Array(output.utf8), status: status, words: words)
    }

    @Test func anAnswerIsRead() throws {
        let url = try GitURL(parsing: "ssh://git@h/x")
        let text = """
            {"href": "https://lfs-server.com/foo/bar", "header": {"Authorization": "RemoteAuth some-token"},
             "expires_in": 86400}
            """
        let action = try LFSAuthentication.read(Self.answer(text), from: url, fallback: "https://h/x.git/info/lfs")
        #expect(action.url == "https://lfs-server.com/foo/bar")
        #expect(action.headers.map(\.name) == ["Authorization"])
        #expect(action.headers.map(\.value) == ["RemoteAuth some-token"])
        #expect(action.lifetime == 86400)
    }

    /// 127 is a shell's; Gerrit has one status for everything.
    @Test(arguments: [(127, "sh: 1: git-lfs-authenticate: not found"), (1, "gerrit: git-lfs-authenticate: not found")])
    func aServerThatDoesNotKnowTheCommandIsGuessed(_ status: Int32, _ words: String) throws {
        let url = try GitURL(parsing: "ssh://git@h/x")
        let answer = Self.answer("", status: status, words: words)
        let action = try LFSAuthentication.read(answer, from: url, fallback: "https://h/x.git/info/lfs")
        #expect(action.url == "https://h/x.git/info/lfs")
        #expect(action.headers.isEmpty)
    }

    @Test func refusalsAndNonsenseAreErrors() throws {
        let url = try GitURL(parsing: "ssh://git@h/x")
        #expect(throws: LFSError.authenticationCommandFailed(url: url.text, status: 1, message: "denied")) {
            try LFSAuthentication.read(Self.answer("", status: 1, words: "denied"), from: url, fallback: "")
        }
        let answers: [(String, LFSResponseFault)] = [
            ("", LFSResponseFault.notJSON(contentType: nil)), ("welcome!", .notJSON(contentType: nil)),
            ("[]", .notJSON(contentType: nil)), ("{}", .illegalMember("href")),
            (#"{"href": "file:///etc/passwd"}"#, .illegalURL(.unsupportedScheme("file"))),
            (#"{"href": "https://a:b@h/"}"#, .illegalURL(.credentials)),
            (#"{"href": "https://h/", "header": ["x"]}"#, .illegalMember("header")),
            (#"{"href": "https://h/", "header": {"x": 1}}"#, .illegalMember("header")),
        ]
        for (output, fault) in answers {
            #expect(throws: LFSError.malformedResponse(url: url.text, fault)) {
                try LFSAuthentication.read(Self.answer(output), from: url, fallback: "")
            }
        }
    }
}
