import Testing

@testable import Updates

/// What is written of a page is well formed, and text is text.
struct HTMLTests {
    private func write(_ html: HTML) -> String { HTML.document(html, redacting: { $0 }) }

    @Test func `Text is escaped in elements and attributes alike`() {
        let text = "a<b>&\"c'\u{202E}\u{7}"
        let escaped = "a&lt;b&gt;&amp;&quot;c&#39;\\u{202e}\\u{7}"
        #expect(
            write(.element(.span, [.with(.title, text)], [.text(text)]))
                == "<!doctype html>\n<span title=\"\(escaped)\">\(escaped)</span>")
    }

    @Test func `Elements without contents are not closed`() {
        #expect(write(.element(.meta, [.with(.charset, "utf-8")], [])) == "<!doctype html>\n<meta charset=\"utf-8\">\n")
    }

    @Test func `What nobody may see is left out before anything is escaped`() {
        let text = HTML.document(.element(.p, [.with(.title, "a&b")], ["x a&b y"])) { text in
            text.split(separator: "a&b", omittingEmptySubsequences: false).joined(separator: "***")
        }
        #expect(text == "<!doctype html>\n<p title=\"***\">x *** y</p>\n")
    }

    @Test func `What stands between backticks in a message is code`() {
        let code = HTML.prose("no `a` in `b`")
        #expect(
            write(code)
                == "<!doctype html>\n<bdi>no <code><bdi>a</bdi></code> in <code><bdi>b</bdi></code></bdi>")
        #expect(HTML.prose("a ` b") == .outside("a ` b"))
    }

    @Test(
        arguments: [
            "https://github.com/o/r/compare/a...b", "http://127.0.0.1:8080/x?y=z#f", "https://EXAMPLE.ORG",
            "https://[::1]/",
        ])
    func `Plain pages of the web are linked`(_ url: String) { #expect(PageLink(web: url)?.text == url) }

    @Test(
        arguments: [
            "javascript:alert(1)", " https://a", "data:text/html,x", "//example.org", "https:", "https://",
            "https:///a",
            "https://user@example.org/", "https://a:b@c/", "https://exa mple.org", "https://a.example\\b",
            "https://a\\@b", "https://é.example", "file:///etc/passwd", "ftp://a/b", "", "https://?q", "https://:80/",
        ])
    func `Nothing else is`(_ url: String) { #expect(PageLink(web: url) == nil) }

    @Test func `What no URL has as it is is written by its number`() {
        #expect(PageLink(web: "https://a/\u{0}\"b")?.text == "https://a/%00%22b")
    }

    @Test func `Different names have different anchors`() {
        let names = ["a", "a.b", "a.2eb", "A", "a b", "a+b", "é", "e\u{301}", "a/b", "a-b", "a_b", "<", "pins"]
        let anchors = names.map { PageAnchor(ofPin: $0).text }
        #expect(Set(anchors).count == names.count)
        #expect(
            anchors.allSatisfy { $0.hasPrefix("pin-") && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 } })
        // No name's anchor is that of another's timeline.
        #expect(!anchors.contains(PageAnchor(ofPin: "a", ".age").text))
        #expect(PageAnchor(ofPin: ".age").text == "pin-.2eage")
    }
}
