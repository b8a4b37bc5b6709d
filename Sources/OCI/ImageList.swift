internal import JSON
internal import NixHash

/// A list of images of the same kind for several platforms: OCI's index, and Docker's manifest list.
struct ImageList: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        let digest: SHA256Digest
        /// Nil where the list does not say, which only OCI's may.
        let platform: ImagePlatform?
        /// Whether its layers are said to be compressed with zstd.
        let isZstd: Bool
    }

    let entries: [Entry]
    private let isIndex: Bool

    private static let known = ["schemaVersion", "mediaType", "manifests", "config", "layers", "fsLayers", "history"]
    private static let zstdAnnotation = "io.github.containers.compression.zstd"

    /// - Parameter type: the media type that the registry says.
    /// - Throws: `ManifestFault`, `UnsupportedImage`
    init(_ json: JSON, type: String) throws {
        let isIndex = sameBytes(type, MediaType.index)
        let members = try Members(json, named: "manifest", known: Self.known)
        try members.checkKind(type, without: ["config", "layers", "fsLayers", "history"])
        entries = try members.array("manifests").map { try Self.entry($0, isIndex: isIndex) }
        self.isIndex = isIndex
    }

    private static func entry(_ value: JSON, isIndex: Bool) throws -> Entry {
        let descriptor = try Descriptor(value, named: "manifests")
        let object = Members(of: value)
        var platform = isIndex ? nil : ImagePlatform(os: "", architecture: "")
        if let value = object["platform"] {
            let members = try Members(value, named: "platform", known: ["os", "architecture", "variant"])
            platform = ImagePlatform(
                os: try members.text("os"), architecture: try members.text("architecture"),
                variant: try members.text("variant"))
        }
        let annotation = object["annotations"]?[zstdAnnotation]?.string
        return Entry(
            digest: descriptor.digest, platform: platform,
            isZstd: isIndex && annotation.map { sameBytes($0, "true") } ?? false)
    }

    /// The image for a platform, as skopeo 1.18 chooses it; nil when none is.
    ///
    /// Of OCI's index it prefers zstd, and takes an entry without a platform when there is no better one.
    func choose(_ wanted: ImagePlatform) -> Entry? {
        let candidates = entries.enumerated().compactMap { position, entry in
            let rank = if let platform = entry.platform { wanted.rank(of: platform) } else { Int.max }
            return rank.map { (rank: $0, zstd: entry.isZstd ? 0 : 1, position: position, entry: entry) }
        }
        return candidates.min { ($0.rank, $0.zstd, $0.position) < ($1.rank, $1.zstd, $1.position) }?.entry
    }

    /// The platforms that there are images for; what is kept beside images, such as attestations, has none.
    var platforms: [ImagePlatform] {
        entries.compactMap(\.platform).filter { !$0.os.isEmpty && !sameBytes($0.os, "unknown") }
    }
}
