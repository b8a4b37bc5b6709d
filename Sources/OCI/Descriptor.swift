internal import JSON
internal import NixHash

/// What a manifest says of a part of the image: of which type it is, how long, and with which digest.
struct Descriptor: Sendable, Equatable {
    let type: String
    let size: UInt64
    let digest: SHA256Digest
    /// Where else it is to be had.
    let urls: [String]

    private static let known = ["mediaType", "size", "digest", "urls", "platform", "annotations"]

    /// - Parameter name: what it describes, for errors.
    /// - Throws: `ManifestFault`, `UnsupportedImage.digest`
    init(_ value: JSON?, named name: String) throws {
        let members = try Members(value, named: name, known: Self.known)
        type = try members.text("mediaType")
        guard let size = members["size"]?.integer.flatMap(UInt64.init(exactly:)) else {
            throw ManifestFault.illegalMember("size")
        }
        self.size = size
        let text = try members.text("digest")
        guard let digest = SHA256Digest(image: text) else {
            throw text.utf8.starts(with: "sha256:".utf8) || !text.utf8.contains(UInt8(ascii: ":"))
                ? ManifestFault.illegalMember("digest") as any Error : UnsupportedImage.digest(text)
        }
        self.digest = digest
        urls = try members.array("urls").map { url in
            guard let text = url.string else { throw ManifestFault.illegalMember("urls") }
            return text
        }
    }
}
