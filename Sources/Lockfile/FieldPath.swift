import JSON

/// Where a value is in `pins.json`: `pins.mylib.locked.hash`.
public struct FieldPath: Equatable, Sendable, CustomStringConvertible {
    /// One step into the document.
    public enum Component: Equatable, Sendable {
        case key(String)
        case index(Int)
    }

    /// The steps from the outside in.
    public let components: [Component]

    /// The path of keys from the outside in.
    public init(_ keys: String...) {
        components = keys.map { .key($0) }
    }

    private init(components: [Component]) {
        self.components = components
    }

    /// The name of the pin the value belongs to, when the path begins at the top of the document.
    public var pin: String? {
        guard case .key("pins")? = components.first, components.count > 1, case .key(let name) = components[1] else {
            return nil
        }
        return name
    }

    /// The path as jq writes it, without the first dot: keys that are no plain words are quoted.
    public var description: String {
        var text = ""
        for component in components {
            switch component {
            case .index(let index): text += "[\(index)]"
            case .key(let key):
                let isPlain = !key.isEmpty && key.utf8.allSatisfy(Self.isPlain)
                text += (text.isEmpty ? "" : ".") + (isPlain ? key : Self.quoted(key))
            }
        }
        return text
    }

    /// The path of a member of the object at this one.
    public func appending(_ key: String) -> FieldPath { FieldPath(components: components + [.key(key)]) }

    /// The path of an element of the array at this one.
    public func appending(_ index: Int) -> FieldPath { FieldPath(components: components + [.index(index)]) }

    func prefixed(by other: FieldPath) -> FieldPath { FieldPath(components: other.components + components) }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func quoted(_ key: String) -> String {
        String(decoding: JSON.string(key).serializedCompactly(), as: UTF8.self)
    }
}
