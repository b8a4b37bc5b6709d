internal import JSON

/// The members of a JSON object of which skopeo, written in Go, has to see the same as is seen here.
///
/// Go takes `Layers` for `layers` too. Nobody writes such, so it is refused rather than understood.
struct Members {
    private let object: JSONObject

    /// - Parameter known: the names that mean something.
    /// - Throws: `ManifestFault`
    init(_ value: JSON?, named name: String, known: [String]) throws(ManifestFault) {
        guard let object = value?.object else { throw .illegalMember(name) }
        for key in object.keys {
            let folded = Self.folded(key)
            for name in known where sameBytes(folded, Self.folded(name)) && !sameBytes(key, name) {
                throw .ambiguousMember(key)
            }
        }
        self.object = object
    }

    /// The members of what is known to be an object whose names are clear.
    init(of value: JSON) { object = value.object ?? JSONObject() }

    /// Without regard to case, as Go compares: of letters beyond ASCII, two fold to one within it.
    private static func folded(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.value {
                    case 0x41...0x5A: Unicode.Scalar(UInt8(scalar.value) + 0x20)
                    case 0x17F: "s"
                    case 0x212A: "k"
                    default: scalar
                    }
                }))
    }

    /// A member; nil where it is missing or `null`.
    subscript(name: String) -> JSON? { object[name].flatMap { $0.isNull ? nil : $0 } }

    /// The text of a member; empty where there is none.
    func text(_ name: String) throws(ManifestFault) -> String {
        guard let value = self[name] else { return "" }
        guard let text = value.string else { throw .illegalMember(name) }
        return text
    }

    /// The elements of a member; none where it is missing.
    func array(_ name: String) throws(ManifestFault) -> [JSON] {
        guard let value = self[name] else { return [] }
        guard let array = value.array else { throw .illegalMember(name) }
        return array
    }
}
