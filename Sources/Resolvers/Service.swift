/// A service of the web that sources are found at, and that can be pointed elsewhere: to a mirror, or to a test's server.
public struct Service: Hashable, Sendable {
    /// The word in its variables, in capital letters: `GITHUB`.
    let word: String
    /// The service's own base URL, without a slash at the end.
    public let defaultURL: String

    init(_ word: String, at defaultURL: String) {
        self.word = word
        self.defaultURL = defaultURL
    }

    /// The variables that point it elsewhere, in the order in which they count.
    public var variables: [String] { ["PINR_\(word)_HOST", "PINR_\(word)_URL"] }

    /// The host that everybody knows it by.
    var host: String { URLParts(defaultURL).authority }
}
