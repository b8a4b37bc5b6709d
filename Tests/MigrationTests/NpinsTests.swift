import Git
import JSON
import Lockfile
import Migration
import NixHash
import Testing

/// What is read of npins' lock.
struct NpinsTests {
    /// Every kind of pin in every format, as a whole: `version-N.json` is read as `version-N.read.json` says.
    @Test(arguments: 0...8) func everyFormat(_ version: Int) throws {
        try Reading.expect(
            .npins, "npins/version-\(version).json", toBe: "npins/version-\(version).read.json")
    }

    // MARK: What is wrong with the file

    @Test(arguments: [
        ("[]", MigrationError.notItsLock(.npins)),
        (#"{"pins": {}}"#, .notItsLock(.npins)),
        (#"{"version": 3}"#, .notItsLock(.npins)),
        (#"{"version": 3, "pins": []}"#, .notItsLock(.npins)),
        (#"{"version": 9, "pins": {}}"#, .unknownVersion("9", newest: 8)),
        (#"{"version": -1, "pins": {}}"#, .unknownVersion("-1", newest: 8)),
        (#"{"version": "8", "pins": {}}"#, .unknownVersion(#""8""#, newest: 8)),
    ])
    func whatIsNoLock(_ text: String, _ error: MigrationError) {
        #expect(throws: error) { try ForeignTool.npins.read(Array(text.utf8)) }
    }

    @Test func whatIsNoJSON() {
        #expect(throws: LockfileError.self) { try ForeignTool.npins.read(Array("<<<<<<< HEAD\n".utf8)) }
    }

    // MARK: What is wrong with one pin

    private static let revision = String(repeating: "1", count: 40)
    private static let hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    private static let gitHub = #"{"type": "GitHub", "owner": "acme", "repo": "tools"}"#

    /// A pin of a branch on GitHub, with one member in the place of the one that is right.
    private static func branch(_ member: String, _ value: String) -> String {
        var members = [
            "type": #""Git""#, "repository": gitHub, "branch": #""main""#, "submodules": "false",
            "revision": "\"\(revision)\"", "url": #""https://github.com/acme/tools/archive/x.tar.gz""#,
            "hash": "\"\(hash)\"",
        ]
        members[member] = value
        return "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
            + "}"
    }

    private static func wrong(_ path: FieldPath, _ problem: FieldProblem) -> SkipReason {
        .unreadable(LockfileError(.field(path, problem)))
    }

    private static let pin = FieldPath("pins", "bad")

    private static let bad: [(String, SkipReason)] = [
        ("7", wrong(pin, .wrongType(expected: .object, found: .number))),
        ("{}", wrong(pin.appending("type"), .missing)),
        (#"{"type": "Mercurial"}"#, .unknownType("Mercurial")),
        // Of version 0 alone.
        (#"{"type": "GitHub", "owner": "a", "repository": "b"}"#, .unknownType("GitHub")),
        (branch("revision", "null"), .notLocked),
        (branch("revision", #""main""#), wrong(pin.appending("revision"), .notRevision("main"))),
        (branch("branch", "null"), wrong(pin.appending("branch"), .missing)),
        (branch("hash", "8"), wrong(pin.appending("hash"), .wrongType(expected: .string, found: .number))),
        (
            branch("hash", #""sha256-short""#),
            wrong(pin.appending("hash"), .notDigest(.malformed("sha256-short")))
        ),
        (
            branch("hash", #""md5-AAAA""#),
            wrong(pin.appending("hash"), .notDigest(.unsupportedAlgorithm("md5", in: "md5-AAAA")))
        ),
        (
            branch("submodules", #""no""#),
            wrong(pin.appending("submodules"), .wrongType(expected: .bool, found: .string))
        ),
        (branch("frozen", "1"), wrong(pin.appending("frozen"), .wrongType(expected: .bool, found: .number))),
        (
            branch("repository", #""tools""#),
            wrong(pin.appending("repository"), .wrongType(expected: .object, found: .string))
        ),
        (branch("repository", #"{"type": "Fossil"}"#), .unknownType("Fossil")),
        (
            branch("repository", #"{"type": "GitHub", "owner": "../x", "repo": "tools"}"#),
            wrong(pin.appending("repository").appending("owner"), .notPathComponent("../x"))
        ),
        (
            branch("repository", #"{"type": "GitLab", "server": "https://gitlab.com/", "repo_path": "tools"}"#),
            wrong(pin.appending("repository").appending("repo_path"), .notPathComponent("tools"))
        ),
        (
            branch("repository", #"{"type": "Forgejo", "server": "https://u@h/", "owner": "a", "repo": "b"}"#),
            wrong(pin.appending("repository").appending("server"), .notWebHost("u@h"))
        ),
        (
            #"{"type": "Container", "image_name": "UPPER", "image_tag": "1", "image_digest": "x", "hash": "x"}"#,
            wrong(pin.appending("image_name"), .notImageName("UPPER"))
        ),
        (
            #"{"type": "Url", "url": "https://example.org/x", "hash": "\#(hash)"}"#,
            wrong(pin.appending("unpack"), .missing)
        ),
        (#"{"type": "MutableUrl", "update_url": "https://example.org/x", "unpack": true}"#, .notLocked),
        (#"{"type": "Channel", "name": "nixos-unstable"}"#, .notLocked),
        (#"{"type": "PyPi", "name": "tool"}"#, .notLocked),
    ]

    /// It is left out, and the pin beside it is taken.
    @Test(arguments: bad) func whatIsWrongWithAPin(_ json: String, _ reason: SkipReason) throws {
        let text = #"{"version": 8, "pins": {"bad": \#(json), "good": \#(Self.branch("frozen", "true"))}}"#
        let lock = try ForeignTool.npins.read(Array(text.utf8))
        #expect(lock.skipped == [SkippedPin(name: "bad", reason: reason)])
        #expect(lock.pins.map(\.name) == ["good"])
    }

    // MARK: Secrets

    private func read(_ json: String, version: Int = 8) throws -> ForeignLock {
        try ForeignTool.npins.read(Array(#"{"version": \#(version), "pins": {"pin": \#(json)}}"#.utf8))
    }

    /// npins writes the token of a private project into the URL of its archive, and in its place that of the revision out.
    @Test func aTokenIsNotTakenOver() throws {
        let repository = #"""
            {"type": "GitLab", "repo_path": "/group/tools", "server": "https://gitlab.example.org/",
             "private_token": "glpat-secret"}
            """#
        let url = "https://gitlab.example.org/api/v4/projects/group%2Ftools/repository/archive.tar.gz"
        let json = #"""
            {"type": "Git", "repository": \#(repository), "branch": "main", "submodules": false,
             "revision": "\#(Self.revision)", "url": "\#(url)?private_token=glpat-secret", "hash": "\#(Self.hash)"}
            """#
        let read = Reading.json(try read(json))
        #expect(
            read["pins"]?["pin"] == [
                "source": [
                    "type": "gitlab", "owner": "group", "repo": "tools", "host": "gitlab.example.org", "branch": "main",
                ],
                "unhashed": [
                    "dating": "newestEntry", "tarball": "\(url)?sha=\(Self.revision)", "revision": "\(Self.revision)",
                ],
                "because": "secretInURL",
            ])
        #expect(!String(decoding: read.serialized(), as: UTF8.self).contains("glpat"))
    }

    @Test func aTicketIsFetchedAnewAndHasToGiveTheSame() throws {
        let json = #"""
            {"type": "MutableUrl", "update_url": "https://example.org/latest", "unpack": true,
             "url": "https://store.example.org/x.tar.gz?X-Amz-Signature=secret", "hash": "\#(Self.hash)"}
            """#
        let pin = Reading.json(try read(json))["pins"]?["pin"]
        #expect(pin?["unhashed"] == ["dating": "server", "mutable": true, "tarball": "https://example.org/latest"])
        #expect(pin?["because"] == "secretInURL" && pin?["exact"] == .string(Self.hash))
    }

    @Test(arguments: [
        #"{"type": "Url", "url": "https://user:secret@example.org/x.tar.gz", "unpack": true, "hash": "x"}"#,
        #"""
        {"type": "Git", "repository": {"type": "Git", "url": "https://user:secret@example.org/x.git"}, "branch": "main",
         "revision": "1111111111111111111111111111111111111111", "hash": "x"}
        """#,
    ])
    func aPasswordIsRefusedAndNotRepeated(_ json: String) throws {
        let lock = try read(json)
        #expect(lock.pins.isEmpty && lock.skipped.count == 1)
        #expect(!"\(lock.skipped)".contains("secret@"))
    }

    // MARK: Hashes

    /// What was never hashed, or in a way that pinr does not have, is hashed at the same revision.
    @Test(arguments: [("null", "noHash"), (#""sha512-AAAA""#, "otherAlgorithm")])
    func whatHasNoHashHere(_ hash: String, _ reason: String) throws {
        let pin = Reading.json(try read(Self.branch("hash", hash)))["pins"]?["pin"]
        let unhashed = pin?["unhashed"]
        #expect(pin?["because"]?.string == reason)
        #expect(unhashed?["revision"]?.string == Self.revision)
        #expect(unhashed?["tarball"]?.string == "https://github.com/acme/tools/archive/x.tar.gz")
    }
}
