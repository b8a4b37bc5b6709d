import JSON
import NixHash
import Support
import Testing

@testable import OCI

/// The parts that archives are made of.
@Suite struct FormatTests {
    /// The archive of an image with a layer of 9,000,000,001 zeros has, as skopeo 1.18 wrote it, this at its beginning; its
    /// whole hash is `0df06e05f2089b25bf0be0b29b6933cdd209c05ce9a9093dabc058d879695d81`.
    @Test func `A size that is too large for a header of tar is in one before it`() throws {
        let name = String(repeating: "a", count: 64) + ".tar"
        let header = TarEntry(name: name, size: 9_000_000_001).header
        try #require(header.count == 1536)
        func text(_ range: Range<Int>) -> String {
            String(decoding: header[range].prefix { $0 != 0 }, as: UTF8.self)
        }
        #expect(text(0..<100) == "PaxHeaders.0/\(name)" && header[156] == UInt8(ascii: "x"))
        #expect(text(100..<108) == "0000000" && text(124..<136) == "00000000023" && text(329..<337) == "")
        #expect(text(512..<1024) == "19 size=9000000001\n")
        #expect(text(1024..<1124) == name && text(1148..<1160) == "00000000000" && text(1124..<1132) == "0000444")
    }

    @Test func `The largest size that a header of tar has room for`() {
        #expect(TarEntry(name: "a", size: (1 << 33) - 1).header.count == 512)
        #expect(TarEntry(name: "a", size: 1 << 33).header.count == 1536)
        #expect([0, 1, 511, 512, 513].map { TarEntry.padding(after: $0).count } == [0, 511, 1, 0, 511])
    }

    static let copies = [
        (#"{"a":1}"#, ["a": "1"]), ("{}", [:]), (" { } ", [:]),
        ("{ \"a\" :\n\t[ 1 , 2.0 ,{ } ] , \"b\":\"x y\" }", ["a": "[1,2.0,{}]", "b": "\"x y\""]),
        (#"{"a":{"b":"}\"],","c":[":"]},"d":1}"#, ["a": #"{"b":"}\"],","c":[":"]}"#, "d": "1"]),
        (#"{"a<":"<>&\u003C"}"#, ["a<": #""\u003c\u003e\u0026\u003C""#]),
        ("{\"a\":\"\u{2028}\u{2029}\u{2027}é\"}", ["a": "\"\\u2028\\u2029\u{2027}é\""]),
        (#"{"\u0061\\":"\\"}"#, ["a\\": #""\\""#]),
    ]

    @Test(arguments: copies) func `A member is copied as Go copies it`(text: String, members: [String: String]) throws {
        let bytes = Array(text.utf8)
        _ = try JSON(parsing: bytes)
        let copied = RawJSON(bytes).members().map { ($0.name, String(decoding: $0.text, as: UTF8.self)) }
        #expect(Dictionary(uniqueKeysWithValues: copied) == members)
    }

    static let challenges: [(String, [Challenge])] = [
        ("Basic", [Challenge(scheme: "basic", parameters: [:])]),
        (
            #"Bearer realm="https://a/b?c=d,e",service="x y",scope="r:a/b:pull,push""#,
            [
                Challenge(
                    scheme: "bearer",
                    parameters: ["realm": "https://a/b?c=d,e", "service": "x y", "scope": "r:a/b:pull,push"])
            ]
        ),
        (
            #"Basic realm="a \"b\"", BEARER Realm = https://c , x="#,
            [
                Challenge(scheme: "basic", parameters: ["realm": "a \"b\""]),
                Challenge(scheme: "bearer", parameters: ["realm": "https://c", "x": ""]),
            ]
        ),
        (
            "Negotiate, Basic realm=x, realm=y",
            [
                Challenge(scheme: "negotiate", parameters: [:]), Challenge(scheme: "basic", parameters: ["realm": "x"]),
            ]
        ),
        (#"Bearer realm="open"#, [Challenge(scheme: "bearer", parameters: [:])]), ("", []), (",,", []),
    ]

    @Test(arguments: challenges) func `What a registry wants is read`(text: String, challenges: [Challenge]) {
        #expect(Challenge.parse(text) == challenges)
    }
}
