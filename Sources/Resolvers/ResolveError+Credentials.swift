extension ResolveError {
    /// The same error, with no user name or password in the text that it quotes.
    ///
    /// Errors end up on terminals and in the logs of scheduled jobs.
    func withoutCredentials() -> ResolveError {
        switch self {
        case .unknownNotation(let text, let shortNames):
            .unknownNotation(Self.redacted(text), shortNames: shortNames)
        case .malformedNotation(let text, let form): .malformedNotation(Self.redacted(text), form: form)
        case .optionDoesNotFit(let option, let source): .optionDoesNotFit(option, source: Self.redacted(source))
        case .unknownParameter(let parameter, let text):
            // The value of a parameter may be a token; its name says enough.
            .unknownParameter(
                String(parameter.prefix { $0 != "=" }), in: Self.redacted(String(text.prefix { $0 != "?" })))
        default: self
        }
    }

    /// The text with everything between the scheme and its last `@` replaced by stars, where that holds credentials.
    ///
    /// A slash in a password ends the authority early; what is left there is a port that is no number.
    private static func redacted(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return text }
        let slashes = text.firstRange(of: "://")
        let start = slashes.map { text[..<$0.upperBound].utf8.count } ?? 0
        guard at >= start else { return text }
        let authority = bytes[start...].prefix { !"/?#".utf8.contains($0) }
        let hasCredentials =
            if slashes == nil {
                bytes[..<at].contains(UInt8(ascii: ":")) && authority.contains(UInt8(ascii: "@"))
            } else {
                authority.contains(UInt8(ascii: "@")) || !URLParts.hasPossiblePort(authority)
            }
        guard hasCredentials else { return text }
        return String(decoding: bytes[..<start] + Array("***".utf8) + bytes[at...], as: UTF8.self)
    }
}
