internal import Archive
internal import NixHash
internal import SourceTree
internal import Threads
internal import Transfer

/// Fetches the parts of one image, and hands on none that is not what the manifest and the configuration say.
struct LayerFetch: Sendable {
    private let images: Images
    private let registry: Registry
    /// What was asked for, for errors.
    let image: String

    init(images: Images, registry: Registry, image: String) {
        (self.images, self.registry, self.image) = (images, registry, image)
    }

    // MARK: The configuration

    func configuration(_ descriptor: Descriptor) async throws -> ImageConfiguration {
        let longest = ImageConfiguration.longest
        let fault = { (fault: BlobFault) in OCIError.blob(image: image, descriptor.digest, fault) }
        guard descriptor.size <= UInt64(longest) else { throw fault(.oversizedConfiguration(limit: longest)) }
        let response: TransferResponse
        do {
            var request = request(descriptor)
            request.maximumBodySize = longest
            response = try await registry.send(request)
        } catch TransferError.bodyTooLarge(_, let limit) {
            throw fault(.oversizedConfiguration(limit: limit))
        }
        guard response.status == 200 else {
            if let refusal = response.refusal {
                throw Refused(
                    refusal: await registry.described(refusal), said: RegistryErrors.text(response.body))
            }
            if response.status == 404 {
                throw Missing(url: response.printableURL, said: RegistryErrors.text(response.body))
            }
            throw response.failure()
        }
        let body = response.body
        guard UInt64(body.count) == descriptor.size else {
            throw fault(.wrongSize(expected: descriptor.size, actual: UInt64(body.count), isWhole: true))
        }
        let actual = SHA256.hash(body)
        guard actual == descriptor.digest else { throw fault(.wrongDigest(actual: actual)) }
        do {
            return try ImageConfiguration(body, digest: actual)
        } catch {
            throw fault(error)
        }
    }

    // MARK: Layers

    /// A layer that is all there, and has the contents that the configuration says.
    /// - Parameter room: how many bytes it may have unpacked.
    func layer(_ descriptor: Descriptor, contents: SHA256Digest, room: UInt64) async throws -> SpooledLayer {
        do {
            let layer = try await fetch(descriptor, room: room)
            guard layer.contents == contents else {
                throw BlobFault.wrongContents(expected: contents, actual: layer.contents)
            }
            return layer
        } catch let fault as BlobFault {
            throw OCIError.blob(image: image, descriptor.digest, fault)
        } catch is OversizedLayer {
            throw OCIError.tooLarge(image: image, limit: images.limits.contents)
        }
    }

    /// Takes the layer from where the manifest says that it is to be had, as skopeo does, and else from the registry.
    private func fetch(_ descriptor: Descriptor, room: UInt64) async throws -> SpooledLayer {
        // What cannot be compressed gets a little longer by it.
        let frames = room / 1000 + (1 << 20)
        guard descriptor.size <= room || descriptor.size - room <= frames else { throw OversizedLayer() }
        var failure: (any Error)?
        for url in descriptor.urls where isAsked(url) {
            do {
                // Whoever wrote the manifest chose the URL: it gets no credential.
                return try await stream(TransferRequest(url: url, credentials: .never), descriptor, room)
            } catch let error as TransferError {
                failure = error
            }
        }
        if let failure { throw failure }
        return try await registry.download(request(descriptor)) { try await stream($0, descriptor, room) }
    }

    /// Whether a layer is taken from a URL: not where anybody could listen to what the registry itself lets nobody hear.
    private func isAsked(_ url: String) -> Bool {
        url.hasPrefix("https://") || url.hasPrefix("http://") && !registry.baseURL.hasPrefix("https://")
    }

    private func stream(
        _ request: TransferRequest, _ descriptor: Descriptor, _ room: UInt64
    ) async throws -> SpooledLayer {
        let (limits, directory) = (images.limits, images.temporaryDirectory)
        return try await images.transfer.stream(request) { source, cancellation in
            try SpooledLayer(
                source, descriptor, room: room, ratio: limits.ratio, directory: directory, cancellation: cancellation)
        }.0
    }

    private func request(_ descriptor: Descriptor) -> TransferRequest {
        TransferRequest(
            url: registry.url("blobs/\(descriptor.digest.imageText)"), headers: [("Accept-Encoding", "identity")])
    }
}
