extension SafeText {
    /// A line as Markdown that shows these characters and nothing else, wherever text can stand: in a paragraph, in an item
    /// of a list, in a heading, in the cell of a table, between brackets of a link.
    ///
    /// Characters of Markdown and HTML are escaped. What forges look for in the text that has been rendered no escape hides
    /// from them, and neither does an entity such as `&#64;`: mentions, references to issues, the words that close one,
    /// commits, bare URLs, emoji. These are broken by a space without width behind the character that they begin with
    /// (GitHub, "Autolinked references and URLs"; GitLab, "GitLab Flavored Markdown"; Forgejo, "Linked references").
    public static func markdown(_ text: String, limit: Int = 120) -> String {
        let scalars = Array(line(text, limit: limit).unicodeScalars)
        let breaks = References.breaks(in: scalars)
        let number = scalars.prefix { ("0"..."9").contains($0) }.count
        var markdown = ""
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "&": markdown += "&amp;"
            case "<": markdown += "&lt;"
            case ">": markdown += "&gt;"
            // Two of them have a formula between them, which is found before escapes are.
            case "$": markdown += "&#36;"
            case "\\", "`", "*", "_", "[", "]", "{", "}", "(", ")", "#", "!", "|", "~", "^", "\"", "'":
                markdown += "\\"
                markdown.unicodeScalars.append(scalar)
            // At the beginning of a line these make a list, a rule, a heading, a command.
            case "-", "+", "=", "/", ":", "%":
                if index == 0 { markdown += "\\" }
                markdown.unicodeScalars.append(scalar)
            case ".":
                let isItem = index == number && number > 0 && (index + 1 == scalars.count || scalars[index + 1] == " ")
                if isItem { markdown += "\\" }
                markdown.unicodeScalars.append(scalar)
            default: markdown.unicodeScalars.append(scalar)
            }
            if breaks.contains(index) { markdown += "&#8203;" }
        }
        return markdown
    }

    /// A line of plain text in which no forge finds a reference or a mention, for titles.
    public static func title(_ text: String, limit: Int = 120) -> String {
        let scalars = Array(line(text, limit: limit).unicodeScalars)
        let breaks = References.breaks(in: scalars)
        var title = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            title.append(scalar)
            if breaks.contains(index) { title.append("\u{200B}") }
        }
        return String(title)
    }

    /// A link of Markdown; its words alone where the URL leads to no web page.
    /// - Parameter words: are Markdown.
    static func link(_ words: String, to url: String) -> String {
        guard let url = self.url(url) else { return words }
        return "[\(words)](\(url.replacing("&", with: "&amp;")))"
    }
}

/// What forges make links of.
private enum References {
    /// Behind which scalars a text has to be broken so that it refers to nothing.
    static func breaks(in scalars: [Unicode.Scalar]) -> Set<Int> {
        var breaks: Set<Int> = []
        for (index, scalar) in scalars.enumerated() {
            guard index + 1 < scalars.count, scalars[index + 1] != " " else { continue }
            let next = scalars[index + 1]
            let isBreak =
                switch scalar {
                // Mentions, mail; issues; requests; snippets and formulas; epics; labels; milestones; alerts; the schemes of
                // URLs and emoji; links to pages of a wiki, tables of contents; changes within a line.
                case "@", "#", "!", "$", "&", "~", "%", "^", ":", "[", "{": true
                case "-": ("0"..."9").contains(next) && isTracker(scalars[..<index])
                case "w", "W": next == "." && isHost(scalars[...index])
                default: false
                }
            if isBreak { breaks.insert(index) }
        }
        return breaks.union(revisions(in: scalars))
    }

    /// Whether a text ends with what may be the name of a tracker, as in `GH-1` and `ABC-1`.
    private static func isTracker(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
        let word = text.reversed().prefix { isWord($0) }.reversed()
        let isUpper = word.contains { ("A"..."Z").contains($0) }
        let lower = String(String.UnicodeScalarView(word)).lowercased()
        return isUpper || ["gh", "gl"].contains { lower.hasSuffix($0) }
    }

    /// Whether a text ends with `www`.
    private static func isHost(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
        text.count >= 3 && text.suffix(3).allSatisfy { $0 == "w" || $0 == "W" }
    }

    /// Seven hexadecimal digits and more may be a commit: they are broken into sixes.
    private static func revisions(in scalars: [Unicode.Scalar]) -> [Int] {
        var breaks: [Int] = []
        var start = 0
        while start < scalars.count {
            let end = scalars[start...].firstIndex { !isHexDigit($0) } ?? scalars.count
            if end - start >= 7 { breaks += stride(from: start + 5, to: end - 1, by: 6) }
            start = end + 1
        }
        return breaks
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.isASCII && UInt8(truncatingIfNeeded: scalar.value).isASCIIAlphanumeric
    }

    private static func isHexDigit(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || ("a"..."f").contains(scalar) || ("A"..."F").contains(scalar)
    }
}
