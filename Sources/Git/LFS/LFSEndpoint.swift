/// Where the objects of a repository are.
///
/// Specified in git-lfs' docs/api/server-discovery.md.
enum LFSEndpoint: Hashable, Sendable {
    /// A server, by the URL that `/objects/batch` is appended to.
    case server(url: String)
    /// A server that `ssh HOST git-lfs-authenticate` names; where it does not know that command, the one at this URL.
    case shell(GitURL, fallback: String)
    /// The `lfs/objects` of a repository of this machine.
    case store(GitURL)

    /// - Parameters:
    ///   - url: the repository's.
    ///   - configured: what its tree's `.lfsconfig` says.
    /// - Throws: `LFSError.illegalConfiguredURL`
    static func candidates(for url: GitURL, configured: String?) throws(LFSError) -> [LFSEndpoint] {
        let named = try configured.map { text throws(LFSError) in try server(named: text, by: url) }
        switch url.transport {
        case .http: return [named ?? .server(url: guess(url, scheme: url.scheme, port: url.port))]
        // As git-lfs does; the port is that of another protocol.
        case .git: return [named ?? .server(url: guess(url, scheme: "https", port: nil))]
        case .ssh: return [named ?? .shell(url, fallback: guess(url, scheme: "https", port: nil))]
        case .file: return [.store(url)] + (named.map { [$0] } ?? [])
        }
    }

    private static func server(named text: String, by url: GitURL) throws(LFSError) -> LFSEndpoint {
        do throws(LFSURLFault) {
            // A commit may name any server, but not make the way to it less safe than the way to the commit.
            try LFSURL.check(text, isSecure: url.scheme == "https" || url.scheme == "ssh")
            guard !text.utf8.contains(where: { "?#".utf8.contains($0) }) else { throw .malformed }
        } catch {
            throw .illegalConfiguredURL(repository: url.text, error)
        }
        return .server(url: withoutSlashes(text))
    }

    /// `URL.git/info/lfs`
    private static func guess(_ url: GitURL, scheme: String, port: Int?) -> String {
        let number = port.map { ":\($0)" } ?? ""
        let path = withoutSlashes(url.path)
        let suffix = RefName.hasSuffix(path, ".git") ? "/info/lfs" : ".git/info/lfs"
        return "\(scheme)://\(url.host)\(number)\(path)\(suffix)"
    }

    static func withoutSlashes(_ text: String) -> String {
        var text = text
        while text.utf8.last == UInt8(ascii: "/") { text.removeLast() }
        return text
    }
}
