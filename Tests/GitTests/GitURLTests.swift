import Testing

@testable import Git

@Suite struct GitURLTests {
    @Test(arguments: [
        ("https://example.org/a/b.git", "https://example.org/a/b.git"),
        ("git+https://Example.ORG/a/B", "https://example.org/a/B"),
        ("HTTPS://example.org:443/a", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("git+http://127.0.0.1:8080/x.git", "http://127.0.0.1:8080/x.git"),
        ("http://[::1]:8080/x.git", "http://[::1]:8080/x.git"),
        ("git+file:///srv/git/x", "file:///srv/git/x"),
        ("file://localhost/srv/git/x", "file:///srv/git/x"),
        ("file:///srv/a%20b", "file:///srv/a%20b"),
        ("git+ssh://git@example.org/a/b", "ssh://git@example.org/a/b"),
        ("ssh://git@example.org:22/a/b", "ssh://git@example.org/a/b"),
        ("ssh://example.org:2222/~me/b", "ssh://example.org:2222/~me/b"),
        ("git://example.org:9418/a", "git://example.org/a"),
        ("git@github.com:owner/repo.git", "ssh://git@github.com/owner/repo.git"),
        ("git@host:/srv/x", "ssh://git@host/srv/x"),
        ("git@[::1]:x/y", "ssh://git@[::1]/x/y"),
        ("git@host:100%/x", "ssh://git@host/100%25/x"),
        ("https://example.org/é", "https://example.org/%C3%A9"),
        ("https://example.org/a{b}", "https://example.org/a%7Bb%7D"),
        ("https://example.org/a%FF", "https://example.org/a%FF"),
        ("ssh://git@host/a%C3%A9", "ssh://git@host/a%C3%A9"),
    ])
    func canonicalText(_ given: String, _ canonical: String) throws {
        let url = try GitURL(parsing: given)
        #expect(url.text == canonical)
        #expect(try GitURL(parsing: url.text) == url)
    }

    @Test(arguments: [
        ("", GitURLFault.empty),
        ("/srv/git/x", .noScheme),
        ("./x", .noScheme),
        ("owner/repo", .noScheme),
        ("host:path", .noScheme),
        ("ext::sh -c id", .illegalCharacter(0x20)),
        ("ext::sh", .unsupportedScheme("ext")),
        ("git@ext::sh", .unsupportedScheme("git@ext")),
        ("ftp://example.org/x", .unsupportedScheme("ftp")),
        ("git+git+https://example.org/x", .unsupportedScheme("git+https")),
        ("https://example.org/a b", .illegalCharacter(0x20)),
        ("https://example.org/a\r\nHost: x", .illegalCharacter(0x0D)),
        ("https://example.org/a\nb", .illegalCharacter(0x0A)),
        ("https://example.org/a%0ab", .illegalEscape),
        ("https://example.org/a%00b", .illegalEscape),
        ("https://example.org/a%zz", .illegalEscape),
        ("ssh://git@host/a%FF", .illegalEscape),
        ("git+file:///srv/a%C3", .illegalEscape),
        ("https:///x", .illegalHost("")),
        ("https://:80/x", .illegalHost("")),
        ("ssh://-oProxyCommand=id/x", .illegalHost("-oproxycommand=id")),
        ("git@-oProxyCommand=id:x", .illegalHost("-oproxycommand=id")),
        ("ssh://-l@host/x", .credentials),
        ("ssh://git@host/-x", .illegalPath),
        ("git@host:-x", .illegalPath),
        ("ssh://git@host/%2Dx", .illegalPath),
        ("https://example.org", .illegalPath),
        ("https://example.org/", .illegalPath),
        ("https://example.org:0/x", .illegalPort("0")),
        ("https://example.org:65536/x", .illegalPort("65536")),
        ("https://example.org:+1/x", .illegalPort("+1")),
        ("https://exa$mple.org/x", .illegalHost("exa$mple.org")),
        ("file://elsewhere/x", .illegalHost("elsewhere")),
        ("https://example.org/x#main", .fragment),
        ("https://example.org/x?ref=main", .unknownParameter("ref")),
    ])
    func refusals(_ text: String, _ fault: GitURLFault) {
        #expect(throws: GitError.self) { try GitURL(parsing: text) }
        do {
            _ = try GitURL(parsing: text)
        } catch {
            guard case .invalidURL(_, let actual) = error else {
                Issue.record("another error: \(error)")
                return
            }
            #expect(actual == fault)
        }
    }

    @Test(arguments: [
        "https://user:geheim@example.org/x", "https://geheim@example.org/x", "http://:geheim@example.org/x",
        "ssh://git:geheim@example.org/x", "git:geheim@example.org:x", "https://user:ge/geheim@example.org/x",
        "https://user:geheim/x@example.org/x", "https://u:geheim?y@example.org/x", "https://u:geheim#y@example.org/x",
        "git://u:geheim@example.org/x", "file://u:geheim@example.org/x", "git+https://u:geheim@example.org/x",
        "https://u:geheim@/x", "https://u:geh@geheim@example.org/x", "ssh://u:geheim/@host/x",
    ])
    func passwordsAreRefusedAndNotRepeated(_ text: String) {
        do {
            _ = try GitURL(parsing: text)
            Issue.record("accepted \(text)")
        } catch {
            #expect(!String(describing: error).contains("geheim"))
        }
    }

    /// Neither by the URL alone nor by the notation with parameters; what is no secret is said.
    @Test(arguments: [
        "https://example.org/x.git?token=geheim", "https://example.org/x.git?ref=main&private_token=geheim&dir=a",
        "git+https://example.org/x?access_token=geheim&token=geheim", "https://example.org/x?ref=main#token=geheim",
        "https://example.org/x?ref=a..b&jwt=geheim", "https://example.org/x?a=1;token=geheim",
        "https://u:geheim?y@example.org/x", "https://u:p?geheim@example.org/x?ref=main",
        "https://example.org/x@y?token=geheim",
    ])
    func whatMayBeATokenIsNotRepeated(_ text: String) {
        let error = #expect(throws: GitError.self) { try GitURL(parsing: text) }
        let query = #expect(throws: GitError.self) { try GitURL.splitQuery(text) }
        for error in [error, query] {
            let description = String(describing: error)
            #expect(!description.contains("geheim") && description.contains("***"))
        }
    }

    @Test func whatIsNoTokenIsRepeated() {
        #expect(
            throws: GitError.invalidURL(text: "https://h/x?ref=main&token=***&b", .unknownParameter("token"))
        ) { try GitURL.splitQuery("https://h/x?ref=main&token=1&b") }
    }

    @Test func queryIsSplitOff() throws {
        let (url, parameters) = try GitURL.splitQuery(
            "git+https://example.org/x?ref=v1%2E0&rev=0123456789ABCDEF0123456789abcdef01234567&submodules=1&dir=a/b&lfs=0"
        )
        #expect(url == "git+https://example.org/x")
        #expect(parameters.ref == "v1.0")
        #expect(parameters.revision?.hex == "0123456789abcdef0123456789abcdef01234567")
        #expect(parameters.submodules == true)
        #expect(parameters.lfs == false)
        #expect(parameters.directory == "a/b")
        #expect(try GitURL.splitQuery("https://example.org/x").parameters == GitURL.Parameters())
    }

    @Test(arguments: [
        "https://e.org/x?reff=main", "https://e.org/x?ref=main&ref=dev", "https://e.org/x?rev=abc",
        "https://e.org/x?submodules=yes", "https://e.org/x?ref=a..b", "https://e.org/x?ref=-x",
        "https://e.org/x?ref=a%0ab", "https://e.org/x?dir=../y", "https://e.org/x?ref=%zz", "https://e.org/x?ref",
    ])
    func impossibleQueries(_ text: String) {
        #expect(throws: GitError.self) { try GitURL.splitQuery(text) }
    }

    @Test func repositoryNames() throws {
        #expect(try GitURL(parsing: "https://e.org/a/b.git").repositoryName == "b")
        #expect(try GitURL(parsing: "https://e.org/a/b/").repositoryName == "b")
        #expect(try GitURL(parsing: "file:///srv/a%20b").repositoryName == "a b")
        #expect(try GitURL(parsing: "https://e.org/a/.git").repositoryName == ".git")
    }

    @Test func objectIDs() throws {
        let digits = "0123456789abcdef0123456789abcdef01234567"
        let id = try #require(ObjectID(hex: digits.uppercased()))
        #expect(id.hex == digits)
        #expect(ObjectID(bytes: id.bytes) == id)
        for wrong in ["", "abc", String(digits.dropLast()), digits + "0", digits.replacing("0", with: "g")] {
            #expect(ObjectID(hex: wrong) == nil)
        }
    }

    @Test(arguments: [
        "main", "refs/heads/main", "feature/é", "v1.0", "HEAD", "a@b", "x-a",
    ])
    func refNames(_ name: String) {
        #expect(RefName.isValid(name))
    }

    @Test(arguments: [
        "", "-x", "a b", "a\nb", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "@", "a@{0}", "/a", "a/", "a//b",
        ".a", "a/.b", "a.lock", "a.lock/b", "a.", "a\u{7F}",
    ])
    func illegalRefNames(_ name: String) {
        #expect(!RefName.isValid(name))
    }
}
