import Testing

@testable import Git

/// Where submodules are, by what `.gitmodules` says.
@Suite struct SubmoduleURLTests {
    @Test(arguments: [
        ("https://h.example/o/super.git", "../sub.git", "https://h.example/o/sub.git"),
        ("https://h.example/o/super.git", "./sub", "https://h.example/o/super.git/sub"),
        ("https://h.example/o/super", "../../p/sub", "https://h.example/p/sub"),
        ("https://h.example/o/super/", "../sub/", "https://h.example/o/sub"),
        ("https://h.example/o/super", "../a/./b/../c", "https://h.example/o/a/c"),
        ("https://h.example/o%20x/super", "../s%C3%BCb", "https://h.example/o%20x/s%C3%BCb"),
        ("https://h.example:8443/o/super", "../süb", "https://h.example:8443/o/s%C3%BCb"),
        ("ssh://git@h.example:2222/o/super", "../sub", "ssh://git@h.example:2222/o/sub"),
        ("git@h.example:o/super.git", "../sub.git", "ssh://git@h.example/o/sub.git"),
        ("git@h.example:super.git", "../sub.git", "ssh://git@h.example/sub.git"),
        ("git://[::1]:9999/super", "../sub", "git://[::1]:9999/sub"),
        ("file:///srv/git/super.git", "../sub.git", "file:///srv/git/sub.git"),
        ("file:///srv/super.git", "/tmp/a b%c?d#e", "file:///tmp/a%20b%25c%3Fd%23e"),
        ("file:///srv/super.git", "file:///tmp/x", "file:///tmp/x"),
        ("file:///srv/super.git", "https://h.example/x", "https://h.example/x"),
        ("https://h.example/super", "git@other.example:a/b.git", "ssh://git@other.example/a/b.git"),
        ("https://h.example/super", "ssh://git@other.example/a/b.git", "ssh://git@other.example/a/b.git"),
        ("ssh://git@h.example/super", "http://other.example/a", "http://other.example/a"),
    ])
    func isFound(_ base: String, _ text: String, _ expected: String) throws {
        #expect(try SubmoduleURL.resolve(Array(text.utf8), against: GitURL(parsing: base)).text == expected)
    }

    static let hostile: [(String, String, SubmoduleFault)] = [
        ("https://h.example/o/super", "", .noURL),
        ("https://h.example/o/super", "ext::sh -c id", .illegalURL("ext::sh -c id", .illegalCharacter(0x20))),
        ("https://h.example/o/super", "ext::id", .illegalURL("ext::id", .unsupportedScheme("ext"))),
        ("https://h.example/o/super", "ext://id/x", .illegalURL("ext://id/x", .unsupportedScheme("ext"))),
        ("https://h.example/o/super", "-oProxyCommand=id", .illegalURL("-oProxyCommand=id", .noScheme)),
        ("https://h.example/o/super", "--upload-pack=id", .illegalURL("--upload-pack=id", .noScheme)),
        (
            "https://h.example/o/super", "ssh://-oProxyCommand=id/x",
            .illegalURL("ssh://-oProxyCommand=id/x", .illegalHost("-oproxycommand=id"))
        ),
        ("https://h.example/o/super", "ssh://h.example/-x", .illegalURL("ssh://h.example/-x", .illegalPath)),
        (
            "https://h.example/o/super", "https://me:hunter2@h.example/x",
            .illegalURL("https://***@h.example/x", .credentials)
        ),
        (
            "https://h.example/o/super", "ssh://me:hunter2@h.example/x",
            .illegalURL("ssh://***@h.example/x", .credentials)
        ),
        (
            "https://h.example/o/super", "https://h.example/x\r\nHost: y",
            .illegalURL("https://h.example/x  Host: y", .illegalCharacter(0x0D))
        ),
        ("https://h.example/o/super", "../x\nHost: y", .illegalURL("../x Host: y", .illegalCharacter(0x0A))),
        ("https://h.example/o/super", "../x%0Ay", .illegalURL("../x%0Ay", .illegalEscape)),
        ("https://h.example/o/super", "../x?y=z", .illegalURL("../x?y=***", .unknownParameter("y"))),
        ("https://h.example/o/super", "../..", .illegalURL("../..", .illegalPath)),
        ("https://h.example/o/super", "../../../evil.example/x", .aboveHost("../../../evil.example/x")),
        ("ssh://git@h.example/super", "../../evil.example/x", .aboveHost("../../evil.example/x")),
        ("https://h.example/o/super", "/etc", .localURL("/etc")),
        ("https://h.example/o/super", "file:///etc", .localURL("file:///etc")),
        ("ssh://git@h.example/super", "FILE:///etc", .localURL("FILE:///etc")),
        ("git://h.example/super", "file://localhost/etc", .localURL("file://localhost/etc")),
        ("file:///srv/super", "file://elsewhere/x", .illegalURL("file://elsewhere/x", .illegalHost("elsewhere"))),
        ("file:///srv/super", "x/y", .illegalURL("x/y", .noScheme)),
        ("file:///srv/super", "h.example:x", .illegalURL("h.example:x", .noScheme)),
    ]

    @Test(arguments: hostile)
    func isRefused(_ base: String, _ text: String, _ fault: SubmoduleFault) throws {
        let base = try GitURL(parsing: base)
        #expect(throws: fault) { try SubmoduleURL.resolve(Array(text.utf8), against: base) }
    }

    @Test func bytesThatAreNoTextAreRefused() throws {
        let base = try GitURL(parsing: "https://h.example/x/y")
        #expect(throws: SubmoduleFault.self) { try SubmoduleURL.resolve(Array("../".utf8) + [0xFF], against: base) }
    }
}
