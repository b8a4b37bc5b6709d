import NixHash
import OCI
import Testing

@Suite struct NameTests {
    /// Names and what they are written out; skopeo 1.9 and 1.18 put the same into their archives.
    @Test(arguments: [
        ("alpine", "docker.io/library/alpine"), ("library/alpine", "docker.io/library/alpine"),
        ("docker.io/alpine", "docker.io/library/alpine"), ("docker.io/library/alpine", "docker.io/library/alpine"),
        ("index.docker.io/alpine", "docker.io/library/alpine"), ("index.docker.io/a/b", "docker.io/a/b"),
        ("grafana/grafana", "docker.io/grafana/grafana"), ("a/b/c", "docker.io/a/b/c"),
        ("quay.io/o/r", "quay.io/o/r"), ("localhost/x", "localhost/x"), ("localhost:5000/x/y", "localhost:5000/x/y"),
        ("registry:5000/x", "registry:5000/x"), ("127.0.0.1:5000/x", "127.0.0.1:5000/x"),
        ("GHCR.io/o/r", "GHCR.io/o/r"),
        ("x--y/a__b.c-d---e_f", "docker.io/x--y/a__b.c-d---e_f"), ("a-b.example/x", "a-b.example/x"),
        ("local/x", "docker.io/local/x"), ("1/2", "docker.io/1/2"),
    ])
    func `A name is written out`(short: String, whole: String) throws {
        let name = try ImageName(parsing: short)
        #expect(name.text == whole)
        #expect(try ImageName(parsing: name.text) == name)
    }

    private static let wrongNames: [(String, NameFault)] = [
        ("", NameFault.malformed), ("/x", .malformed), ("x/", .malformed), ("a//b", .malformed), ("a b", .malformed),
        ("Alpine", .upperCase), ("quay.io/O/r", .upperCase), ("-a", .malformed), ("a-", .malformed),
        ("a..b", .malformed),
        ("a___b", .malformed), ("a._b", .malformed), ("quay.io/", .malformed), ("ä", .malformed), ("a/ä", .malformed),
        ("-x.example/y", .malformedRegistry("-x.example")), ("x.example:/y", .malformedRegistry("x.example:")),
        ("x.example:1a/y", .malformedRegistry("x.example:1a")), ("[::1]:5000/y", .malformedRegistry("[::1]:5000")),
        ("http://x.example/y", .malformedRegistry("http:")), ("x..example/y", .malformedRegistry("x..example")),
        (String(repeating: "0123abcd", count: 8), .looksLikeDigest),
        ("x/" + String(repeating: "y", count: 250), .tooLong), ("a%20b", .malformed), ("a?b", .malformed),
        ("a/../b", .malformed),
    ]

    @Test(arguments: wrongNames)
    func `What is no name is refused`(text: String, fault: NameFault) {
        #expect(throws: OCIError.invalidName(text, fault)) { try ImageName(parsing: text) }
    }

    @Test func `A reference has a tag, a digest, both, or neither`() throws {
        let digest = SHA256.hash([])
        func reference(_ text: String) throws -> (String, String?, SHA256Digest?) {
            let reference = try ImageReference(parsing: text)
            return (reference.name.text, reference.tag, reference.digest)
        }
        #expect(try reference("alpine") == ("docker.io/library/alpine", nil, nil))
        #expect(try reference("alpine:3") == ("docker.io/library/alpine", "3", nil))
        #expect(try reference("localhost:5000/x") == ("localhost:5000/x", nil, nil))
        #expect(try reference("localhost:5000/x:5000") == ("localhost:5000/x", "5000", nil))
        #expect(try reference("alpine@\(digest.imageText)") == ("docker.io/library/alpine", nil, digest))
        #expect(try reference("q.io/a/b:_x.Y-Z@\(digest.imageText)") == ("q.io/a/b", "_x.Y-Z", digest))
    }

    private static let wrongReferences: [(String, NameFault)] = [
        ("a:", NameFault.malformedTag), ("a:.b", .malformedTag), ("a:-b", .malformedTag), ("a:b:c", .malformedTag),
        ("a:b/c", .malformedRegistry("a:b")), ("a:" + String(repeating: "x", count: 129), .malformedTag),
        ("a:ä", .malformedTag),
        ("a@sha256:abc", .malformedDigest("sha256:abc")), ("a@", .malformedDigest("")),
        (
            "a@sha512:" + String(repeating: "0", count: 128),
            .malformedDigest("sha512:" + String(repeating: "0", count: 128))
        ),
        (
            "a@sha256:" + String(repeating: "A", count: 64),
            .malformedDigest("sha256:" + String(repeating: "A", count: 64))
        ),
    ]

    @Test(arguments: wrongReferences)
    func `What is no reference is refused`(text: String, fault: NameFault) {
        #expect(throws: OCIError.invalidName(text, fault)) { try ImageReference(parsing: text) }
    }
}
