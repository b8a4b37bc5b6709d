internal import JSON
internal import Lockfile
internal import NixHash
internal import OCI

/// A container image: `oci {image, tag, os, arch, at?}`.
///
/// What is locked is the digest that the tag has at the registry, which of an image for many platforms is the list's.
struct OCISource: SourceType {
    static let type = "oci"
    static let schemes = ["oci"]
    static let forms = [
        SourceForm("oci:REGISTRY/REPO[:TAG]", "a container image, locked to the digest that the tag has")
    ]
    static let options: Set<SourceOptions.Name> = [.arch, .os, .at]
    static let fields: Set<String> = ["image", "tag", "os", "arch", "at"]
    /// Docker Hub, whose registry is at another address than images are called by.
    static let service = Service("OCI", at: ImageName.dockerHubURL)

    private static let defaultOS = "linux"
    private static let defaultArchitecture = "amd64"

    let name: ImageName
    private(set) var tag: String
    let os: String
    let architecture: String
    /// The digest that the pin stays at.
    private(set) var digest: SHA256Digest?
    /// A tag whose digest of today is to be stayed at; only until upstream was asked.
    private var tagToStayAt: String?

    private init(name: ImageName, tag: String, os: String, architecture: String, digest: SHA256Digest?) {
        self.name = name
        self.tag = tag
        self.os = os
        self.architecture = architecture
        self.digest = digest
    }

    init(_ source: Source) throws {
        let reader = source.reader
        let image = try source.requiredText("image")
        guard let name = try? ImageName(parsing: image) else { throw reader.problem(.notImageName(image), "image") }
        self.name = name
        tag = try source.requiredText("tag")
        guard (try? ImageReference(name: name, tag: tag)) != nil else { throw reader.problem(.notImageTag(tag), "tag") }
        os = try source.requiredPathComponent("os")
        architecture = try source.requiredPathComponent("arch")
        digest = try source.text("at").map { text in
            guard let digest = SHA256Digest(image: text) else { throw reader.problem(.notImageDigest(text), "at") }
            return digest
        }
    }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        let text = notation.dropFirst("oci:".count)
        let reference: ImageReference
        do {
            reference = try ImageReference(parsing: String(text))
        } catch {
            throw ResolveError.malformedImage(notation, error)
        }
        if reference.digest != nil, options.at != nil { throw ResolveError.optionDoesNotFit("--at", source: notation) }
        return try OCISource(
            name: reference.name, tag: reference.tag ?? ImageReference.defaultTag, os: defaultOS,
            architecture: defaultArchitecture, digest: reference.digest
        ).changed(by: options)
    }

    var source: Source {
        var fields: JSONObject = [
            "image": .string(name.text), "tag": .string(tag), "os": .string(os), "arch": .string(architecture),
        ]
        fields["at"] = digest.map { .string($0.imageText) }
        return Source(type: Self.type, fields: fields)
    }

    var summary: String {
        "oci:\(name.text):\(tag) for \(os)/\(architecture)" + (digest.map { " at \($0.imageText)" } ?? "")
    }

    var suggestedName: String { name.repository.split(separator: "/").last.map(String.init) ?? name.repository }

    var isFixed: Bool { digest != nil }

    func changed(by options: SourceOptions) throws -> any SourceType {
        for text in [options.os, options.arch].compactMap(\.self) where !Notation.isPathComponent(text[...]) {
            throw ResolveError.malformedNotation(text, form: "one word, such as linux or arm64")
        }
        var changed = OCISource(
            name: name, tag: tag, os: options.os ?? os, architecture: options.arch ?? architecture, digest: digest)
        guard let at = options.at else { return changed }
        changed.digest = SHA256Digest(image: at)
        guard changed.digest == nil else { return changed }
        // A tag takes the place of the tag; of a digest the tag says what it is to be called.
        do {
            _ = try ImageReference(name: name, tag: at)
        } catch {
            throw ResolveError.malformedImage(at, error)
        }
        changed.tag = at
        changed.tagToStayAt = at
        return changed
    }

    func settled(in upstream: Upstream) async throws -> (source: any SourceType, remarks: [Resolution.Remark]) {
        guard let tagToStayAt else { return (self, []) }
        let digest = try await upstream.images.digest(of: name, tag: tagToStayAt).digest
        return (OCISource(name: name, tag: tag, os: os, architecture: architecture, digest: digest), [])
    }

    func resolve(
        in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Resolution {
        let found: SHA256Digest
        if let digest {
            found = digest
        } else {
            found = try await upstream.digest(of: name, tag: tag)
        }
        var resolution = Resolution(
            .oci(ImageFetch(name: name, tag: tag, digest: found, os: os, architecture: architecture)), version: tag,
            dating: .unknown)
        if let limit, digest == nil, locked.map({ !resolution.isLocked(as: $0) }) ?? true {
            let created = try await upstream.created(
                name, found, ImagePlatform(os: os, architecture: architecture))
            resolution.aging = Aging(ofOnly: created.flatMap { Timestamp.seconds($0) }, within: limit)
        }
        return resolution
    }
}
