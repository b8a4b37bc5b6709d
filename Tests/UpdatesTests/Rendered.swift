import Support

/// What a renderer makes of Markdown: GitHub's own `cmark-gfm`, with all that it can do switched on and nothing held back.
struct Rendered {
    /// Every element that begins, with its attributes as they are written, in order.
    private(set) var elements: [String] = []
    /// What is read in each paragraph, heading, cell or block of code, in order; where one piece ends.
    private(set) var texts: [String] = []

    private static let options = [
        "cmark-gfm", "--unsafe", "-e", "footnotes", "-t", "xml", "-e", "table", "-e", "autolink", "-e", "strikethrough",
        "-e", "tasklist",
    ]
    private static let blocks: Set<String> = [
        "paragraph", "heading", "table_cell", "html_block", "code_block", "tasklist", "item",
    ]

    init(_ markdown: String) async throws {
        let xml = try await run(Self.options, environment: ["LC_ALL": "C.UTF-8"], input: Array(markdown.utf8)).stdout
        // Of the characters of XML none stands for itself in a value, so that these two divide the tags from the text.
        for part in xml.split(separator: "<").dropFirst(2) {
            let pieces = part.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
            let tag = String(pieces[0])
            if tag.hasPrefix("/") { continue }
            elements.append(tag)
            let name = String(tag.prefix { $0 != " " && $0 != "/" })
            if Self.blocks.contains(name) { texts.append("") }
            guard ["text", "code", "html_inline", "html_block", "code_block"].contains(name), pieces.count == 2 else {
                continue
            }
            if texts.isEmpty { texts.append("") }
            texts[texts.count - 1] += Self.unescaped(String(pieces[1]))
        }
    }

    /// The names of the elements, those of mere text left out: how many pieces a text comes in is the renderer's own matter.
    var structure: [String] {
        elements.filter { !["text", "softbreak"].contains($0.prefix { $0 != " " && $0 != "/" }) }
    }

    private static func unescaped(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&amp;", with: "&")
    }
}

/// What the forges look for in the text that has been rendered, and make links of or act upon.
enum References {
    /// GitHub: https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
    /// GitLab: https://docs.gitlab.com/user/markdown/#gitlab-specific-references
    /// Forgejo: https://forgejo.org/docs/latest/user/linked-references/
    static func found(in text: String) -> [String] {
        let patterns: [Regex<Substring>] = [
            /@[A-Za-z0-9_\-]/, /[#!$&~%]\d/, /[#~%]["A-Za-z]/, /\b(?:GH|gh|Gh|GL|gl)-\d/,
            /[A-Z][A-Z0-9_]*-\d/, /[0-9a-fA-F]{7,}/, /:\/\//, /[wW]{3}\./, /:[A-Za-z0-9_+\-]+:/, /\[\[/, /[\[{][+\-]/,
            /mailto:[!-~]/, /javascript:[!-~]/, /\[TOC\]/,
        ]
        return patterns.flatMap { pattern in text.matches(of: pattern).map { String($0.output) } }
    }
}
