import NixHash
import Support
import Testing

/// Digests as publishers state them, in every algorithm.
struct PublishedDigestTests {
    @Test(arguments: PublishedDigest.Algorithm.allCases, [0, 3, 200_000])
    func `A digest is what OpenSSL's own program says`(algorithm: PublishedDigest.Algorithm, size: Int) async throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let said = try await run(["openssl", "dgst", "-\(algorithm.rawValue)", "-r"], input: bytes)
        let hex = String(said.stdout.prefix { $0 != " " })
        var digester = try Digester([algorithm])
        for start in stride(from: 0, to: size, by: 70_000) {
            digester.update(Array(bytes[start..<min(start + 70_000, size)]))
        }
        let digests = digester.finish()
        #expect(digests.map(\.hex) == [hex])
        #expect(digests == [try #require(PublishedDigest(algorithm, hex: hex.uppercased()))])
    }

    @Test func `All that are asked for come from one pass`() throws {
        var digester = try Digester([.sha512, .md5, .sha256])
        digester.update(Array("abc".utf8))
        let digests = digester.finish()
        #expect(digests.map(\.algorithm) == [.md5, .sha256, .sha512])
        #expect(digests[0].hex == "900150983cd24fb0d6963f7d28e17f72")
        #expect(digests[0].description == "md5 900150983cd24fb0d6963f7d28e17f72")
    }

    private static let sha256 = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
    private static let sha1 = "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0="

    @Test(
        arguments: [
            (sha256, ["sha256"]), ("\(sha1) \(sha256)", ["sha1", "sha256"]), ("\(sha256)?x=y", ["sha256"]),
            ("  \(sha256)\n\t\(sha1)  ", ["sha256", "sha1"]),
            ("SHA256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0", ["sha256"]),
            ("md7-AAAA \(sha1)", ["sha1"]), ("sha256", []), ("", []), ("-", []),
        ] as [(String, [String])])
    func `Subresource Integrity is read as its specification has it`(text: String, algorithms: [String]) {
        #expect(PublishedDigest.parse(integrity: text)?.map(\.algorithm.rawValue) == algorithms)
    }

    @Test(
        arguments: [
            "sha256-AAAA", "sha256-", "sha256-ungWv48Bz*pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            "sha512-\(sha256.dropFirst(7))",
        ], ["", sha1])
    func `A digest that cannot be read leaves none, also not a weaker one beside it`(text: String, other: String) {
        #expect(PublishedDigest.parse(integrity: "\(other) \(text)") == nil)
    }

    @Test(arguments: ["", "00", "zz", String(repeating: "0", count: 63), String(repeating: "0", count: 65), "é"])
    func `What has another length is no digest`(hex: String) {
        #expect(PublishedDigest(.sha256, hex: hex) == nil)
        #expect(PublishedDigest(.sha256, base64: "AAAA") == nil)
        #expect(PublishedDigest(.sha256, bytes: [1, 2]) == nil)
    }
}
