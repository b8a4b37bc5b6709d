import Fetchers
import Testing
import Transfer

/// Escapes of URLs, and paths in `file:` URLs.
struct URLTests {
    static let escapes: [(String, [UInt8]?)] = [
        ("", []), ("abc", Array("abc".utf8)), ("a%20b", Array("a b".utf8)), ("%41%5a%5A", Array("AZZ".utf8)),
        ("%00", [0]), ("%ff%FE", [0xFF, 0xFE]), ("%2525", Array("%25".utf8)), ("a+b", Array("a+b".utf8)),
        ("é", Array("é".utf8)), ("%C3%A9", Array("é".utf8)), ("%2F", Array("/".utf8)),
        ("%", nil), ("%4", nil), ("a%", nil), ("%4g", nil), ("%g4", nil), ("%%41", nil), ("% 1", nil), ("%-1", nil),
        ("%é", nil),
    ]

    @Test(arguments: escapes)
    func `Escapes are two hexadecimal digits, or nothing is decoded`(text: String, bytes: [UInt8]?) {
        #expect(PercentEncoding.decode(text.utf8) == bytes)
    }

    static let paths: [(String, String?)] = [
        ("file:///a/b", "/a/b"), ("file://localhost/a", "/a"), ("file:///a%20b", "/a b"), ("file:///%C3%A9", "/é"),
        ("file:////a", "//a"), ("file:///", "/"),
        ("file://", nil), ("file:/a", nil), ("file:a", nil), ("file://host/a", nil), ("file://localhost", nil),
        ("file://localhostile/a", nil), ("file:///a%", nil), ("file:///a%00", nil), ("file:///%ff", nil),
        ("https://localhost/a", nil), ("/a", nil), ("", nil),
    ]

    @Test(arguments: paths)
    func `A file URL names an absolute path of this machine`(url: String, path: String?) {
        #expect(FileURL.path(of: url) == path)
    }
}
