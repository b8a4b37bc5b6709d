internal import JSON
internal import NixHash

/// The configuration of an image: what it is for, and the digests of its layers as they are unpacked.
struct ImageConfiguration: Sendable, Equatable {
    let bytes: [UInt8]
    let digest: SHA256Digest
    /// Nil where it does not say.
    let platform: ImagePlatform?
    /// The digest of each layer without its compression, from the lowest up.
    let contents: [SHA256Digest]
    /// When the image was made, as it says itself; nil where it does not.
    let created: String?

    /// No configuration has more bytes; skopeo reads none that has.
    static let longest = 4 << 20

    /// - Throws: `BlobFault`
    init(_ bytes: [UInt8], digest: SHA256Digest) throws(BlobFault) {
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw .notJSON
        }
        guard let object = json.object else { throw .illegalConfiguration("rootfs") }
        guard let rootfs = object["rootfs"]?.object, let list = rootfs["diff_ids"]?.array else {
            throw .illegalConfiguration("rootfs")
        }
        var contents: [SHA256Digest] = []
        for element in list {
            guard let digest = element.string.flatMap(SHA256Digest.init(image:)) else {
                throw .illegalConfiguration("diff_ids")
            }
            contents.append(digest)
        }
        let (os, architecture) = (object["os"]?.string ?? "", object["architecture"]?.string ?? "")
        platform =
            os.isEmpty || architecture.isEmpty
            ? nil : ImagePlatform(os: os, architecture: architecture, variant: object["variant"]?.string ?? "")
        created = object["created"]?.string
        (self.bytes, self.digest, self.contents) = (bytes, digest, contents)
    }
}
