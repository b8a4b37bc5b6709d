import Testing

@testable import Transfer

@Suite struct WebURLTests {
    @Test(arguments: [
        ("http://example.org", false, "example.org", "80"),
        ("https://EXAMPLE.org:8443/a?b#c", true, "example.org", "8443"),
        ("HTTPS://example.org/%2e%2F", true, "example.org", "443"),
        ("http://[::1]:80/", false, "[::1]", "80"),
        ("https://example.org/a@b?c@d", true, "example.org", "443"),
    ])
    func takes(_ text: String, _ isSecure: Bool, _ host: String, _ port: String) throws {
        let url = try WebURL(text)
        #expect(url.text == text)
        #expect(url.isSecure == isSecure)
        #expect(url.host == host)
        #expect(url.port == port)
    }

    @Test(arguments: [
        "", "example.org", "/a", "//example.org/", "ftp://example.org/", "file:///etc/passwd", "http://", "http:///a",
        "http://example.org/a b", "http://example.org/\r\nX: y", "http://example.org/\u{0}",
        "http://example.org/\u{7F}",
        "http://example.org:99999/", "javascript:alert(1)", " http://example.org/",
    ])
    func refuses(_ text: String) {
        #expect(throws: TransferError.malformedURL(text)) { try WebURL(text) }
    }

    @Test(arguments: [
        "https://user:secret@example.org/a", "https://secret@example.org/a", "https://:secret@example.org/a",
        "https://a:sec@ret@example.org/a", "https://user:sec ret@example.org/a",
        // What ends the authority early.
        "https://user:sec/ret@example.org/a", "https://user:12sec/ret@example.org/a",
        "https://user:99999/sec@example.org/a", "https://user:sec?ret@example.org/a",
        "https://user:sec#ret@example.org/a", "https://user:a/sec@b@example.org/a", "user:sec@example.org/a",
        "https:/user:sec@example.org/a", "https:///user:sec@example.org/a", "https://user:1/a sec@example.org/a",
    ])
    func neverRepeatsAPassword(_ text: String) {
        let error = #expect(throws: TransferError.self) { try WebURL(text) }
        #expect(!"\(String(describing: error))".contains("sec"))
    }

    @Test(arguments: [
        "https://example.org/a@b", "https://example.org:443/a@b?c@d", "https://[::1]:80/a@b", "https://[::1]/a@b",
        "git@example.org:a/b", "github:a/b@v1", "https://example.org:/a@b", "a@b",
    ])
    func leavesWhatIsNoPassword(_ text: String) {
        #expect(URLText.withoutCredentials(text) == text)
    }

    @Test(arguments: [
        ("https://h/x", "https://h/x"), ("https://h/x?token=a", "https://h/x?token=***"),
        ("https://h/x?ref=a&token=b=c&d#e=f", "https://h/x?ref=a&token=***&d#e=***"),
        ("?a=1;b=2?c=3", "?a=***;b=***?c=***"), ("https://h/x?&=a&", "https://h/x?&=***&"), ("#", "#"),
        ("https://h/x?REF=a", "https://h/x?REF=***"), ("h=a", "h=a"),
    ])
    func showsTheValuesOfKnownParametersAlone(_ text: String, _ expected: String) {
        let shown = URLText.withoutValues(text.utf8, besides: ["ref"])
        #expect(String(decoding: shown, as: UTF8.self) == expected)
    }

    @Test func encodesWhatIsNotASCII() throws {
        #expect(try WebURL("http://example.org/é").text == "http://example.org/%c3%a9")
    }

    @Test(arguments: [
        ("/b", "https://example.org/b"),
        ("c", "https://example.org/a/c"),
        ("../c", "https://example.org/c"),
        ("?q=1", "https://example.org/a/b?q=1"),
        ("//other.org/x", "https://other.org/x"),
        ("https://other.org:444/x", "https://other.org:444/x"),
        ("/a b", "https://example.org/a%20b"),
    ])
    func resolvesALocation(_ location: String, _ expected: String) throws {
        #expect(try WebURL("https://example.org/a/b").redirected(to: location).text == expected)
    }

    @Test(arguments: ["ftp://example.org/", "file:///etc/passwd", "https://u:p@example.org/", "https://", "/a\u{1}b"])
    func refusesALocation(_ location: String) throws {
        let error = try #require(throws: TransferError.self) {
            try WebURL("https://example.org/?token=1").redirected(to: location)
        }
        guard case .unsupportedRedirect(let from, let to) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(from == "https://example.org/")
        #expect(!to.contains("u:p"))
    }

    @Test func refusesToLeaveTLS() throws {
        let from = try WebURL("https://example.org/a?b")
        #expect(
            throws: TransferError.insecureRedirect(from: "https://example.org/a", to: "http://example.org/c")
        ) { try from.redirected(to: "http://example.org/c?token=2") }
        #expect(try WebURL("http://example.org/").redirected(to: "https://example.org/").isSecure)
    }
}
