import NixHash
import Testing

struct StoreNameTests {
    @Test(arguments: [
        ("hello-1.0.tar.gz", "hello-1.0.tar.gz"), ("a b%c", "a_b_c"), ("é", "__"), ("", "source"), (".", "_"),
        ("..", "_."), (".-a", "_-a"), (".bashrc", ".bashrc"),
    ])
    func sanitizing(name: String, expected: String) throws {
        let sanitized = StorePath.sanitized(bytes: Array(name.utf8))
        #expect(sanitized == expected)
        try StorePath.check(name: sanitized)
    }

    @Test func namesAreCutAtTheLimit() throws {
        let name = StorePath.sanitized(bytes: [UInt8](repeating: UInt8(ascii: "x"), count: 500))
        #expect(name.utf8.count == StorePath.maximumNameLength)
        try StorePath.check(name: name)
    }
}
