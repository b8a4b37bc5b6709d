internal import Transfer

/// The passwords in the URLs of proxies, which libcurl is given and may repeat in its messages.
enum ProxyPasswords {
    private static let variables = [
        "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
    ]

    /// Every one in the environment, with its user name.
    static func all(in environment: [String: String]) -> [(user: String, secret: String)] {
        variables.compactMap { environment[$0] }.flatMap { url -> [(user: String, secret: String)] in
            let bytes = Array(url.utf8)
            // A slash in a password ends it for libcurl, and not for whoever reads its message.
            guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return [] }
            let afterScheme = bytes.indices.first { bytes[$0...].starts(with: "://".utf8) }.map { $0 + 3 } ?? 0
            guard let colon = bytes[..<at].dropFirst(afterScheme).firstIndex(of: UInt8(ascii: ":")) else { return [] }
            let user = String(decoding: bytes[afterScheme..<colon], as: UTF8.self)
            let password = bytes[(colon + 1)..<at]
            let decoded = PercentEncoding.decode(password) ?? Array(password)
            return [
                (user, String(decoding: password, as: UTF8.self)), (user, String(decoding: decoded, as: UTF8.self)),
            ]
        }
    }
}
