/// The store paths that Nix gives to fetched sources, computed as `makeFixedOutputPath` in Nix does.
public struct StorePath: Hashable, Sendable, CustomStringConvertible {
    /// The directory of the store unless somebody says otherwise.
    public static let storeDirectory = "/nix/store"

    /// The directory of the store, which the digest depends on: a store elsewhere has other paths.
    public let directory: String
    /// The 32 characters of Nix's base32 before the name.
    public let digest: String
    /// The part after the digest and its hyphen.
    public let name: String

    /// The path as Nix prints it.
    public var description: String { "\(directory)/\(fileName)" }

    /// The part of the path after the store's directory.
    public var fileName: String { "\(digest)-\(name)" }

    /// The path of a tree with this NAR hash: a `fetchTarball`, `fetchGit` or recursive `nix-store --add-fixed`.
    /// - Parameter directory: of the store: absolute, without a slash at its end.
    /// - Throws: `StorePathError`
    public init(
        recursive hash: SHA256Digest, name: String, in directory: String = storeDirectory
    ) throws(StorePathError) {
        try self.init(type: "source", inner: hash, name: name, directory)
    }

    /// The path of a file with this flat hash: `fetchurl`, `nix-store --add-fixed sha256`.
    /// - Parameter directory: of the store: absolute, without a slash at its end.
    /// - Throws: `StorePathError`
    public init(
        flat hash: SHA256Digest, name: String, in directory: String = storeDirectory
    ) throws(StorePathError) {
        let inner = SHA256.hash(Array("fixed:out:sha256:\(hash.hex):".utf8))
        try self.init(type: "output:out", inner: inner, name: name, directory)
    }

    private init(
        type: String, inner: SHA256Digest, name: String, _ directory: String
    ) throws(StorePathError) {
        try Self.check(name: name)
        let fingerprint = SHA256.hash(Array("\(type):sha256:\(inner.hex):\(directory):\(name)".utf8))
        var folded = [UInt8](repeating: 0, count: 20)
        for (index, byte) in fingerprint.bytes.enumerated() { folded[index % 20] ^= byte }
        digest = Nix32.encode(folded)
        self.name = name
        self.directory = directory
    }

    // MARK: Names

    /// The longest name Nix takes, in bytes.
    public static let maximumNameLength = 211

    /// Refuses what a current Nix refuses as the name of a store path.
    /// - Throws: `StorePathError`
    public static func check(name: String) throws(StorePathError) {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty else { throw .emptyName }
        guard bytes.count <= maximumNameLength else { throw .nameTooLong(name, byteCount: bytes.count) }
        if let byte = bytes.first(where: { !isAllowed($0) }) { throw .illegalByte(byte, in: name) }
        let firstPart = bytes.prefix { $0 != UInt8(ascii: "-") }
        if firstPart.elementsEqual(".".utf8) || firstPart.elementsEqual("..".utf8) { throw .reservedName(name) }
    }

    /// The nearest name that Nix takes: each byte outside its set becomes `_`, and the whole at most 211 bytes.
    public static func sanitized(bytes name: [UInt8]) -> String {
        let bytes = name.prefix(maximumNameLength).map { isAllowed($0) ? $0 : UInt8(ascii: "_") }
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            try check(name: text)
            return text
        } catch .emptyName {
            return "source"
        } catch {
            // Only `.`, `..`, and names that begin with them and a hyphen are left.
            return "_" + text.dropFirst()
        }
    }

    /// Whether a name may have this byte in it.
    public static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "+-._?=".utf8.contains(byte)
        }
    }
}

/// Why a text is no name for a store path.
public enum StorePathError: Error, Equatable, Sendable {
    case emptyName
    case nameTooLong(String, byteCount: Int)
    case illegalByte(UInt8, in: String)
    /// `.`, `..`, or one of them followed by a hyphen.
    case reservedName(String)
}
