/// A file below `templates/`, as it was when the program was built.
///
/// `all`, which has them in the order of their paths' bytes, is written by the plugin `EmbedTemplates` while building.
public struct EmbeddedFile: Sendable, Equatable {
    /// Where it is below `templates/`: `ci/github/pins-check.yml`.
    public let path: String
    /// Whether its owner may execute it.
    public let isExecutable: Bool
    /// What is in it.
    public let text: String

    public init(path: String, isExecutable: Bool, text: String) {
        self.path = path
        self.isExecutable = isExecutable
        self.text = text
    }
}
