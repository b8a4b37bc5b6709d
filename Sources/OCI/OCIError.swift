public import NixHash
public import Transfer

/// Why an image cannot be resolved or hashed. `image` is its name with what was asked for, such as `docker.io/library/x:1`.
public enum OCIError: Error, Equatable, Sendable {
    /// No name of an image.
    case invalidName(String, NameFault)
    /// The registry has no such image, tag or digest; its words on it.
    case notFound(image: String, url: String, said: String?)
    /// The registry, or its token server, does not let us in; its words on it.
    case refused(image: String, Refusal, said: String?)
    /// The token server gives no token that could be used.
    case token(registry: String, TokenFault)
    /// What the registry answers is no manifest that counts.
    case manifest(image: String, ManifestFault)
    /// A manifest that can be read, of something that is no image or that no archive can be made of.
    case unsupported(image: String, UnsupportedImage)
    /// None of the images is for that platform; those there are.
    case noPlatform(image: String, wanted: ImagePlatform, available: [ImagePlatform])
    /// A part of the image is not what its manifest says.
    case blob(image: String, SHA256Digest, BlobFault)
    /// The layers have more bytes together than the limit, unpacked.
    case tooLarge(image: String, limit: UInt64)
}

/// Why a text is no name of an image.
public enum NameFault: Error, Equatable, Sendable {
    case malformed
    case malformedRegistry(String)
    case malformedTag
    /// A digest that is not `sha256:` and 64 hexadecimal digits in lower case.
    case malformedDigest(String)
    case upperCase
    /// 64 hexadecimal digits, which Docker takes for an id.
    case looksLikeDigest
    case tooLong
}

/// Why there is no token.
public enum TokenFault: Error, Equatable, Sendable {
    /// The registry wants a kind of authentication that is not spoken here; what it says.
    case unknownScheme(String)
    /// It names no token server, or not by a URL.
    case noRealm
    /// It names one by a URL that anybody on the way could listen at.
    case insecureRealm(url: String)
    /// The token server answers with neither a token nor a refusal.
    case status(url: String, Int)
    /// The token server answers something else than JSON with a token.
    case malformed(url: String)
}

/// Why an answer is no manifest.
public enum ManifestFault: Error, Equatable, Sendable {
    /// Another kind of document; its `Content-Type`.
    case notManifest(contentType: String?)
    /// No JSON.
    case notJSON
    /// More bytes than any manifest has.
    case tooLarge(limit: Int)
    /// A member is missing, or not what it ought to be; its name.
    case illegalMember(String)
    /// A member that two readers may understand differently; its name.
    case ambiguousMember(String)
    /// The bytes have another digest than the registry says, or than was asked for.
    case wrongDigest(expected: SHA256Digest, actual: SHA256Digest)
    /// Its own `mediaType` is another than the registry says.
    case wrongType(said: String, actual: String)
    /// The list is in a list.
    case nestedList
}

/// What is no image of which an archive could be made.
public enum UnsupportedImage: Error, Equatable, Sendable {
    /// The first version of Docker's manifests, which Docker itself no longer reads.
    case schema1
    /// Something else that is kept in a registry, such as a chart; the type of its configuration.
    case artifact(type: String)
    /// A layer that is encrypted.
    case encryptedLayer
    /// A layer of a type that skopeo puts into no archive.
    case layerType(String)
    /// A digest that is no SHA-256.
    case digest(String)
    /// A part of the image that has, as it is, the digest that an earlier layer has unpacked: skopeo takes one for the
    /// other, and writes an archive of something else.
    case confusable(SHA256Digest)
}

/// How a part of an image differs from what its manifest says.
public enum BlobFault: Error, Equatable, Sendable {
    /// So many bytes where the manifest says another number; `isWhole` unless it was cut off there.
    case wrongSize(expected: UInt64, actual: UInt64, isWhole: Bool)
    case wrongDigest(actual: SHA256Digest)
    /// The layer does not decompress; what the decompression says.
    case undecodable(detail: String)
    /// The layer's contents have another digest than the image's configuration says.
    case wrongContents(expected: SHA256Digest, actual: SHA256Digest)
    /// The configuration is not that of an image; the member that is missing, or not what it ought to be.
    case illegalConfiguration(String)
    /// The configuration is no JSON.
    case notJSON
    /// The configuration has another number of layers than the manifest.
    case wrongLayerCount(manifest: Int, configuration: Int)
    /// The configuration has more bytes than any has.
    case oversizedConfiguration(limit: Int)
}
