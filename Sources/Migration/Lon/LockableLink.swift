internal import Git

/// A link of the Lockable HTTP Tarball Protocol (Nix's manual, "Serving tarball flakes"), taken apart: in its query stands
/// what it says to Nix beside what it says to the server.
struct LockableLink {
    /// The URL as Nix asks the server for it.
    let url: String
    /// The commit that the archive was made of, if the link says so.
    let revision: String?

    private static let parameters: Set<String> = [
        "narHash", "rev", "revCount", "lastModified", "name", "unpack", "url",
    ]

    init(_ link: String) {
        guard let mark = link.utf8.firstIndex(of: UInt8(ascii: "?")) else {
            (url, revision) = (link, nil)
            return
        }
        var kept: [Substring] = []
        var found: String?
        for field in link[mark...].dropFirst().split(separator: "&", omittingEmptySubsequences: false) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard Self.parameters.contains(String(parts[0])) else {
                kept.append(field)
                continue
            }
            if parts[0] == "rev", parts.count == 2 { found = ObjectID(hex: String(parts[1]))?.hex }
        }
        url = String(link[..<mark]) + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
        revision = found
    }
}
