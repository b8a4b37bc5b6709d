internal import JSON
internal import NixHash
internal import Transfer

/// Asks a registry for manifests, and believes none whose digest is another than it should be.
struct ManifestClient: Sendable {
    /// No manifest has more bytes; skopeo reads none that has.
    private static let longest = 4 << 20

    private let registry: Registry

    init(_ registry: Registry) { self.registry = registry }

    /// A manifest as it is, with its media type.
    struct Document: Sendable {
        let digest: SHA256Digest
        let type: String
        let json: JSON
    }

    /// The digest that a tag has.
    ///
    /// To ask for the header alone is not counted by registries that count what is pulled. What it says is believed only as
    /// far as this: the manifest is asked for by that digest, and then has to have it.
    func digest(ofTag tag: String) async throws -> SHA256Digest {
        let head = try await registry.send(request("manifests/\(tag)", .head))
        let type = MediaType.essence(of: head.headers["Content-Type"] ?? "")
        let digest = head.headers["Docker-Content-Digest"].flatMap(SHA256Digest.init(image:))
        let isManifest = MediaType.accepted.contains { sameBytes($0, type) }
        if head.status == 200, isManifest, let digest {
            try Self.refuseSchema1(type)
            return digest
        }
        // A registry that knows no HEAD or says too little; or it says why not, for which there is room in a GET alone.
        return try await manifest(tag, expected: nil).digest
    }

    /// The manifest with a digest.
    func manifest(_ digest: SHA256Digest) async throws -> Document {
        try await manifest(digest.imageText, expected: digest)
    }

    private func manifest(_ reference: String, expected: SHA256Digest?) async throws -> Document {
        var request = request("manifests/\(reference)", .get)
        request.maximumBodySize = Self.longest
        let response: TransferResponse
        do {
            response = try await registry.send(request)
        } catch TransferError.bodyTooLarge(_, let limit) {
            throw ManifestFault.tooLarge(limit: limit)
        }
        guard response.status == 200 else { throw await failure(response) }
        let contentType = response.headers["Content-Type"]
        let type = MediaType.essence(of: contentType ?? "")
        guard MediaType.accepted.contains(where: { sameBytes($0, type) }) else {
            throw ManifestFault.notManifest(contentType: contentType)
        }
        try Self.refuseSchema1(type)
        let actual = SHA256.hash(response.body)
        let said = response.headers["Docker-Content-Digest"].flatMap(SHA256Digest.init(image:))
        for expected in [expected, said].compactMap(\.self) where expected != actual {
            throw ManifestFault.wrongDigest(expected: expected, actual: actual)
        }
        guard let json = try? JSON(parsing: response.body) else { throw ManifestFault.notJSON }
        return Document(digest: actual, type: type, json: json)
    }

    private func request(_ path: String, _ method: TransferRequest.Method) -> TransferRequest {
        TransferRequest(
            url: registry.url(path), method: method, headers: [("Accept", MediaType.accepted.joined(separator: ", "))])
    }

    private static func refuseSchema1(_ type: String) throws(UnsupportedImage) {
        if sameBytes(type, MediaType.schema1) || sameBytes(type, MediaType.signedSchema1) { throw .schema1 }
    }

    /// What a response without what was asked for means.
    private func failure(_ response: TransferResponse) async -> any Error {
        let said = RegistryErrors.text(response.body)
        if response.status == 404, await registry.credentialOrigin == nil {
            return Missing(url: response.printableURL, said: said)
        }
        if let refusal = response.refusal { return Refused(refusal: await registry.described(refusal), said: said) }
        return response.failure()
    }
}
