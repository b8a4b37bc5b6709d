internal import Fetchers
public import NixHash
public import SourceTree
internal import Synchronization
internal import Threads
public import Transfer

/// The images of registries: finds the digest of a tag, and computes the hash that `dockerTools.pullImage` checks.
public final class Images: Sendable {
    let limits: TreeLimits
    let temporaryDirectory: String
    let transfer: TransferEngine
    private let credentials: (any CredentialSource)?
    private let baseURL: @Sendable (String) -> String?
    /// One an image, so that what let us in once is known the next time.
    private let registries = Mutex<[ImageName: Registry]>([:])

    /// - Parameters:
    ///   - credentials: who knows credentials, as the engine's configuration; nil to send none.
    ///   - limits: how much the layers may unpack to; `contents` is of all of them together.
    ///   - temporaryDirectory: where unlinked files lie.
    ///   - baseURL: where a registry is, given the name that images have it under; nil for its own address, which is
    ///     `https://REGISTRY`, or `http://` for a registry on this machine.
    public init(
        transfer: TransferEngine, credentials: (any CredentialSource)?, limits: TreeLimits = TreeLimits(),
        temporaryDirectory: String, baseURL: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.transfer = transfer
        self.credentials = credentials
        self.limits = limits
        self.temporaryDirectory = temporaryDirectory
        self.baseURL = baseURL
    }

    /// What a tag, or a digest, is at the registry now.
    public struct Resolved: Sendable, Equatable {
        /// The digest of the image's manifest, or of the list that it is in: what `imageDigest` of `pullImage` is.
        public let digest: SHA256Digest
        /// Where the credential is from that it took; nil when a stranger gets the same.
        public let credentials: CredentialOrigin?
    }

    /// Finds the digest that a tag has, without fetching anything but that.
    /// - Throws: `OCIError`, `TransferError`, `CancellationError`
    public func digest(of name: ImageName, tag: String) async throws -> Resolved {
        let registry = registry(of: name)
        let client = ManifestClient(registry)
        let digest = try await Self.clarified("\(name.text):\(tag)") { try await client.digest(ofTag: tag) }
        return Resolved(digest: digest, credentials: await registry.credentialOrigin)
    }

    /// An image that was fetched and hashed.
    public struct Archive: Sendable, Equatable {
        /// The flat hash of the archive, which `pullImage` checks.
        public let hash: SHA256Digest
        /// How many bytes the archive has.
        public let size: UInt64
        /// The digest of the manifest that was chosen; the one that was asked for, unless that is a list's.
        public let manifest: SHA256Digest
        /// Where the credential is from that it took; nil when a stranger gets the same.
        public let credentials: CredentialOrigin?
    }

    /// Fetches an image and computes the hash of the archive that skopeo makes of it.
    ///
    /// No layer is held in memory, and of the compressed layers no more than two lie on disk at a time.
    /// - Parameters:
    ///   - digest: of the image's manifest, or of a list that it is in.
    ///   - tag: the tag that the archive names the image by; it is not asked what it is now.
    ///   - platform: which image of a list; and what an image by itself must be for, if it says.
    /// - Throws: `OCIError`, `TransferError`, `ArchiveError`, `CancellationError`
    public func hash(
        of name: ImageName, digest: SHA256Digest, tag: String, platform: ImagePlatform
    ) async throws -> Archive {
        let (hash, summary) = try await archive(of: name, digest: digest, tag: tag, platform: platform) {
            try FlatHash.hash($0, cancellation: $1)
        }
        return Archive(
            hash: hash, size: summary.size, manifest: summary.manifest,
            credentials: await registry(of: name).credentialOrigin)
    }

    /// The registry that has an image.
    func registry(of name: ImageName) -> Registry {
        registries.withLock { registries in
            if let known = registries[name] { return known }
            let registry = Registry(
                name, baseURL: Self.address(of: name, baseURL(name.registry)), transfer: transfer,
                credentials: credentials)
            registries[name] = registry
            return registry
        }
    }

    /// - Parameter given: what the host said, if anything.
    private static func address(of name: ImageName, _ given: String?) -> String {
        var url = given ?? ""
        if url.isEmpty {
            let plain = "http://\(name.registry)"
            url =
                if sameBytes(name.registry, ImageName.dockerHub) {
                    ImageName.dockerHubURL
                } else if URLText.isConfidential(plain) {
                    plain
                } else {
                    "https://\(name.registry)"
                }
        }
        while url.utf8.last == UInt8(ascii: "/") { url.removeLast() }
        return url
    }

    /// Runs a question to a registry, and says of which image it was when it fails.
    /// - Parameter image: the name, and what was asked for.
    static func clarified<Value: Sendable>(
        _ image: String, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let fault as ManifestFault {
            throw OCIError.manifest(image: image, fault)
        } catch let fault as UnsupportedImage {
            throw OCIError.unsupported(image: image, fault)
        } catch let refused as Registry.TokenRefused {
            throw OCIError.refused(image: image, refused.refusal, said: refused.said)
        } catch let missing as Missing {
            throw OCIError.notFound(image: image, url: missing.url, said: missing.said)
        } catch let refused as Refused {
            throw OCIError.refused(image: image, refused.refusal, said: refused.said)
        }
    }
}

/// The registry has no such thing.
struct Missing: Error {
    let url: String
    let said: String?
}

/// The registry does not let us in.
struct Refused: Error {
    let refusal: Refusal
    let said: String?
}
