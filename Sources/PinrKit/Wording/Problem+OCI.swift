internal import NixHash
internal import OCI
internal import Transfer

extension Problem {
    init(_ error: OCIError) {
        switch error {
        case .invalidName(let text, let fault):
            self.init(
                .badSource, "`\(printable(text))` is no name of an image: \(Self.clause(fault))",
                hint: "it should look like REGISTRY/REPOSITORY:TAG, or NAME:TAG for an image of Docker Hub")
        case .notFound(let image, let url, let said):
            self.init(
                .notFound, "there is no image `\(printable(image))`" + Self.words(said), url: url,
                hint: "check its name and tag; a private one may look as if it were not there")
        case .refused(let image, let refusal, let said):
            self.init(refusal, of: "the image `\(printable(image))`", refusal.url)
            message += Self.words(said)
        case .token(let registry, let fault):
            self.init(
                fault.isRefusedByUs ? .auth : .network,
                "the registry `\(printable(registry))` wants a token, and there is none to be had: "
                    + Self.clause(fault), url: fault.url)
        case .manifest(let image, let fault):
            self.init(
                fault.code,
                "what the registry answers for `\(printable(image))` is no manifest of an image: "
                    + Self.clause(fault))
        case .unsupported(let image, let what):
            self.init(
                .unsupported, "no archive can be made of `\(printable(image))`: \(Self.clause(what))",
                hint: Self.hint(what))
        case .noPlatform(let image, let wanted, let available):
            let texts = Set(available.map { "`\(printable($0.text))`" }).sorted()
            self.init(
                .notFound,
                "`\(printable(image))` has no image for `\(printable(wanted.text))`, but for "
                    + (texts.isEmpty ? "no platform" : texts.joined(separator: ", ")),
                hint: texts.isEmpty ? nil : "`--os` and `--arch` say which one is meant")
        case .blob(let image, let digest, let fault):
            self.init(
                fault.code,
                "the part \(digest.imageText) of `\(printable(image))` is not what it should be: \(Self.clause(fault))",
                hint: "nothing was pinned; if it is the same the next time, whoever pushed the image has to do it again"
            )
        case .tooLarge(let image, let limit):
            self.init(
                .badArchive, "the layers of `\(printable(image))` unpack to more than the limit of \(limit) bytes")
        }
    }

    /// What a registry says, behind a colon.
    private static func words(_ said: String?) -> String { said.map { ": \(printable($0))" } ?? "" }

    private static func clause(_ fault: NameFault) -> String {
        switch fault {
        case .malformed:
            "the parts of a repository's name are lower-case letters and digits, with `.`, `_`, `__` or dashes between"
        case .malformedRegistry(let text): "`\(printable(text))` is no host with or without a port"
        case .malformedTag:
            "a tag has at most 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two"
        case .malformedDigest(let text): "`\(printable(text))` is not `sha256:` and 64 digits in lower case"
        case .upperCase: "the name of a repository is in lower case"
        case .looksLikeDigest: "it looks like the id of an image"
        case .tooLong: "it has more than 255 bytes"
        }
    }

    private static func clause(_ fault: TokenFault) -> String {
        switch fault {
        case .unknownScheme(let scheme): "it asks for `\(printable(scheme))`, which is not spoken here"
        case .noRealm: "it does not say where"
        case .insecureRealm(let url): "`\(printable(url))` would be asked without encryption"
        case .status(let url, let status): "`\(printable(url))` answers with HTTP \(status)"
        case .malformed(let url): "`\(printable(url))` answers with something else"
        }
    }

    private static func clause(_ fault: ManifestFault) -> String {
        switch fault {
        case .notManifest(let type):
            type.map { "it says that it is `\(printable($0))`" } ?? "it does not say what it is"
        case .notJSON: "it is no JSON"
        case .tooLarge(let limit): "it has more than \(limit) bytes"
        case .illegalMember(let name): "its `\(printable(name))` is missing or not what it ought to be"
        case .ambiguousMember(let name): "its `\(printable(name))` would not be understood alike by everybody"
        case .wrongDigest(let expected, let actual):
            "its digest is \(actual.imageText), and should be \(expected.imageText)"
        case .wrongType(let said, let actual):
            "it says that it is `\(printable(actual))`, and the registry that it is `\(printable(said))`"
        case .nestedList: "it is a list in a list"
        }
    }

    private static func clause(_ what: UnsupportedImage) -> String {
        switch what {
        case .schema1: "its manifest is of the first version of Docker's, which few programs still read"
        case .artifact(let type): "it is no image, but something of the type `\(printable(type))`"
        case .encryptedLayer: "it has an encrypted layer"
        case .layerType(let type): "it has a layer of the type `\(printable(type))`"
        case .digest(let text): "it has the digest `\(printable(text))`, which is no SHA-256"
        case .confusable(let digest):
            "its part \(digest.imageText) is what another layer has inside, and skopeo would take one for the other"
        }
    }

    private static func hint(_ what: UnsupportedImage) -> String? {
        switch what {
        case .schema1: "push it again with a current version of Docker or skopeo"
        case .artifact, .encryptedLayer, .layerType, .digest, .confusable:
            "`dockerTools.pullImage` fetches with skopeo, which cannot make an archive of it either"
        }
    }

    private static func clause(_ fault: BlobFault) -> String {
        switch fault {
        case .wrongSize(let expected, let actual, let isWhole):
            isWhole ? "it has \(actual) bytes instead of \(expected)" : "it has more than \(expected) bytes"
        case .wrongDigest(let actual): "what came has the digest \(actual.imageText)"
        case .undecodable(let detail): "it does not decompress: \(printable(detail))"
        case .wrongContents(let expected, let actual):
            "unpacked it has the digest \(actual.imageText), and the image's configuration says \(expected.imageText)"
        case .illegalConfiguration(let name):
            "it is no configuration of an image: its `\(printable(name))` is missing or not what it ought to be"
        case .notJSON: "it is no configuration of an image, nor any JSON that everybody reads alike"
        case .wrongLayerCount(let manifest, let configuration):
            "it names \(configuration) layers, and the manifest \(manifest)"
        case .oversizedConfiguration(let limit): "it has more than \(limit) bytes"
        }
    }
}

extension TokenFault {
    /// Whether it is we who do not go there.
    fileprivate var isRefusedByUs: Bool {
        switch self {
        case .unknownScheme, .insecureRealm: true
        case .noRealm, .status, .malformed: false
        }
    }

    /// The URL of the token server, where there is one.
    fileprivate var url: String? {
        switch self {
        case .unknownScheme, .noRealm: nil
        case .insecureRealm(let url), .status(let url, _), .malformed(let url): url
        }
    }
}

extension ManifestFault {
    fileprivate var code: Problem.Code {
        switch self {
        case .wrongDigest: .hashMismatch
        case .notManifest, .notJSON, .tooLarge, .illegalMember, .ambiguousMember, .wrongType, .nestedList: .badAnswer
        }
    }
}

extension BlobFault {
    fileprivate var code: Problem.Code {
        switch self {
        case .wrongSize, .wrongDigest, .wrongContents: .hashMismatch
        case .undecodable: .badArchive
        case .illegalConfiguration, .notJSON, .wrongLayerCount, .oversizedConfiguration: .badAnswer
        }
    }
}
