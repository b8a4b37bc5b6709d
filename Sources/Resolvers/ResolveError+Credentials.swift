internal import Transfer

extension ResolveError {
    /// The same error, with no user name or password in the text that it quotes.
    func withoutCredentials() -> ResolveError {
        switch self {
        case .unknownNotation(let text, let nearest):
            .unknownNotation(URLText.withoutCredentials(text), nearest: nearest)
        case .malformedNotation(let text, let form): .malformedNotation(URLText.withoutCredentials(text), form: form)
        case .optionDoesNotFit(let option, let source):
            .optionDoesNotFit(option, source: URLText.withoutCredentials(source))
        case .unknownParameter(let parameter, let text):
            // The value of a parameter may be a token; its name says enough.
            .unknownParameter(
                String(parameter.prefix { $0 != "=" }),
                in: URLText.withoutCredentials(String(text.prefix { $0 != "?" })))
        default: self
        }
    }
}
