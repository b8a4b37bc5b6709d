internal import Git
internal import Transfer

/// The URL of an archive or a file as flakes write it: in its query, what is said to Nix stands among what is said to the
/// server.
public enum FlakeURL {
    /// The parameters that mean something to Nix, and nothing to the server: Nix takes them off before it asks.
    private static let parameters: Set<String> = [
        "narHash", "rev", "revCount", "lastModified", "name", "unpack", "url",
    ]

    /// The URL as the server is asked for it.
    ///
    /// - Parameter folder: the folder of the tree that is meant, which old versions of Nix left in the query too.
    public static func asked(_ text: String, folder: String? = nil) -> String {
        let url = split(text).url
        guard let folder else { return url }
        let parts = URLParts(url)
        let kept = (parts.query ?? "").split(separator: "&", omittingEmptySubsequences: false).filter { field in
            !field.hasPrefix("dir=") || value(of: field).map { !$0.utf8.elementsEqual(folder.utf8) } ?? true
        }
        return kept.isEmpty || kept == [""] ? parts.base : "\(parts.base)?\(kept.joined(separator: "&"))"
    }

    /// The commit that a URL says its archive is of, 40 hexadecimal digits in small letters; nil where it says none.
    public static func revision(in text: String) -> String? {
        split(text).own.first { $0.name == "rev" }.flatMap { value(of: $0.field) }.flatMap { ObjectID(hex: $0)?.hex }
    }

    /// The value of `NAME=VALUE`, decoded.
    private static func value(of field: Substring) -> String? {
        PercentEncoding.decode(field.utf8.drop { $0 != UInt8(ascii: "=") }.dropFirst())
            .flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The URL as the server is asked for it, and the parameters that are for Nix, as they are written: `rev=…`.
    static func split(_ text: String) -> (url: String, own: [(name: String, field: Substring)]) {
        let parts = URLParts(text)
        var kept: [Substring] = []
        var own: [(String, Substring)] = []
        for field in (parts.query ?? "").split(separator: "&", omittingEmptySubsequences: false) {
            let written = field.prefix { $0 != "=" }
            let name = PercentEncoding.decode(written.utf8).map { String(decoding: $0, as: UTF8.self) }
            if let name, parameters.contains(name) { own.append((name, field)) } else { kept.append(field) }
        }
        let query = kept.joined(separator: "&")
        return (query.isEmpty ? parts.base : "\(parts.base)?\(query)", own)
    }
}
