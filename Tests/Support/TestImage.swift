import Foundation
import NixHash

/// An image made by hand, of which a registry gets the parts.
public struct TestImage: Sendable {
    /// How a layer lies in the registry.
    public enum Packing: String, Sendable, CaseIterable {
        case plain, gzip, zstd, bzip2, xz
        /// Two members, one after the other.
        case gzipMembers

        /// What the layer's media type ends with.
        func suffix(oci: Bool) -> String {
            switch self {
            case .plain: ""
            case .zstd where oci: "+zstd"
            default: oci ? "+gzip" : ".gzip"
            }
        }
    }

    public var layers: [(contents: [UInt8], packing: Packing)]
    /// The bytes of the configuration.
    public var configuration: [UInt8]
    public var isOCI = false
    /// Whether an OCI manifest says that it is one.
    public var saysType = true
    public var layerTypes: [String]?
    public var configurationType: String?

    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    public static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    public static let ociManifest = "application/vnd.oci.image.manifest.v1+json"
    public static let ociIndex = "application/vnd.oci.image.index.v1+json"

    /// An image with a plain configuration.
    public init(_ layers: [(contents: [UInt8], packing: Packing)], isOCI: Bool = false, architecture: String = "amd64")
    {
        self.layers = layers
        self.isOCI = isOCI
        let digests = layers.map { "\"\(SHA256.hash($0.contents).imageText)\"" }.joined(separator: ",")
        configuration = Array(
            """
            {"architecture":"\(architecture)","config":{"Cmd":["/bin/sh"]},"created":"2024-01-01T00:00:00Z","os":"linux",\
            "rootfs":{"diff_ids":[\(digests)],"type":"layers"}}
            """.utf8)
    }

    /// The member of a configuration that names the layers.
    public var rootfs: String {
        let digests = layers.map { "\"\(SHA256.hash($0.contents).imageText)\"" }.joined(separator: ",")
        return "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\(digests)]}"
    }

    public var manifestType: String { isOCI ? Self.ociManifest : Self.dockerManifest }

    public func packedLayers() async throws -> [[UInt8]] {
        var packed: [[UInt8]] = []
        for (contents, packing) in layers { packed.append(try await Self.pack(contents, packing)) }
        return packed
    }

    public func manifest(of packed: [[UInt8]]) -> [UInt8] {
        let configurationType =
            configurationType
            ?? (isOCI
                ? "application/vnd.oci.image.config.v1+json" : "application/vnd.docker.container.image.v1+json")
        let layers = zip(packed, self.layers).enumerated().map { index, pair in
            let base = isOCI ? "application/vnd.oci.image.layer.v1.tar" : "application/vnd.docker.image.rootfs.diff.tar"
            let type = layerTypes?[index] ?? base + pair.1.packing.suffix(oci: isOCI)
            return Self.descriptor(pair.0, type)
        }.joined(separator: ",")
        let type = saysType || !isOCI ? "\"mediaType\":\"\(manifestType)\"," : ""
        return Array(
            """
            {"schemaVersion":2,\(type)"config":\(Self.descriptor(configuration, configurationType)),"layers":[\(layers)]}
            """.utf8)
    }

    public static func descriptor(_ blob: [UInt8], _ type: String) -> String {
        #"{"mediaType":"\#(type)","size":\#(blob.count),"digest":"\#(SHA256.hash(blob).imageText)"}"#
    }

    /// A list of manifests that are in the registry.
    /// - Parameter entries: of each the manifest, and the text of its `platform` and whatever follows it.
    public static func list(_ entries: [(manifest: [UInt8], platform: String?)], isOCI: Bool) -> [UInt8] {
        let items = entries.map { entry in
            descriptor(entry.manifest, isOCI ? ociManifest : dockerManifest).dropLast()
                + (entry.platform.map { ",\($0)" } ?? "") + "}"
        }.joined(separator: ",")
        return Array(
            #"{"schemaVersion":2,"mediaType":"\#(isOCI ? ociIndex : dockerList)","manifests":[\#(items)]}"#.utf8)
    }

    // MARK: Layers

    public static func pack(_ contents: [UInt8], _ packing: Packing) async throws -> [UInt8] {
        func through(_ program: String..., input: [UInt8]) async throws -> [UInt8] {
            try await run(program, input: input).stdoutBytes
        }
        switch packing {
        case .plain: return contents
        case .gzip: return try await through("gzip", "-nc", input: contents)
        case .zstd: return try await through("zstd", "-qc", input: contents)
        case .bzip2: return try await through("bzip2", "-c", input: contents)
        case .xz: return try await through("xz", "-c", input: contents)
        case .gzipMembers:
            let half = contents.count / 2
            let first = try await through("gzip", "-nc", input: Array(contents[..<half]))
            return try await first + through("gzip", "-nc", input: Array(contents[half...]))
        }
    }

    /// A tar archive with a file.
    public static func layer(_ name: String, _ contents: [UInt8] = Array("hello\n".utf8)) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, _ width: Int) -> String {
            let digits = String(value, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(name, 0)
        put("0000644", 100)
        put("0000000", 108)
        put("0000000", 116)
        put(octal(contents.count, 11), 124)
        put("00000000000", 136)
        put("        0", 148)
        put("ustar\u{0}00", 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", 148)
        let rest = contents.count % 512
        return header + contents + [UInt8](repeating: 0, count: (rest == 0 ? 0 : 512 - rest) + 1024)
    }
}

extension SHA256Digest {
    /// As registries write it.
    var imageText: String { "sha256:\(hex)" }
}
