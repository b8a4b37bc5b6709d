internal import OCI
internal import Transfer

extension ResolveError {
    /// The same error, with no user name, password or token in the text that it quotes.
    func withoutCredentials() -> ResolveError {
        switch self {
        case .unknownNotation(let text, let nearest):
            .unknownNotation(Self.redacted(text), nearest: nearest.map { Self.redacted($0) })
        case .malformedNotation(let text, let form): .malformedNotation(Self.redacted(text), form: form)
        case .malformedImage(let text, .invalidName(_, let fault)):
            .malformedImage(
                Self.redacted(image: text), .invalidName(Self.redacted(image: text), fault))
        case .optionDoesNotFit(let option, let source):
            .optionDoesNotFit(option, source: Self.redacted(image: source))
        case .unknownParameter(let parameter, let text):
            // The value of a parameter may be a token; its name says enough.
            .unknownParameter(
                String(parameter.prefix { $0 != "=" }),
                in: URLText.withoutCredentials(String(text.prefix { $0 != "?" })))
        default: self
        }
    }

    private static func redacted(_ text: String) -> String {
        let names = ["host", "ref", "rev", "submodules", "lfs", "dir"]
        return String(
            decoding: URLText.withoutValues(URLText.withoutCredentials(text).utf8, besides: names), as: UTF8.self)
    }

    /// A text without the user name and password in it, where the `@` is not that of an image's digest.
    private static func redacted(image text: String) -> String {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isDigest = parts.count == 2 && ["sha256:", "sha512:"].contains { parts[1].hasPrefix($0) }
        return isDigest && text.lowercased().hasPrefix("oci:") ? text : redacted(text)
    }
}
