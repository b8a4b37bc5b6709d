/// The operating system and processor that an image is for, in Go's words for them: `linux`, `amd64`.
public struct ImagePlatform: Hashable, Sendable {
    public let os: String
    public let architecture: String
    /// The kind of processor within the architecture, such as `v7`; empty where none is given.
    public let variant: String

    public init(os: String, architecture: String, variant: String = "") {
        (self.os, self.architecture, self.variant) = (os, architecture, variant)
    }

    /// `OS/ARCHITECTURE[/VARIANT]`
    public var text: String { "\(os)/\(architecture)" + (variant.isEmpty ? "" : "/\(variant)") }

    /// The kinds of an architecture that serve when any does, the first before the others.
    private static let variants = ["arm": ["v8", "v7", "v6", "v5"], "arm64": ["v8"]]

    /// How well an image for `other` serves who wants this one: the lower the better, and nil not at all.
    ///
    /// As skopeo with `--override-os` and `--override-arch`, who want no variant: an image without one is best, and of an
    /// architecture whose kinds are known, the most capable is next. No other kind is taken.
    func rank(of other: ImagePlatform) -> Int? {
        guard isSameMachine(as: other) else { return nil }
        if other.variant.isEmpty { return 0 }
        let known = Self.variants[architecture] ?? []
        return known.firstIndex { sameBytes($0, other.variant) }.map { $0 + 1 }
    }

    /// Whether both are the same but for the variant.
    func isSameMachine(as other: ImagePlatform) -> Bool {
        sameBytes(os, other.os) && sameBytes(architecture, other.architecture)
    }
}
