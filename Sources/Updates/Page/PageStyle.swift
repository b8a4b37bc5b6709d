internal import NixHash

/// The page's style sheet, and the rule that lets nothing else into the page.
enum PageStyle {
    static let text = String(decoding: PackageResources.page_css, as: UTF8.self)

    /// The Content Security Policy: this style sheet, by its hash, and nothing else. No script, no request, no form.
    static let policy =
        "default-src 'none'; style-src '\(SHA256.hash(Array(text.utf8)).sri)'; base-uri 'none'; form-action 'none'"
}
