internal import Git
internal import Transfer

/// Where a git remote is, as far as that says which project of a forge it is: host, and path.
///
/// Unlike a URL to fetch from it may have a user name and password in it, as runners of GitLab write them; they are left
/// out.
public struct RemoteAddress: Equatable {
    /// `https`, `http` or `ssh`.
    let scheme: String
    /// In lower case.
    let host: String
    /// nil where it is the scheme's own.
    let port: Int?
    /// Decoded, without slashes at its ends and without `.git`.
    let path: String

    /// nil for a folder, and for what is no address on a server.
    init?(_ remote: String) {
        guard let url = try? GitURL(parsing: Self.withoutUser(remote)), ["https", "http", "ssh"].contains(url.scheme)
        else { return nil }
        scheme = url.scheme
        host = Self.alias(url.host)
        // GitHub and GitLab also listen for ssh where firewalls let https through.
        port = host == url.host ? url.port : nil
        guard let bytes = PercentEncoding.decode(url.path.utf8), let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        var path = text[...]
        while path.utf8.first == UInt8(ascii: "/") { path.removeFirst() }
        while path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        if path.hasSuffix(".git") { path.removeLast(".git".count) }
        guard !path.isEmpty else { return nil }
        self.path = String(path)
    }

    /// Host and, where it is not the scheme's own, port.
    var authority: String { port.map { "\(host):\($0)" } ?? host }

    /// A remote over http without the user name and the password that may be in it; any other as it is.
    public static func withoutUser(_ remote: String) -> String {
        for scheme in ["https://", "http://"] where remote.lowercased().hasPrefix(scheme) {
            let rest = remote.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" }
            guard let at = authority.lastIndex(of: "@") else { return remote }
            return scheme + rest[rest.index(after: at)...]
        }
        return remote
    }

    /// https://docs.github.com/en/authentication/troubleshooting-ssh/using-ssh-over-the-https-port and
    /// https://docs.gitlab.com/user/gitlab_com/#alternative-ssh-port
    private static func alias(_ host: String) -> String {
        switch host {
        case "ssh.github.com", "www.github.com": "github.com"
        case "altssh.gitlab.com": "gitlab.com"
        default: host
        }
    }
}
