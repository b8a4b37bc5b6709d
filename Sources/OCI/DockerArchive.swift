internal import NixHash
internal import Threads

/// Writes the archive that `skopeo copy docker://NAME@DIGEST docker-archive:FILE:NAME:TAG` writes, byte for byte.
///
/// First come the layers, unpacked, each once and in the manifest's order; then the configuration, as it is; for each
/// layer a folder as old versions of Docker want it; and last `manifest.json` and `repositories`.
struct DockerArchive {
    private let channel: ByteChannel
    private var written: Set<SHA256Digest> = []
    private(set) var size: UInt64 = 0

    init(into channel: ByteChannel) { self.channel = channel }

    /// Writes a layer, unless one with the same contents is there.
    mutating func write(_ layer: SpooledLayer, cancellation: Cancellation) throws {
        guard written.insert(layer.contents).inserted else { return }
        let name = Self.file(of: layer.contents)
        try send(TarEntry(name: name, size: layer.size).header)
        let count = try layer.read(cancellation: cancellation) { try send(exchanging: &$0) }
        // It was read before, and nobody else can write to it.
        precondition(count == layer.size, "a layer has another size than it had")
        try send(TarEntry.padding(after: count))
    }

    /// Writes what follows the layers.
    mutating func finish(_ configuration: ImageConfiguration, contents: [SHA256Digest], name: ImageName, tag: String)
        throws
    {
        let configurationName = "\(configuration.digest.hex).json"
        try file(configurationName, configuration.bytes)
        let legacy = LegacyLayers(contents: contents, configuration: configuration)
        for layer in legacy.layers {
            try send(
                TarEntry(name: "\(layer.id)/layer.tar", size: 0, target: "../\(Self.file(of: layer.contents))").header)
            try file("\(layer.id)/VERSION", Array("1.0".utf8))
            try file("\(layer.id)/json", layer.configuration)
        }
        // Names, tags and digests have nothing in them that JSON would escape.
        let files = contents.map { "\"\(Self.file(of: $0))\"" }.joined(separator: ",")
        try file(
            "manifest.json",
            Array(
                "[{\"Config\":\"\(configurationName)\",\"RepoTags\":[\"\(name.text):\(tag)\"],\"Layers\":[\(files)]}]"
                    .utf8))
        let repositories = legacy.top.map { "\"\(name.text)\":{\"\(tag)\":\"\($0)\"}" } ?? ""
        try file("repositories", Array("{\(repositories)}".utf8))
        try send(TarEntry.end)
    }

    private static func file(of contents: SHA256Digest) -> String { "\(contents.hex).tar" }

    private mutating func file(_ name: String, _ contents: [UInt8]) throws {
        let size = UInt64(contents.count)
        try send(TarEntry(name: name, size: size).header + contents + TarEntry.padding(after: size))
    }

    private mutating func send(_ bytes: [UInt8]) throws {
        var bytes = bytes
        try send(exchanging: &bytes)
    }

    /// - Throws: `CancellationError` when nobody reads any more.
    private mutating func send(exchanging bytes: inout [UInt8]) throws {
        size += UInt64(bytes.count)
        guard channel.send(exchanging: &bytes) else { throw CancellationError() }
    }
}
