import NixHash
import Support
import Testing

@testable import Git

/// Pointers as Nix reads them (`parseLfsPointer` in its git-lfs-fetch.cc), which is not quite as git-lfs does.
@Suite struct LFSPointerTests {
    private static let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
    private static let version = "version https://git-lfs.github.com/spec/v1\n"

    private static let pointers: [(String, String)] = [
        ("as written", lfsPointer(oid: oid, size: 12345)),
        ("without a line end", String(lfsPointer(oid: oid, size: 12345).dropLast())),
        ("with empty lines", version + "\n\noid sha256:\(oid)\n\nsize 12345\n\n"),
        ("in another order", version + "size 12345\noid sha256:\(oid)\n"),
        ("with an extension", version + "ext-0-foo sha256:\(oid)\noid sha256:\(oid)\nsize 12345\n"),
        ("twice, of which the last counts", version + "size 1\noid sha256:00\noid sha256:\(oid)\nsize 12345\n"),
        (
            "of a later version with that beginning",
            "version https://git-lfs.github.com/spec/v12\noid sha256:\(oid)\nsize 12345"
        ),
        ("with zeros before the size", version + "oid sha256:\(oid)\nsize 0012345\n"),
        ("as long as can be", padded(to: 1023)),
    ]

    @Test(arguments: pointers)
    func isAPointer(_ what: String, _ text: String) throws {
        let pointer = try #require(try LFSPointer(parsing: Array(text.utf8)))
        #expect(pointer.oid.hex == Self.oid)
        #expect(pointer.size == 12345)
    }

    private static let others: [(String, String)] = [
        ("empty", ""),
        ("text", "hello\n"),
        ("too long", padded(to: 1024)),
        ("not at its beginning", "\n" + lfsPointer(oid: oid, size: 1)),
        ("with a byte order mark", "\u{FEFF}" + lfsPointer(oid: oid, size: 1)),
        ("of the version before the first", "version https://hawser.github.com/spec/v1\noid sha256:\(oid)\nsize 1\n"),
        ("with carriage returns", lfsPointer(oid: oid, size: 1).replacing("\n", with: "\r\n")),
        ("of another hash", version + "oid sha512:\(oid)\nsize 1\n"),
        ("without a size", version + "oid sha256:\(oid)\n"),
        ("without a name", version + "size 1\n"),
        ("with a short name", version + "oid sha256:\(oid.dropLast())\nsize 1\n"),
        ("with a name that is no number", version + "oid sha256:\(oid.dropLast())g\nsize 1\n"),
        ("with a size that is no number", version + "oid sha256:\(oid)\nsize 1k\n"),
        ("with a negative size", version + "oid sha256:\(oid)\nsize -1\n"),
        ("with an empty size", version + "oid sha256:\(oid)\nsize \n"),
    ]

    @Test(arguments: others)
    func isNone(_ what: String, _ text: String) throws {
        #expect(try LFSPointer(parsing: Array(text.utf8)) == nil)
    }

    private static let unusable: [(String, LFSPointerFault)] = [
        (lfsPointer(oid: oid.uppercased(), size: 1), LFSPointerFault.upperCaseName),
        (lfsPointer(oid: oid, size: 1) + "size 99999999999999999999\n", .impossibleSize),
        (lfsPointer(oid: oid, size: 1) + "size 9223372036854775808\n", .impossibleSize),
    ]

    @Test(arguments: unusable)
    func cannotBeUsed(_ text: String, _ fault: LFSPointerFault) {
        #expect(throws: fault) { try LFSPointer(parsing: Array(text.utf8)) }
    }

    private static func padded(to length: Int) -> String {
        let pointer = lfsPointer(oid: oid, size: 12345)
        return pointer + String(repeating: "\n", count: length - pointer.utf8.count)
    }
}
