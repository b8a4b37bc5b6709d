import Foundation
import Support
import Testing
import Updates

/// Text from outside that is only read.
@Suite struct SafeTextTests {
    // MARK: Lines

    @Test(arguments: [
        ("", ""), ("a thing", "a thing"), ("  a \t\r\n b\u{A0}\u{2028}c  ", "a b c"),
        ("red \u{1B}[1;31mword\u{1B}[0m", "red word"), ("\u{1B}]0;a title\u{7}x", "x"), ("\u{1B}]8;;u\u{1B}\\x", "x"),
        ("\u{1B}]never ended", "never ended"), ("\u{1B}(0x\u{1B}", "x"), ("\u{9B}2Jx", "x"),
        ("a\u{0}b\u{7F}c\u{8}", "abc"),
        ("\u{202E}evil\u{202C}", "evil"), ("a\u{2066}b\u{2069}\u{200B}\u{200D}\u{FEFF}\u{AD}c", "abc"),
        ("a\u{E0041}\u{3164}\u{2800}\u{FFFC}\u{FFFE}\u{E000}b", "ab"), ("日本語 é 🎉", "日本語 é 🎉"),
        ("e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}x", "e\u{301}\u{301}\u{301}\u{301}x"),
    ])
    func `What can be seen stays, in one line`(_ text: String, _ expected: String) {
        #expect(Array(SafeText.line(text).utf8) == Array(expected.utf8))
    }

    @Test func `A long line is cut, and says so`() {
        #expect(SafeText.line("abcdef", limit: 6) == "abcdef")
        #expect(SafeText.line("abcdefg", limit: 6) == "abcde…")
        #expect(SafeText.line("abcd efg", limit: 6) == "abcd…")
        #expect(SafeText.line("abc", limit: 1) == "…")
        #expect(SafeText.line("abc", limit: 0) == "")
        #expect(SafeText.line(String(repeating: "x", count: 100_000), limit: 120).unicodeScalars.count == 120)
    }

    @Test func `Bytes that are no UTF-8 are shown as such`() {
        #expect(SafeText.line([0x61, 0xFF, 0xC3, 0x28, 0x62]) == "a\u{FFFD}\u{FFFD}(b")
        #expect(SafeText.line([0xC3, 0xA9]) == "é")
    }

    @Test(arguments: [
        ("https://example.org/a?b=c&d#e", "https://example.org/a?b=c&d#e"),
        ("HTTP://Example.org:8080/~u/%0D", "http://Example.org:8080/~u/%0D"),
        ("https://x/a b\u{202E}(c)[d]\"'`*<>\\|", "https://x/a%20b%E2%80%AE%28c%29%5Bd%5D%22%27%60%2A%3C%3E%5C%7C"),
        ("javascript:alert(1)", nil), ("data:text/html,x", nil), ("//example.org", nil), ("https://", nil),
        ("https:///x", nil),
        ("https://github.com@example.org/", nil), ("https://exa mple.org", nil), ("https://a\nb", nil),
        ("file:///etc/passwd", nil),
        ("https://exämple.org/", nil), (" https://x", nil),
        ("https://github.com\\@example.org", nil), ("https://github.com\\", nil), ("https://:80/", nil),
        ("https://github.com/\\@example.org", "https://github.com/%5C@example.org"),
    ])
    func `A link leads to a web page and nowhere else`(_ text: String, _ expected: String?) {
        #expect(SafeText.url(text) == expected)
    }

    // MARK: Markdown

    /// A seed may be given, to see a failure again.
    private static let seed = ProcessInfo.processInfo.environment["PINR_TEST_SEED"].flatMap { UInt64($0) } ?? 7

    private static func texts(_ count: Int) -> [String] {
        var generator = SeededGenerator(seed: seed)
        // Each by itself, and then mixtures.
        return HostileText.pieces + (0..<count).map { _ in HostileText.random(&generator) }
    }

    /// The oracle: what the renderer shows is the line, and there is no element but those that hold it.
    private static func expectHarmless(_ texts: [String], sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let lines = texts.map { SafeText.line($0) }.filter { !$0.isEmpty }
        let markdown = lines.map { "- \(SafeText.markdown($0))" }.joined(separator: "\n")
        let rendered = try await Rendered(markdown)
        let expected = lines.flatMap { _ in ["item", "paragraph"] }
        // The document and the one list in it come first.
        #expect(Array(rendered.structure.dropFirst(2)) == expected, sourceLocation: sourceLocation)
        let shown = rendered.texts.filter { !$0.isEmpty }
        #expect(shown.map { $0.replacing("\u{200B}", with: "") } == lines, sourceLocation: sourceLocation)
        for text in shown { #expect(References.found(in: text) == [], "\(text)", sourceLocation: sourceLocation) }
    }

    @Test func `Hostile text is shown and does nothing`() async throws {
        try await Self.expectHarmless(Self.texts(2000))
    }

    /// What the oracle of the test above finds when nothing is done to the text.
    @Test(arguments: HostileText.pieces.filter { SafeText.line($0).contains { "@#<*_`[".contains($0) } }.prefix(60))
    func `The renderer and the patterns see what is not made safe`(_ text: String) async throws {
        let line = SafeText.line(text)
        let rendered = try await Rendered("- \(line)")
        let isHarmless =
            rendered.structure.count == 4 && rendered.texts.joined() == line && References.found(in: line).isEmpty
        // These do nothing by themselves.
        let quiet = ["<", "`", "``", "[x]", "[ ]", "[x][y]", "***", "*x", "[^1]", "![x", "$`x`$", "# heading"]
        if !quiet.contains(text) && !text.hasSuffix("...") { #expect(!isHarmless || line.hasPrefix("[")) }
    }

    @Test(arguments: ["### ", "| x | ", "**Warning:** ", "[", "Changed: "])
    func `It does nothing wherever it stands`(_ before: String) async throws {
        let after = before.hasPrefix("|") ? " |" : before == "[" ? "](https://example.org)" : ""
        let head = before.hasPrefix("|") ? "| a | b |\n| --- | --- |\n" : ""
        let separator = before.hasPrefix("|") ? "\n" : "\n\n"
        let lines = Self.texts(300).map { SafeText.line($0) }.filter { !$0.isEmpty }
        func document(_ texts: [String]) -> String {
            head + texts.map { before + $0 + after }.joined(separator: separator)
        }
        let rendered = try await Rendered(document(lines.map { SafeText.markdown($0) }))
        let benign = try await Rendered(document(lines.map { _ in "word" }))
        #expect(rendered.structure == benign.structure)
        let text = rendered.texts.joined(separator: "\n")
        // The address of a link is no text.
        #expect(References.found(in: text) == [])
    }

    @Test func `A title refers to nothing`() {
        for text in Self.texts(2000) {
            let title = SafeText.title(text)
            #expect(title.replacing("\u{200B}", with: "") == SafeText.line(text))
            #expect(References.found(in: title) == [], "\(title)")
        }
    }

    /// GitLab looks for the words that close an issue in the Markdown itself.
    @Test(arguments: [
        "Closes #12", "fixes: o/r#3", "Resolves https://gitlab.com/o/r/-/issues/4", "closes ABC-5", "Fix !6",
    ])
    func `Nothing closes an issue before it is rendered either`(_ text: String) {
        let markdown = SafeText.markdown(text)
        #expect(markdown.contains("&#8203;"), "\(markdown)")
        // An entity has an ampersand before it, behind which no reference begins.
        let bare = markdown.replacing("&#8203;", with: "\u{200B}")
        #expect(!bare.contains(/[#!]\d|:\/\/|[A-Z]-\d/), "\(markdown)")
    }
}
