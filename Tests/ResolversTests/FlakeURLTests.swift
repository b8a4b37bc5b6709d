import Resolvers
import Testing

/// URLs as flakes write them.
struct FlakeURLTests {
    @Test(arguments: [
        ("https://h/x.tar.gz", "https://h/x.tar.gz"), ("https://h/x.tar.gz?narHash=sha256-AA%3D", "https://h/x.tar.gz"),
        ("https://h/x?a=1&rev=2&b=3&revCount=4&lastModified=5", "https://h/x?a=1&b=3"),
        ("https://h/x?sha=1", "https://h/x?sha=1"), ("https://h/x?narhash=1", "https://h/x?narhash=1"),
        ("https://h/x?%72ev=1&c", "https://h/x?c"), ("file:///x", "file:///x"),
        ("https://h/x?rev&name=n&unpack=1&url=u", "https://h/x"),
    ])
    func `What is said to Nix is not said to the server`(url: String, asked: String) {
        #expect(FlakeURL.asked(url) == asked)
    }
}
