import NixStore
import Support
import Testing

/// The names of roots.
@Suite struct RootNameTests {
    @Test(arguments: [
        ("nixpkgs", "nixpkgs"), ("a.b-c_d+e=f?g", "a.b-c_d+e=f?g"), (".hidden", "%2Ehidden"), ("..", "%2E."),
        ("a/b", "a%2Fb"), ("a%2Fb", "a%252Fb"), ("a b", "a%20b"), ("é", "%C3%A9"), ("e\u{301}", "e%CC%81"),
    ])
    func aNameOfAPinIsAFileName(_ name: String, _ expected: String) {
        #expect(RootName.encode(name) == expected)
    }

    @Test func noTwoNamesAreOneAndEachFits() {
        var generator = SeededGenerator(seed: 2026)
        let letters = ["a", "b", "%", "/", ".", "-", "2", "F", "é", "e\u{301}", "\u{1F600}", " ", "%2F", "%-"]
        var seen: [String: [UInt8]] = [:]
        for _ in 0..<4000 {
            var name = ""
            let count = Int.random(in: 1...211, using: &generator)
            while name.utf8.count < count, let letter = letters.randomElement(using: &generator) { name += letter }
            let bytes = Array(name.utf8.prefix(211))
            let text = String(decoding: bytes, as: UTF8.self)
            let file = RootName.encode(text)
            #expect(file.utf8.count <= 255 && !file.contains("/") && !file.hasPrefix("."))
            if let other = seen[file] { #expect(other == Array(text.utf8)) }
            seen[file] = Array(text.utf8)
        }
        // Two that differ only at their ends, which are cut off.
        let long = String(repeating: "/", count: 200)
        #expect(RootName.encode(long + "a") != RootName.encode(long + "b"))
    }
}
