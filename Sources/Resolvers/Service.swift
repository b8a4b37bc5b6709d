/// A service of the web that sources are found at, and that can be pointed elsewhere: to a mirror, or to a test's server.
public struct Service: Hashable, Sendable {
    /// The words in its variables, in capital letters, such as `GITHUB`; the first counts most.
    let words: [String]
    /// The service's own base URL, without a slash at the end.
    public let defaultURL: String

    init(_ words: String..., at defaultURL: String) {
        self.words = words
        self.defaultURL = defaultURL
    }

    /// The variables that point it elsewhere, in the order in which they count.
    public var variables: [String] { words.flatMap { ["PINR_\($0)_HOST", "PINR_\($0)_URL"] } }

    /// The host that everybody knows it by.
    var host: String { URLParts(defaultURL).authority }
}
