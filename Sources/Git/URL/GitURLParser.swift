internal import Transfer

/// Reads the notations of a repository's place.
struct GitURLParser {
    private let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    func parse() throws(GitURLFault) -> GitURL {
        guard !bytes.isEmpty else { throw .empty }
        // A line end in a URL becomes a line of its own in the protocol, or a header.
        if let illegal = bytes.first(where: { $0 <= 0x20 || $0 == 0x7F }) { throw .illegalCharacter(illegal) }
        guard let mark = Self.schemeEnd(in: bytes) else { return try parseSecureCopyNotation() }
        var scheme = String(decoding: bytes[..<mark], as: UTF8.self).lowercased()
        if scheme.hasPrefix("git+") { scheme.removeFirst(4) }
        let rest = bytes[(mark + 3)...]
        let pathStart = rest.firstIndex {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#")
        }
        let authority = rest[..<(pathStart ?? rest.endIndex)]
        let isDecoded = scheme == "ssh" || scheme == "file"
        let path = try checkedPath(rest[(pathStart ?? rest.endIndex)...], isDecoded: isDecoded)
        switch scheme {
        case "https": return try remote(scheme, .http, authority, path, defaultPort: 443)
        case "http": return try remote(scheme, .http, authority, path, defaultPort: 80)
        case "git": return try remote(scheme, .git, authority, path, defaultPort: 9418)
        case "ssh": return try remote(scheme, .ssh, authority, path, defaultPort: 22)
        case "file":
            let host = String(decoding: authority, as: UTF8.self).lowercased()
            guard host.isEmpty || host == "localhost" else { throw .illegalHost(Self.redacted(host)) }
            return GitURL(scheme: scheme, transport: .file, user: nil, host: "", port: nil, path: path)
        default: throw .unsupportedScheme(scheme)
        }
    }

    /// The index of `://` after a scheme's letters.
    private static func schemeEnd(in bytes: [UInt8]) -> Int? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            bytes[colon...].starts(with: "://"),
            bytes[..<colon].allSatisfy({ $0.isLetterOrDigit || "+-.".utf8.contains($0) })
        else { return nil }
        return colon
    }

    // MARK: Authority

    private func remote(
        _ scheme: String, _ transport: GitURL.Transport, _ authority: ArraySlice<UInt8>, _ path: String,
        defaultPort: Int
    ) throws(GitURLFault) -> GitURL {
        var hostAndPort = authority
        var user: String?
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            guard transport == .ssh else { throw .credentials }
            user = try checkedUser(authority[..<at])
            hostAndPort = authority[(at + 1)...]
        }
        var portDigits: ArraySlice<UInt8> = []
        let hostEnd = hostAndPort.lastIndex(of: UInt8(ascii: "]")) ?? hostAndPort.startIndex
        if let colon = hostAndPort[hostEnd...].firstIndex(of: UInt8(ascii: ":")) {
            portDigits = hostAndPort[(colon + 1)...]
            hostAndPort = hostAndPort[..<colon]
        }
        let port = try checkedPort(portDigits)
        return GitURL(
            scheme: scheme, transport: transport, user: user, host: try checkedHost(hostAndPort),
            port: port == defaultPort ? nil : port, path: path)
    }

    private func checkedUser(_ user: ArraySlice<UInt8>) throws(GitURLFault) -> String {
        // `user:password@`: ssh takes no password this way, and the lock file must not hold one.
        guard !user.isEmpty, user.first != UInt8(ascii: "-"),
            user.allSatisfy({ $0.isLetterOrDigit || "-._~+".utf8.contains($0) })
        else { throw .credentials }
        return String(decoding: user, as: UTF8.self)
    }

    private func checkedHost(_ host: ArraySlice<UInt8>) throws(GitURLFault) -> String {
        let text = String(decoding: host, as: UTF8.self).lowercased()
        // A leading `-` would be an option to ssh.
        guard let first = host.first, first != UInt8(ascii: "-") else { throw .illegalHost(text) }
        let isAddress = first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]") && host.count > 3
        let inside = isAddress ? host.dropFirst().dropLast() : host
        let extra: [UInt8] = isAddress ? Array(":.".utf8) : Array("-._".utf8)
        guard inside.allSatisfy({ $0.isLetterOrDigit || extra.contains($0) }) else { throw .illegalHost(text) }
        return text
    }

    private func checkedPort(_ digits: ArraySlice<UInt8>) throws(GitURLFault) -> Int? {
        guard !digits.isEmpty else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(text), (1...65535).contains(port)
        else { throw .illegalPort(text) }
        return port
    }

    // MARK: Path

    /// - Parameter isDecoded: whether the path is handed on as text, without its escapes, and not as the URL spells it.
    private func checkedPath(_ path: ArraySlice<UInt8>, isDecoded: Bool) throws(GitURLFault) -> String {
        if path.contains(UInt8(ascii: "#")) { throw .fragment }
        if let mark = path.firstIndex(of: UInt8(ascii: "?")) {
            let name = path[(mark + 1)...].prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "&") }
            throw .unknownParameter(String(decoding: name, as: UTF8.self))
        }
        guard let decoded = PercentEncoding.decode(path) else { throw .illegalEscape }
        // An escaped control character would reach an ssh or git server's command line decoded.
        guard !decoded.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .illegalEscape }
        // Other bytes would become other characters, and that path another one.
        guard !isDecoded || String(validating: decoded, as: UTF8.self) != nil else { throw .illegalEscape }
        // `/-x` is `-x` to an ssh server that strips the slash, and an option there.
        let trimmed = decoded.drop { $0 == UInt8(ascii: "/") }
        guard !trimmed.isEmpty, trimmed.first != UInt8(ascii: "-") else { throw .illegalPath }
        return PercentEncoding.encodePath(path)
    }

    /// `user@host:path`, as `scp` and git write it, relative to a home folder that forges do not have.
    private func parseSecureCopyNotation() throws(GitURLFault) -> GitURL {
        guard let colon = secureCopyColon() else { throw .noScheme }
        let authority = bytes[..<colon]
        let path = bytes[(colon + 1)...]
        guard !path.starts(with: "//"), !path.starts(with: ":") else {
            throw .unsupportedScheme(String(decoding: authority, as: UTF8.self))
        }
        guard authority.contains(UInt8(ascii: "@")) else { throw .noScheme }
        let mark = Array("%".utf8)
        let escaped = path.flatMap { $0 == mark[0] ? Array("%25".utf8) : [$0] }
        let rooted = escaped.first == UInt8(ascii: "/") ? escaped : Array("/".utf8) + escaped
        return try remote("ssh", .ssh, authority, try checkedPath(rooted[...], isDecoded: true), defaultPort: 22)
    }

    /// The colon before the path: not one inside a bracketed address, and before any slash.
    private func secureCopyColon() -> Int? {
        let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) ?? 0
        guard let colon = bytes[bracket...].firstIndex(of: UInt8(ascii: ":")),
            !bytes[..<colon].contains(UInt8(ascii: "/"))
        else { return nil }
        return colon
    }

    // MARK: Messages

    /// The text with everything between the scheme and its last `@`, which may hold a password, replaced by stars, and so
    /// what is given to parameters that mean nothing here: a token, often.
    static func redacted(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let start = schemeEnd(in: bytes).map { $0 + 3 } ?? 0
        guard let at = bytes[start...].lastIndex(of: UInt8(ascii: "@")) else {
            return Sanitized.line(withoutTokens(bytes[...]))
        }
        return Sanitized.line(bytes[..<start] + Array("***".utf8) + withoutTokens(bytes[at...]))
    }

    private static func withoutTokens(_ text: ArraySlice<UInt8>) -> [UInt8] {
        URLText.withoutValues(text, besides: GitURL.Parameters.names)
    }

    /// The fault, unless it quotes a part of the text that may be a piece of a password: one with a slash or question
    /// mark in it ends the authority early, and what it leaves there looks like a host and a port.
    static func redacted(_ fault: GitURLFault, in text: String) -> GitURLFault {
        let bytes = Array(text.utf8)
        let start = schemeEnd(in: bytes).map { $0 + 3 } ?? 0
        let authority = bytes[start...].prefix { !"/?#".utf8.contains($0) }
        guard bytes[authority.endIndex...].contains(UInt8(ascii: "@")) else { return fault }
        switch fault {
        case .illegalPort, .illegalHost, .unknownParameter: return .credentials
        default: return fault
        }
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

/// Text from outside, made fit to be shown.
enum Sanitized {
    private static let limit = 500

    /// One line of at most 500 bytes without control characters, which could write to a terminal or forge a message.
    static func line(_ bytes: some Collection<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(limit), as: UTF8.self)
        let cleaned = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: " "
            default: scalar
            }
        }
        var line = String(String.UnicodeScalarView(cleaned))
        while line.last == " " { line.removeLast() }
        while line.first == " " { line.removeFirst() }
        return bytes.count > limit ? line + "…" : line
    }
}
