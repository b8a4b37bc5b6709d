/// URLs as the texts that they are given as, which may turn out to be none.
public enum URLText {
    /// The text with everything between its scheme and its last `@` replaced by stars, where that may hold a password.
    ///
    /// Errors end up on terminals and in the logs of scheduled jobs. A slash in a password ends the authority early: what
    /// is left there is a host with a port that is none.
    /// - Parameter isMalformed: whether the text is known to be no URL; then every `@` may be one behind a password.
    public static func withoutCredentials(_ text: String, isMalformed: Bool = false) -> String {
        let bytes = Array(text.utf8)
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return text }
        let slashes = startOfAuthority(bytes)
        let start = slashes ?? 0
        guard at >= start else { return text }
        let authority = bytes[start...].prefix { !"/?#".utf8.contains($0) }
        let mayHoldPassword =
            if isMalformed {
                true
            } else if slashes == nil {
                // `user@host:path` is how git and ssh write a repository, and has no password.
                bytes[..<at].contains(UInt8(ascii: ":")) && authority.contains(UInt8(ascii: "@"))
            } else {
                authority.contains(UInt8(ascii: "@")) || !hasPossiblePort(authority)
            }
        guard mayHoldPassword else { return text }
        return String(decoding: bytes[..<start] + Array("***".utf8) + bytes[at...], as: UTF8.self)
    }

    /// The text before its query, which may hold a signature or a token.
    public static func withoutQuery(_ text: String) -> String {
        String(decoding: text.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }, as: UTF8.self)
    }

    /// The text with stars for the values of its parameters, behind `?` and `#`, which may be tokens; their names say enough.
    /// - Parameter names: parameters of which it is known that they hold none.
    public static func withoutValues(_ text: some Collection<UInt8>, besides names: [String]) -> [UInt8] {
        let bytes = Array(text)
        guard let query = bytes.firstIndex(where: { "?#".utf8.contains($0) }) else { return bytes }
        var result = Array(bytes[..<query])
        var rest = bytes[query...]
        while let mark = rest.first {
            let field = rest.dropFirst().prefix { !"?#&;".utf8.contains($0) }
            let name = field.prefix { $0 != UInt8(ascii: "=") }
            let isShown = name.count == field.count || names.contains { name.elementsEqual($0.utf8) }
            result.append(mark)
            result += isShown ? Array(field) : name + Array("=***".utf8)
            rest = rest[field.endIndex...]
        }
        return result
    }

    /// Whether both are web URLs with the same scheme, host and port.
    public static func haveSameOrigin(_ left: String, _ right: String) -> Bool {
        guard let left = try? WebURL(left), let right = try? WebURL(right) else { return false }
        return sameBytes(left.origin, right.origin)
    }

    /// Whether nobody between here and the server of a web URL can read what it is sent: over https, or to this machine.
    public static func isConfidential(_ text: String) -> Bool {
        guard let url = try? WebURL(text) else { return false }
        return url.isSecure || url.isLoopback
    }

    /// The query for the server of a web URL, of which a credential is wanted with the first request; nil for no URL.
    public static func credentialQuery(_ text: String) -> CredentialQuery? {
        (try? WebURL(text)).map { CredentialQuery($0, .requested) }
    }

    /// Whether what follows the host's colon, if it has one, is the number of a port, or nothing.
    public static func hasPossiblePort(_ authority: some BidirectionalCollection<UInt8>) -> Bool {
        let afterColon = authority.reversed().prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "]") }
        let isAll = afterColon.count == authority.count
        let endsAddress = !isAll && authority.dropLast(afterColon.count).last == UInt8(ascii: "]")
        if isAll || endsAddress { return isAll || afterColon.isEmpty }
        guard afterColon.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return false }
        return afterColon.isEmpty || UInt16(String(decoding: afterColon.reversed(), as: UTF8.self)) != nil
    }

    /// Where the host begins, behind `SCHEME://` or the `//` that a redirect may leave it at.
    private static func startOfAuthority(_ bytes: [UInt8]) -> Int? {
        let slash = UInt8(ascii: "/")
        return bytes.indices.dropFirst().first { index in
            bytes[index] == slash && bytes[index - 1] == slash
                && (index == 1 || bytes[index - 2] == UInt8(ascii: ":"))
        }.map { $0 + 1 }
    }
}
