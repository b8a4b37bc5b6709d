internal import Transfer

/// Where a git repository is, in the one spelling that is locked.
///
/// The scheme and the host are in lower case, `git+` is gone, `user@host:path` has become `ssh://user@host/path`, the
/// port is left out where it is the scheme's own, and bytes outside ASCII are percent-encoded.
public struct GitURL: Hashable, Sendable, CustomStringConvertible {
    /// How a repository is reached.
    public enum Transport: String, Hashable, Sendable {
        /// `http://` and `https://`.
        case http
        /// A folder of this machine.
        case file
        /// `git://`, git's own protocol, without encryption.
        case git
        /// A program on another machine, through `ssh`.
        case ssh
    }

    /// The canonical URL; what gets locked, and what Nix is given.
    public let text: String
    public let transport: Transport
    /// `https`, `http`, `file`, `git` or `ssh`.
    public let scheme: String
    /// Who to be on an ssh server; nil elsewhere.
    public let user: String?
    /// The host, empty for a folder of this machine; an IPv6 address is in brackets.
    public let host: String
    /// The port where it is not the scheme's own.
    public let port: Int?
    /// The path as the URL spells it, percent-encoded, with its leading slash.
    public let path: String

    /// Reads any of the notations: `https`, `http`, `ssh`, `git` and `file` URLs, each also with `git+` before it, and
    /// `user@host:path`.
    ///
    /// - Throws: `GitError.invalidURL`, whose text has no credentials in it. A query is refused: `splitQuery` takes it off.
    public init(parsing text: String) throws(GitError) {
        do {
            self = try GitURLParser(text).parse()
        } catch {
            throw .invalidURL(text: GitURLParser.redacted(text), GitURLParser.redacted(error, in: text))
        }
    }

    init(scheme: String, transport: Transport, user: String?, host: String, port: Int?, path: String) {
        self.scheme = scheme
        self.transport = transport
        self.user = user
        self.host = host
        self.port = port
        self.path = path
        let name = user.map { $0 + "@" } ?? ""
        let number = port.map { ":\($0)" } ?? ""
        text = "\(scheme)://\(name)\(host)\(number)\(path)"
    }

    public var description: String { text }

    /// The path with its escapes decoded: what a file system or an ssh server is given.
    var decodedPath: [UInt8] { PercentEncoding.decode(path.utf8) ?? Array(path.utf8) }

    /// The last component of the path, decoded, without `.git`: what people call the repository.
    public var repositoryName: String {
        let last = decodedPath.split(separator: UInt8(ascii: "/")).last ?? []
        let bare = last.ends(with: ".git") && last.count > 4 ? last.dropLast(4) : last
        return String(decoding: bare, as: UTF8.self)
    }

    /// The URL of something below the repository, such as `info/refs`.
    func appending(_ suffix: String) -> String {
        text.utf8.last == UInt8(ascii: "/") ? text + suffix : text + "/" + suffix
    }
}
