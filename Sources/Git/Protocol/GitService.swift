/// The two programs of git that a server runs: one that hands objects out, and one that takes them.
enum GitService: String, Sendable {
    case uploadPack = "git-upload-pack"
    case receivePack = "git-receive-pack"

    /// Whether it can be asked to speak version 2 of the protocol, which has no pushing (gitprotocol-v2(5)).
    var hasVersion2: Bool { self == .uploadPack }

    // The types of gitprotocol-http(5).

    var advertisementType: String { "application/x-\(rawValue)-advertisement" }
    var requestType: String { "application/x-\(rawValue)-request" }
    var resultType: String { "application/x-\(rawValue)-result" }
}
