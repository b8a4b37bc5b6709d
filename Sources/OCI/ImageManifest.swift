internal import JSON

/// The manifest of one image: its configuration and its layers, from the lowest up.
struct ImageManifest: Sendable, Equatable {
    let configuration: Descriptor
    let layers: [Descriptor]

    private static let known = ["schemaVersion", "mediaType", "config", "layers", "manifests", "fsLayers", "history"]

    /// - Parameter type: the media type that the registry says.
    /// - Throws: `ManifestFault`, `UnsupportedImage`
    init(_ json: JSON, type: String) throws {
        let members = try Members(json, named: "manifest", known: Self.known)
        try members.checkKind(type, without: ["manifests", "fsLayers", "history"])
        configuration = try Descriptor(members["config"], named: "config")
        layers = try members.array("layers").map { try Descriptor($0, named: "layers") }
        let isDocker = sameBytes(type, MediaType.dockerManifest)
        guard isDocker || sameBytes(configuration.type, MediaType.configuration) else {
            throw UnsupportedImage.artifact(type: configuration.type)
        }
        let types = isDocker ? MediaType.dockerLayerTypes : MediaType.layerTypes
        for layer in layers where !types.contains(where: { sameBytes($0, layer.type) }) {
            throw MediaType.isEncrypted(layer.type)
                ? UnsupportedImage.encryptedLayer : UnsupportedImage.layerType(layer.type)
        }
    }
}

extension Members {
    /// Sees to it that a manifest is of one kind, for whoever reads it.
    /// - Parameters:
    ///   - type: the media type that the registry says.
    ///   - others: the members that a manifest of another kind has.
    func checkKind(_ type: String, without others: [String]) throws(ManifestFault) {
        guard self["schemaVersion"]?.integer == 2 else { throw .illegalMember("schemaVersion") }
        let own = try text("mediaType")
        // OCI manifests had none at first.
        let mayLackType = sameBytes(type, MediaType.manifest) || sameBytes(type, MediaType.index)
        guard sameBytes(own, type) || own.isEmpty && mayLackType else { throw .wrongType(said: type, actual: own) }
        for name in others where self[name] != nil { throw .ambiguousMember(name) }
    }
}
