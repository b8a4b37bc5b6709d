internal import JSON
public import NixHash
internal import SourceTree
public import Threads
internal import Transfer

extension Images {
    /// What is known of an archive once it was written.
    public struct Summary: Sendable, Equatable {
        /// How many bytes it has.
        public let size: UInt64
        /// The digest of the manifest of the image that is in it.
        public let manifest: SHA256Digest
    }

    /// How many chunks of the archive may wait for who reads them, some 2 MiB.
    private static let chunksAhead = 8

    /// Makes the archive of an image while a thread of its own reads it.
    ///
    /// - Parameter consume: reads the archive to its end, and is handed the flag to poll. What it makes counts only when
    ///   nothing is thrown here.
    /// - Throws: as `hash`, and what `consume` throws.
    public func archive<Value: Sendable>(
        of name: ImageName, digest: SHA256Digest, tag: String, platform: ImagePlatform,
        consume: @escaping @Sendable (any ByteSource, Cancellation) throws -> Value
    ) async throws -> (Value, Summary) {
        let channel = ByteChannel(capacity: Self.chunksAhead)
        async let consumed = {
            // Whatever ends who reads ends who writes, who would wait for room for ever.
            defer { channel.cancel() }
            return try await onThread { cancellation in
                cancellation.onCancel { channel.cancel() }
                return try consume(channel, cancellation)
            }
        }()
        let written: Result<Summary, any Error>
        do {
            let image = "\(name.text)@\(digest.imageText)"
            written = .success(
                try await Self.clarified(image) {
                    try await write(name, digest, tag, platform, image, into: channel)
                })
            channel.finish()
        } catch {
            channel.finish(throwing: error)
            written = .failure(error)
        }
        let value: Value
        do {
            value = try await consumed
        } catch is CancellationError {
            _ = try written.get()
            throw CancellationError()
        }
        return (value, try written.get())
    }

    /// When an image was made, as its configuration says in the form of RFC 3339; nil where it does not.
    /// - Parameters:
    ///   - digest: of the image's manifest, or of a list that it is in.
    ///   - platform: which image of a list.
    /// - Throws: `OCIError`, `TransferError`, `CancellationError`
    public func created(_ name: ImageName, digest: SHA256Digest, platform: ImagePlatform) async throws -> String? {
        let image = "\(name.text)@\(digest.imageText)"
        return try await Self.clarified(image) {
            let registry = registry(of: name)
            let (manifest, _) = try await choose(ManifestClient(registry), digest, platform, image)
            return try await LayerFetch(images: self, registry: registry, image: image)
                .configuration(manifest.configuration).created
        }
    }

    /// - Parameter image: what was asked for, for errors.
    private func write(
        _ name: ImageName, _ digest: SHA256Digest, _ tag: String, _ platform: ImagePlatform, _ image: String,
        into channel: ByteChannel
    ) async throws -> Summary {
        // A tag that is none would be written into the archive as it is.
        _ = try ImageReference(name: name, tag: tag)
        let registry = registry(of: name)
        let (manifest, manifestDigest) = try await choose(ManifestClient(registry), digest, platform, image)
        let fetch = LayerFetch(images: self, registry: registry, image: image)
        let configuration = try await fetch.configuration(manifest.configuration)
        if let own = configuration.platform, !platform.isSameMachine(as: own) {
            throw OCIError.noPlatform(image: image, wanted: platform, available: [own])
        }
        guard manifest.layers.count == configuration.contents.count else {
            throw OCIError.blob(
                image: image, configuration.digest,
                .wrongLayerCount(manifest: manifest.layers.count, configuration: configuration.contents.count))
        }
        try Self.refuseConfusable(manifest, configuration)
        let archive = try await writeLayers(manifest, configuration, fetch, DockerArchive(into: channel))
        let size = try await onThread { _ in
            var archive = archive
            try archive.finish(configuration, contents: configuration.contents, name: name, tag: tag)
            return archive.size
        }
        return Summary(size: size, manifest: manifestDigest)
    }

    /// The manifest of the one image, which a list leads to or not.
    private func choose(
        _ client: ManifestClient, _ digest: SHA256Digest, _ platform: ImagePlatform, _ image: String
    ) async throws -> (ImageManifest, SHA256Digest) {
        var document = try await client.manifest(digest)
        if MediaType.isList(document.type) {
            let list = try ImageList(document.json, type: document.type)
            guard let entry = list.choose(platform) else {
                throw OCIError.noPlatform(image: image, wanted: platform, available: list.platforms)
            }
            document = try await client.manifest(entry.digest)
            if MediaType.isList(document.type) { throw ManifestFault.nestedList }
        }
        return (try ImageManifest(document.json, type: document.type), document.digest)
    }

    /// skopeo knows what it has written by its digest, whether that was compressed or not.
    private static func refuseConfusable(
        _ manifest: ImageManifest, _ configuration: ImageConfiguration
    ) throws(UnsupportedImage) {
        var written: Set<SHA256Digest> = []
        for (layer, contents) in zip(manifest.layers, configuration.contents) {
            if layer.digest != contents, written.contains(layer.digest) { throw .confusable(layer.digest) }
            written.insert(contents)
        }
        if written.contains(configuration.digest) { throw .confusable(configuration.digest) }
    }

    /// Writes one layer while the next one arrives.
    private func writeLayers(
        _ manifest: ImageManifest, _ configuration: ImageConfiguration, _ fetch: LayerFetch, _ empty: DockerArchive
    ) async throws -> DockerArchive {
        var archive = empty
        var room = limits.contents
        var seen: [SHA256Digest: SHA256Digest] = [:]
        // What is there twice was read once.
        let layers = zip(manifest.layers, configuration.contents).map { (descriptor: $0, contents: $1) }
        var wanted: [(descriptor: Descriptor, contents: SHA256Digest)] = []
        for layer in layers {
            if let contents = seen[layer.descriptor.digest] {
                guard contents == layer.contents else {
                    throw OCIError.blob(
                        image: fetch.image, layer.descriptor.digest,
                        .wrongContents(expected: layer.contents, actual: contents))
                }
            } else {
                seen[layer.descriptor.digest] = layer.contents
                wanted.append(layer)
            }
        }
        guard var (descriptor, contents) = wanted.first else { return archive }
        var current = try await fetch.layer(descriptor, contents: contents, room: room)
        for index in wanted.indices {
            room -= current.size
            if index + 1 < wanted.count { (descriptor, contents) = wanted[index + 1] }
            let (layer, before, left, nextDescriptor, nextContents) = (current, archive, room, descriptor, contents)
            let isLast = index + 1 == wanted.count
            async let next = isLast ? nil : fetch.layer(nextDescriptor, contents: nextContents, room: left)
            archive = try await onThread { cancellation in
                var archive = before
                try archive.write(layer, cancellation: cancellation)
                return archive
            }
            if let next = try await next { current = next }
        }
        return archive
    }
}
