import Support

/// Texts as somebody writes them who wants more than to be read.
enum HostileText {
    /// What Markdown, HTML, forges, terminals and Unicode act upon.
    static let pieces = [
        "@octocat", "@org/team", "@all", "a@b.c", "#1", "#123", "!45", "$6", "&7", "~8", "%9", "~\"a label\"",
        "%\"1.0\"", "^alert#1",
        "GH-12", "gh-1", "GL-3", "ABC-123", "fixes #1", "Closes: o/r#2", "resolved https://github.com/o/r/issues/3",
        "o/r#1", "o/r!2",
        "o/r@0123456789abcdef0123456789abcdef01234567", "0123456", "deadbeef", "DEADBEEF1", "20240101",
        "0123456789abcdef0123456789abcdef01234567...fedcba9876543210fedcba9876543210fedcba98",
        "https://example.org/x", "http://x", "ftp://x.y", "www.example.org", "WWW.Example.org", "mailto:a@b.c",
        "xmpp:a@b.c",
        "javascript:alert(1)", "[x](javascript:alert(1))", "[x](https://evil.example)",
        "![x](https://evil.example/x.png)", "[x][y]",
        "[y]: https://evil.example", "[x]", "[ ]", "[[wiki]]", "[[_TOC_]]", "[TOC]", "[^1]", "[^1]: note",
        "[vulnerability:1]",
        "<https://evil.example>", "<a@b.c>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- ",
        " -->", "</details>",
        "</summary>", "<details>", "<b>", "<?php ?>", "<![CDATA[ ]]>", "&lt;", "&#64;", "&#x40;", "&copy;",
        "&commat;user", "&", "<", ">",
        "# heading", "## x ##", "> quote", "- item", "+ item", "* item", "1. item", "1) item", "- [ ] task", "***",
        "---", "===", "___",
        "~~~", "```", "``", "`", "`code`", "~~struck~~", "**bold**", "__bold__", "*x*", "_x_", "***x***", "| a | b |",
        "|", "\\|", "\\",
        "\\\\", "\\@octocat", "a  ", "    code", "\t", "\n", "\r\n", "\n\n", "\u{0}", "\u{7}", "\u{8}", "\u{1B}[31m",
        "\u{1B}]0;title\u{7}", "\u{1B}",
        "\u{1B}[", "\u{9B}2J", "\u{202E}", "\u{2066}", "\u{2069}", "\u{200B}", "\u{200D}", "\u{FEFF}", "\u{AD}",
        "\u{E0041}", "\u{3164}", "\u{2800}",
        "\u{2028}", "\u{2029}", "\u{85}", "\u{A0}", "\u{FE0F}", "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "\u{FFFD}", "日本語", "é", "🎉", ":tada:", ":+1:",
        "/close", "/label ~x", "/assign @me", "%{x}", "${{ x }}", "{{ x }}", "{+ x +}", "[- x -]", "$x$", "$$x$$",
        "$`x`$", "\\(x\\)",
        "word", "fix: a thing", "a", " ", "(", ")", "\"", "'", "x", "9", ".", "-", "=", "^", "://", "w",
        "::include{file=x}",
    ]

    static func random(_ generator: inout SeededGenerator, pieces count: ClosedRange<Int> = 1...8) -> String {
        var text = ""
        for _ in 0..<Int.random(in: count, using: &generator) {
            text += pieces.randomElement(using: &generator) ?? ""
            if Int.random(in: 0..<3, using: &generator) == 0 { text += " " }
        }
        return text
    }
}
