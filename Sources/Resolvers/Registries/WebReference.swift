internal import Transfer

/// References within what a server answers (RFC 3986, section 5): whole URLs, paths, and names beside the answer.
enum WebReference {
    /// The URL that a reference means; nil for one that climbs, or that no file's URL is written as.
    static func resolve(_ reference: String, against base: String) -> String? {
        let parts = URLParts(reference)
        if !parts.scheme.isEmpty { return reference }
        let from = URLParts(base)
        let origin = "\(from.scheme)://\(from.authority)"
        if reference.utf8.starts(with: "//".utf8) { return "\(from.scheme):\(reference)" }
        if reference.utf8.first == UInt8(ascii: "/") { return origin + reference }
        guard !reference.isEmpty, !"?#".utf8.contains(reference.utf8.first ?? 0) else { return nil }
        var folders = from.path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .compactMap { String($0) }
        if !folders.isEmpty { folders.removeLast() }
        var rest = reference[...]
        while rest.hasPrefix("../") {
            guard folders.count > 1 else { return nil }
            folders.removeLast()
            rest = rest.dropFirst(3)
        }
        if rest.hasPrefix("./") { rest = rest.dropFirst(2) }
        guard !rest.split(separator: "/").contains("..") else { return nil }
        return ([origin + (folders.first ?? "")] + folders.dropFirst() + [String(rest)]).joined(separator: "/")
    }
}
