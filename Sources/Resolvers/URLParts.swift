/// The pieces of a URL that a notation is told by (RFC 3986), as they are written.
struct URLParts {
    /// In lower case, without the colon; empty where there is none.
    let scheme: String
    /// Host and port, in lower case.
    let authority: String
    /// With its leading slash, still percent-encoded.
    let path: Substring.UTF8View
    /// Without the question mark; nil where there is none.
    let query: String?
    let fragment: String?
    /// The text up to the query.
    let base: String

    init(_ text: String) {
        let whole = text.utf8[...]
        let beforeFragment = whole.prefix { $0 != UInt8(ascii: "#") }
        fragment = beforeFragment.count == whole.count ? nil : String(whole.dropFirst(beforeFragment.count + 1))
        let beforeQuery = beforeFragment.prefix { $0 != UInt8(ascii: "?") }
        query =
            beforeQuery.count == beforeFragment.count
            ? nil : String(beforeFragment.dropFirst(beforeQuery.count + 1))
        base = String(beforeQuery) ?? ""
        let colon = beforeQuery.firstIndex(of: UInt8(ascii: ":"))
        let afterColon = colon.map { beforeQuery[beforeQuery.index(after: $0)...] }
        guard let colon, let afterColon, afterColon.starts(with: "//".utf8) else {
            scheme = colon.flatMap { String(beforeQuery[..<$0]) }?.lowercased() ?? ""
            authority = ""
            path = afterColon ?? beforeQuery
            return
        }
        scheme = String(beforeQuery[..<colon])?.lowercased() ?? ""
        let hierarchy = afterColon.dropFirst(2)
        let host = hierarchy.prefix { $0 != UInt8(ascii: "/") }
        authority = String(host)?.lowercased() ?? ""
        path = hierarchy.dropFirst(host.count)
    }

    /// The components of the path, without empty ones.
    var components: [String] {
        path.split(separator: UInt8(ascii: "/")).compactMap { String($0) }
    }
}
