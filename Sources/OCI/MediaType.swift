/// The media types of what registries keep (OCI image spec, "Media types"; Docker's image manifest, version 2).
enum MediaType {
    static let manifest = "application/vnd.oci.image.manifest.v1+json"
    static let index = "application/vnd.oci.image.index.v1+json"
    static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    static let schema1 = "application/vnd.docker.distribution.manifest.v1+json"
    static let signedSchema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"

    /// What is asked for: everything that skopeo asks for, so that a registry that converts answers alike.
    static let accepted = [manifest, dockerManifest, signedSchema1, schema1, dockerList, index]

    static let configuration = "application/vnd.oci.image.config.v1+json"

    private static let layers = "application/vnd.oci.image.layer.v1.tar"
    private static let restrictedLayers = "application/vnd.oci.image.layer.nondistributable.v1.tar"

    /// The types of a layer in an OCI manifest that skopeo makes an archive of.
    static let layerTypes = [layers, restrictedLayers].flatMap { type in
        ["", "+gzip", "+zstd"].map { "\(type)\($0)" }
    }

    /// The same in Docker's manifest.
    static let dockerLayerTypes = ["", "foreign."].flatMap { kind in
        ["", ".gzip"].map { "application/vnd.docker.image.rootfs.\(kind)diff.tar\($0)" }
    }

    /// The type that a `Content-Type` says, without its parameters and in lower case.
    static func essence(of contentType: String) -> String {
        let type = contentType.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 > 0x20 }
        return asciiLowercased(String(decoding: type, as: UTF8.self))
    }

    /// Whether it is the type of something that is encrypted.
    static func isEncrypted(_ type: String) -> Bool {
        type.split(separator: "+").dropFirst().contains { sameBytes(String($0), "encrypted") }
    }
}

extension MediaType {
    /// Whether it is the type of a list of images.
    static func isList(_ type: String) -> Bool { sameBytes(type, index) || sameBytes(type, dockerList) }
}
