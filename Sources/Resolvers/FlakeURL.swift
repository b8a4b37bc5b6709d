internal import Transfer

/// The URL of an archive or a file as flakes write it: in its query, what is said to Nix stands among what is said to the
/// server.
public enum FlakeURL {
    /// The parameters that mean something to Nix, and nothing to the server: Nix takes them off before it asks.
    private static let parameters: Set<String> = [
        "narHash", "rev", "revCount", "lastModified", "name", "unpack", "url",
    ]

    /// The URL as the server is asked for it.
    public static func asked(_ url: String) -> String { split(url).url }

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
