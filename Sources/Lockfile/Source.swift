public import JSON

/// What a person asked to track: a type and the few fields that this type has.
///
/// The fields are kept as they are. Only the resolver of the type knows what they mean and reads them, with `reader`;
/// so a source of a type that this program does not know survives every rewriting of the file.
public struct Source: Sendable {
    /// The word that says who resolves it: `git`, `github`, `channel`.
    public let type: String
    /// Every member besides `type`.
    public var fields: JSONObject

    /// A `type` among the fields is ignored.
    public init(type: String, fields: JSONObject = [:]) {
        self.type = type
        self.fields = fields
        self.fields["type"] = nil
    }

    /// - Throws: `LockfileError` when the value is no object or has no `type`.
    public init(json: JSON) throws(LockfileError) {
        let fields = try Fields(json, at: FieldPath("source"))
        self.init(type: try fields.required(fields.text, "type"), fields: fields.object)
    }

    /// The object as it is written.
    public var json: JSON {
        var object = fields
        object["type"] = .string(type)
        return .object(object)
    }

    /// The value of a field; setting nil removes it.
    public subscript(field: String) -> JSON? {
        get { fields[field] }
        set { fields[field] = newValue }
    }

    /// The fields of any source that say when it is updated, and together with which others, and not what it is.
    public static let timing: Set<String> = ["group", "minimumAge", "schedule"]

    /// The same without what says when it is updated.
    public var withoutTiming: Source {
        var source = self
        for field in Self.timing { source[field] = nil }
        return source
    }

    /// Typed reading of the fields; its errors begin with `source`, and `LockfileError.inPin` completes them.
    public var reader: Fields { Fields(fields, at: FieldPath("source")) }
}

extension Source: Equatable {
    public static func == (left: Source, right: Source) -> Bool { left.json == right.json }
}
