public import NixHash

/// What a pointer of Git LFS says about the object that it stands for.
///
/// Read as Nix does, whose hash counts: more leniently than git-lfs, and without the versions before the first. Specified
/// in git-lfs' docs/spec.md.
public struct LFSPointer: Hashable, Sendable {
    /// The SHA-256 of the object, which is its name on the server.
    public let oid: SHA256Digest
    /// How many bytes the object has.
    public let size: Int

    /// A file of more bytes is never a pointer.
    static let maximumLength = 1023

    /// What one that Nix reads begins with.
    static let version = Array("version https://git-lfs.github.com/spec/v1".utf8)

    /// What a pointer of any version begins with.
    static let beginning = Array("version http".utf8)

    init(oid: SHA256Digest, size: Int) {
        self.oid = oid
        self.size = size
    }

    /// Reads the contents of a file; nil when they are no pointer, so that the file stays as it is.
    ///
    /// - Throws: `LFSPointerFault` for what Nix takes for a pointer and can fetch nothing for.
    init?(parsing bytes: some Collection<UInt8>) throws(LFSPointerFault) {
        guard bytes.count <= Self.maximumLength, bytes.starts(with: Self.version) else { return nil }
        var oid: [UInt8] = []
        var size: [UInt8] = []
        // The last of several lines counts, and what else stands there does not.
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            if let value = Self.value(of: "oid sha256:", in: line) { oid = value }
            if let value = Self.value(of: "size ", in: line) { size = value }
        }
        guard oid.count == 2 * SHA256Digest.byteCount, oid.allSatisfy(Self.isHexDigit), !size.isEmpty,
            size.allSatisfy(Self.isDigit)
        else { return nil }
        let text = String(decoding: oid, as: UTF8.self)
        // Nix compares the name with the digits of the hash, which are in lower case.
        guard let digest = try? SHA256Digest(parsingDigits: text), digest.hex == text else { throw .upperCaseName }
        guard let count = Int(String(decoding: size, as: UTF8.self)) else { throw .impossibleSize }
        self.init(oid: digest, size: count)
    }

    private static func value(of key: String, in line: some Collection<UInt8>) -> [UInt8]? {
        line.starts(with: key.utf8) ? Array(line.dropFirst(key.utf8.count)) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}

/// A pointer in a tree.
struct LFSFile: Hashable, Sendable {
    let pointer: LFSPointer
    /// From the top of the hashed tree; bytes that need not be UTF-8.
    let path: [UInt8]
}
