internal import NixHash

/// The layers as versions of Docker before 1.10 read them: each an image of its own, on top of the one below.
struct LegacyLayers {
    /// One of them.
    struct Layer {
        /// The name of its folder.
        let id: String
        let contents: SHA256Digest
        /// What is in its file `json`.
        let configuration: [UInt8]
    }

    /// From the lowest up, each only once.
    let layers: [Layer]
    /// The id of the highest; nil when there is none.
    let top: String?

    /// What of an image's configuration the highest layer repeats.
    private static let repeated = [
        "architecture", "config", "container", "container_config", "created", "docker_version", "os",
    ]

    /// - Parameter contents: the digests of the layers without their compression, from the lowest up.
    init(contents: [SHA256Digest], configuration: ImageConfiguration) {
        var layers: [Layer] = []
        var chain = ""
        var parent: String?
        for (index, digest) in contents.enumerated() {
            // The digest of this layer on top of all below it (OCI image spec, "Layer ChainID").
            chain = index == 0 ? digest.imageText : SHA256.hash(Array("\(chain) \(digest.imageText)".utf8)).imageText
            var members: [(name: String, text: [UInt8])] = []
            if let parent { members.append(("parent", Self.quoted(parent))) }
            if index == contents.count - 1 {
                let own = RawJSON(configuration.bytes).members()
                for name in Self.repeated {
                    let text = own.last { sameBytes($0.name, name) }?.text
                    members.append((name, text ?? Array("null".utf8)))
                }
            }
            let id = SHA256.hash(Self.object(members + [("layer_id", Self.quoted(chain))])).hex
            let text = Self.object(members + [("id", Self.quoted(id))])
            // Two layers have one id only where they have the same chain, which none has twice.
            layers.append(Layer(id: id, contents: digest, configuration: text))
            parent = id
        }
        self.layers = layers
        top = parent
    }

    private static func quoted(_ text: String) -> [UInt8] { Array("\"\(text)\"".utf8) }

    /// An object with its keys in order.
    private static func object(_ members: [(name: String, text: [UInt8])]) -> [UInt8] {
        let sorted = members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let texts = sorted.map { quoted($0.name) + [UInt8(ascii: ":")] + $0.text }
        return [UInt8(ascii: "{")] + texts.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
    }
}
