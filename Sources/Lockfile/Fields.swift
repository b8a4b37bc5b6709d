public import JSON
public import NixHash

/// Typed reading of an object's members; every error says which member of which object it is about.
///
/// A member that is there with another type is an error, `null` too: the format has no null.
public struct Fields: Sendable {
    /// All the members.
    public let object: JSONObject
    /// Where the object is.
    public let path: FieldPath

    init(_ object: JSONObject, at path: FieldPath) {
        self.object = object
        self.path = path
    }

    /// - Throws: `LockfileError` when the value is no object.
    init(_ value: JSON, at path: FieldPath) throws(LockfileError) {
        guard let object = value.object else { throw Self.wrongType(value, .object, at: path) }
        self.init(object, at: path)
    }

    /// The members of an object that another tool wrote, in which null stands for what is not there, at every depth.
    /// - Throws: `LockfileError` when the value is no object.
    public init(foreign value: JSON, at path: FieldPath) throws(LockfileError) {
        try self.init(value.withoutNullMembers, at: path)
    }

    // MARK: Any object's

    /// The value under `key`, whatever it is; nil when absent.
    public func value(_ key: String) -> JSON? { object[key] }

    /// The text under `key`; nil when absent.
    public func string(_ key: String) throws(LockfileError) -> String? {
        guard let value = object[key] else { return nil }
        guard let string = value.string else { throw wrongType(value, .string, key) }
        return string
    }

    /// The truth value under `key`; nil when absent.
    public func bool(_ key: String) throws(LockfileError) -> Bool? {
        guard let value = object[key] else { return nil }
        guard let bool = value.bool else { throw wrongType(value, .bool, key) }
        return bool
    }

    /// The integer under `key`, below 2⁵³ in magnitude; nil when absent.
    public func integer(_ key: String) throws(LockfileError) -> Int64? {
        guard let value = object[key] else { return nil }
        guard let number = value.number else { throw wrongType(value, .number, key) }
        guard let integer = number.integer, integer.magnitude < 1 << 53 else {
            throw problem(.notInteger(number.literal), key)
        }
        return integer
    }

    /// The array of texts under `key`; nil when absent.
    public func strings(_ key: String) throws(LockfileError) -> [String]? {
        guard let value = object[key] else { return nil }
        guard let array = value.array else { throw wrongType(value, .array, key) }
        var strings: [String] = []
        for (index, element) in array.enumerated() {
            guard let string = element.string else {
                throw Self.wrongType(element, .string, at: path.appending(key).appending(index))
            }
            strings.append(string)
        }
        return strings
    }

    /// The members of the object under `key`; nil when absent.
    public func fields(_ key: String) throws(LockfileError) -> Fields? {
        guard let value = object[key] else { return nil }
        return try Fields(value, at: path.appending(key))
    }

    /// The text under `key`, neither empty nor with control characters in it; nil when absent.
    public func text(_ key: String) throws(LockfileError) -> String? {
        guard let text = try string(key) else { return nil }
        guard !text.isEmpty else { throw problem(.emptyText, key) }
        guard !text.hasControlCharacters else { throw problem(.controlCharacter, key) }
        return text
    }

    /// The value that has to be there.
    public func required<Value>(
        _ read: (String) throws(LockfileError) -> Value?, _ key: String
    ) throws(LockfileError) -> Value {
        guard let value = try read(key) else { throw problem(.missing, key) }
        return value
    }

    /// An error about the member `key`, for a reader that knows more about it than its type.
    public func problem(_ problem: FieldProblem, _ key: String) -> LockfileError {
        LockfileError(.field(path.appending(key), problem))
    }

    // MARK: The lock's own

    /// A commit as 40 hexadecimal digits; nil when absent.
    public func revision(_ key: String) throws(LockfileError) -> String? {
        guard let text = try string(key) else { return nil }
        guard text.utf8.count == 40, text.utf8.allSatisfy(\.isHexDigit) else { throw problem(.notRevision(text), key) }
        return text
    }

    /// A digest in any spelling that Nix reads; nil when absent.
    public func digest(_ key: String) throws(LockfileError) -> SHA256Digest? {
        guard let text = try string(key) else { return nil }
        do {
            return try SHA256Digest(parsing: text)
        } catch {
            throw problem(.notDigest(error), key)
        }
    }

    /// An image's digest as registries write it; nil when absent.
    public func imageDigest(_ key: String) throws(LockfileError) -> String? {
        guard let text = try string(key) else { return nil }
        let hex = text.utf8.dropFirst(7)
        guard text.utf8.starts(with: "sha256:".utf8), hex.count == 64, hex.allSatisfy(\.isHexDigit) else {
            throw problem(.notImageDigest(text), key)
        }
        return text
    }

    /// The name of a store path; nil when absent.
    public func storeName(_ key: String) throws(LockfileError) -> String? {
        guard let name = try string(key) else { return nil }
        do {
            try StorePath.check(name: name)
            return name
        } catch {
            throw problem(.notStoreName(error), key)
        }
    }

    /// The members that are none of `known`.
    func unknown(besides known: Set<String>) -> JSONObject {
        JSONObject(object.lazy.filter { !known.contains($0.key) }.map { ($0.key, $0.value) })
    }

    private func wrongType(_ value: JSON, _ expected: JSONType, _ key: String) -> LockfileError {
        Self.wrongType(value, expected, at: path.appending(key))
    }

    private static func wrongType(_ value: JSON, _ expected: JSONType, at path: FieldPath) -> LockfileError {
        LockfileError(.field(path, .wrongType(expected: expected, found: JSONType(of: value))))
    }
}

extension String {
    /// Whether a character of Unicode's category Cc is in it: C0, DEL and C1.
    var hasControlCharacters: Bool {
        unicodeScalars.contains { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }
    }
}

extension UInt8 {
    var isHexDigit: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}

extension JSON {
    /// The same without the members that are null.
    fileprivate var withoutNullMembers: JSON {
        switch self {
        case .object(let members):
            .object(JSONObject(members.lazy.filter { $0.value != .null }.map { ($0.key, $0.value.withoutNullMembers) }))
        case .array(let elements): .array(elements.map(\.withoutNullMembers))
        default: self
        }
    }
}
