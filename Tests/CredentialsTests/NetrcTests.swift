import Testing

@testable import Credentials

/// Files as curl reads them.
@Suite struct NetrcTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let entries: [Netrc.Entry]

        init(_ name: String, _ text: String, _ entries: (String?, String, String)...) {
            testDescription = name
            self.text = text
            self.entries = entries.map { Netrc.Entry(machine: $0.0, login: $0.1, password: $0.2) }
        }
    }

    static let samples = [
        Sample("nothing", ""),
        Sample("one line", "machine a.example login me password secret\n", ("a.example", "me", "secret")),
        Sample(
            "several lines, tabs, CR LF and an account",
            "machine a\r\n\tlogin me\r\n\taccount x\r\n\tpassword p\r\nmachine b login you password q",
            ("a", "me", "p"), ("b", "you", "q")),
        Sample("the password first", "machine a password p login me", ("a", "me", "p")),
        Sample("keywords and names in capitals", "MACHINE A.Example Login me PASSWORD p", ("a.example", "me", "p")),
        Sample("no login", "machine a password p", ("a", "", "p")),
        Sample("no password is no entry", "machine a login me\nmachine b login me password p", ("b", "me", "p")),
        Sample(
            "a default", "machine a login me password p\ndefault login any password q", ("a", "me", "p"),
            (nil, "any", "q")),
        Sample("comments", "# machine x\nmachine a login me # no password x\n password p #\n", ("a", "me", "p")),
        Sample("a hash inside a word", "machine a login me#1 password p#q", ("a", "me#1", "p#q")),
        Sample(
            "quotes and escapes", #"machine a login "m e" password "a\"b\\c\n\r\t\x #""#,
            ("a", "m e", "a\"b\\c\n\r\tx #")),
        Sample("an empty login in quotes", #"machine a login "" password p"#, ("a", "", "p")),
        Sample(
            "a keyword as a value", "machine machine login login password password", ("machine", "login", "password")),
        Sample("words that are quoted in part", #"machine a login m"e password p"#, ("a", "m\"e", "p")),
        Sample(
            "a macro",
            "machine a login me password p\nmacdef init\nmachine evil login x password y\ncd /\n\nmachine b password q",
            ("a", "me", "p"), ("b", "", "q")),
        Sample("a macro at the end", "machine a password p\nmacdef init\nmachine evil password y", ("a", "", "p")),
        Sample("an address", "machine ::1 login me password p", ("::1", "me", "p")),
        Sample("no ASCII", "machine a login mé password pä", ("a", "mé", "pä")),
    ]

    @Test(arguments: samples) func isRead(_ sample: Sample) throws {
        #expect(try Netrc(parsing: Array(sample.text.utf8)).entries == sample.entries)
    }

    @Test(arguments: [
        ("machine", 1), ("machine a login", 1), ("machine a login me password\n", 2),
        ("machine a\nlogin #x\npassword p", 3),
        ("login me password p", 1), ("machine a\n\npasword secret", 3), ("machine a password \"secret", 1),
        ("machine a password \"secret\\", 1), ("machine a \"password\" p", 1), ("secret", 1), ("macdef", 1),
    ])
    func isRefusedWithTheLineAlone(_ text: String, _ line: Int) {
        let error = #expect(throws: Netrc.SyntaxError.self) { try Netrc(parsing: Array(text.utf8)) }
        // `login #x` takes the next line's first word, as in curl; what follows is out of place.
        #expect(error == Netrc.SyntaxError(line: line))
    }

    @Test func theFirstEntryOfAMachineCounts() throws {
        let netrc = try Netrc(
            parsing: Array("machine a password 1\nmachine b password 2\nmachine a password 3\ndefault password 4".utf8))
        #expect(netrc.entry(for: "a")?.password == "1")
        #expect(netrc.entry(for: "B")?.password == "2")
        #expect(netrc.entry(for: "c") == nil)
        #expect(netrc.fallback?.password == "4")
        let address = try Netrc(parsing: Array("machine ::1 password 1".utf8))
        #expect(address.entry(for: "[::1]")?.password == "1")
    }
}
