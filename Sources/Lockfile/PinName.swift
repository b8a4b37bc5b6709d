import JSON

/// The name of a pin: any text without control characters, from 1 to 211 bytes long, told apart by its UTF-8 bytes.
public struct PinName: Sendable, CustomStringConvertible {
    /// The longest name, in bytes: that of a store path.
    public static let maximumLength = 211

    /// The name as it was given.
    public let text: String

    public var description: String { text }

    /// - Throws: `LockfileError` with `invalidName`.
    public init(_ text: String) throws(LockfileError) {
        let byteCount = text.utf8.count
        guard byteCount > 0 else { throw LockfileError(.invalidName(text, .empty)) }
        guard byteCount <= Self.maximumLength else {
            throw LockfileError(.invalidName(text, .tooLong(byteCount: byteCount, limit: Self.maximumLength)))
        }
        guard !text.hasControlCharacters else { throw LockfileError(.invalidName(text, .controlCharacter)) }
        self.text = text
    }

    /// The environment variable that replaces this pin by a local path.
    public var overrideVariable: String { Self.overrideVariable(for: text) }

    /// `PINR_OVERRIDE_` and the name, each of its bytes outside `A-Za-z0-9` as `_`, as `default.nix` looks it up.
    public static func overrideVariable(for name: String) -> String {
        let bytes = name.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: byte
            default: UInt8(ascii: "_")
            }
        }
        return "PINR_OVERRIDE_" + String(decoding: bytes, as: UTF8.self)
    }
}

extension PinName: Hashable, Comparable {
    public static func == (left: PinName, right: PinName) -> Bool { ByteOrder.areEqual(left.text, right.text) }

    public static func < (left: PinName, right: PinName) -> Bool { ByteOrder.precedes(left.text, right.text) }

    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
