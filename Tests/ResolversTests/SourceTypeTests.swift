import Foundation
import Git
import JSON
import Lockfile
import Resolvers
import Support
import Testing

/// The sources of pins, as the lock has them.
struct SourceTypeTests {
    /// One or more of each type, every field in use.
    static let sources: [(String, JSONObject)] = [
        ("channel", ["channel": "nixos-unstable"]), ("channel", ["channel": "nixos-unstable", "artifact": "a.json"]),
        ("github", ["owner": "o", "repo": "r"]), ("github", ["owner": "o", "repo": "r", "branch": "b", "host": "h"]),
        ("github", ["owner": "o", "repo": "r", "at": "v1"]),
        ("github", ["owner": "o", "repo": "r", "release": [:]]),
        (
            "git",
            [
                "url": "https://example.org/r",
                "release": ["prefix": "v", "range": ">=1.2,<2", "preReleases": true],
            ]
        ),
        ("gitlab", ["owner": "o", "repo": "r"]), ("gitlab", ["owner": "g/s/t", "repo": "r", "host": "h", "at": "v1"]),
        ("forgejo", ["owner": "o", "repo": "r", "host": "https://h/base", "submodules": true]),
        ("sourcehut", ["owner": "~o", "repo": "r", "branch": "b"]), ("bitbucket", ["owner": "o", "repo": "r"]),
        ("git", ["url": "https://example.org/r"]),
        ("git", ["url": "https://example.org/r", "branch": "b"]),
        ("git", ["url": "https://example.org/r", "dir": "a/b"]),
        ("git", ["url": "ssh://git@example.org/r", "at": "v1"]),
        ("oci", ["image": "docker.io/library/alpine", "tag": "3", "os": "linux", "arch": "arm64"]),
        (
            "oci",
            [
                "image": "localhost:5000/x", "tag": "latest", "os": "linux", "arch": "amd64",
                "at": .string("sha256:" + String(repeating: "a", count: 64)),
            ]
        ),
        ("github", ["owner": "o", "repo": "r", "dir": "a/b"]),
        ("tarball", ["url": "https://example.org/a.tar.gz", "dir": "a/b"]),
        ("tarball", ["url": "https://example.org/a.tar.gz"]), ("file", ["url": "https://example.org/a"]),
        ("pypi", ["name": "a", "range": ">=1,<2", "preReleases": true, "wheel": true, "unpack": true]),
        ("pypi", ["name": "a", "at": "1.0"]), ("crates", ["name": "a", "range": "^1"]), ("npm", ["name": "@a/b"]),
        ("rubygems", ["name": "a", "preReleases": true]), ("hackage", ["name": "a-b"]), ("cran", ["name": "a.b"]),
        ("tarball", ["url": "https://example.org/a.tar.gz", "mutable": true]),
        ("tarball", ["url": "https://example.org/a.tar.gz", "unpack": false]),
        ("file", ["url": "https://example.org/a", "mutable": true]),
        ("file", ["url": "https://example.org/a", "unpack": true, "dir": "a"]),
        ("channel", ["channel": "nixos-unstable", "artifact": "a.tar.gz", "unpack": true]),
        ("channel", ["channel": "nixos-unstable", "unpack": false]),
    ]

    /// The types that follow releases of a repository.
    static let withReleases: Set<String> = ["git", "github", "gitlab", "forgejo", "sourcehut", "bitbucket"]

    /// Fields that mean something to some types alone.
    static let optional: [String: Set<String>] = [
        "pypi": ["range", "unpack", "wheel"], "crates": ["range", "unpack"], "npm": ["range", "unpack"],
        "rubygems": ["range", "unpack"], "hackage": ["range", "unpack"], "cran": ["range", "unpack"],
        "tarball": ["mutable", "unpack"], "file": ["mutable", "unpack"], "channel": ["unpack"],
    ]

    @Test(arguments: sources.indices)
    func `A source is written as it was read`(index: Int) throws {
        let (type, fields) = Self.sources[index]
        let source = Source(type: type, fields: fields)
        #expect(try SourceTypes.read(source).source == source)
        // What `set` may leave out is told from what nobody here knows.
        #expect(fields.keys.filter { !SourceTypes.knows($0) } == [])
    }

    @Test func `Every field that a type writes is one that it names`() throws {
        for (type, fields) in Self.sources {
            let source = try SourceTypes.read(Source(type: type, fields: fields)).source
            let known = try #require(SourceTypes.all.first { $0.type == type }).fields
            for field in source.fields.keys { #expect(known.contains(field), "\(type).\(field)") }
        }
        // And none that it never has.
        for type in SourceTypes.all {
            let written = Set(Self.sources.filter { $0.0 == type.type }.flatMap { $0.1.keys })
            let common = [
                "branch", "release", "at", "submodules", "lfs", "host", "range", "preReleases", "unpack", "mutable",
                "dir",
            ]
            #expect(type.fields.subtracting(written).isSubset(of: common), "\(type.type)")
        }
    }

    @Test func `Every type is among them`() {
        #expect(Set(SourceTypes.all.map { $0.type }) == Set(Self.sources.map { $0.0 }))
        #expect(Set(SourceTypes.all.map { $0.type }).count == SourceTypes.all.count)
    }

    @Test func `Whether a source stays where it is, and at a tag, is known without asking`() throws {
        let revision = String(repeating: "a", count: 40)
        for type in ["github", "git"] {
            let repository: JSONObject =
                type == "git" ? ["url": "https://example.org/r"] : ["owner": "o", "repo": "r"]
            for (at, isTag) in [("v1", true), (revision, false)] {
                var fields = repository
                fields["at"] = .string(at)
                let source = try SourceTypes.read(Source(type: type, fields: fields))
                #expect(source.isFixed)
                #expect(source.staysAtTag == isTag)
            }
            #expect(try !SourceTypes.read(Source(type: type, fields: repository)).isFixed)
        }
    }

    @Test func `A type that only a later version knows is named`() {
        #expect(throws: ResolveError.unknownType("svn")) { try SourceTypes.read(Source(type: "svn")) }
        // Types are compared by their bytes.
        #expect(throws: ResolveError.unknownType("Git")) { try SourceTypes.read(Source(type: "Git")) }
    }

    @Test(arguments: [
        "release", "range", "mutable", "wheel", "unpack",
    ])
    func `A field that changes what is meant, and cannot be honoured, is named`(field: String) {
        for (type, fields) in Self.sources
        where Self.optional[type]?.contains(field) != true && (field != "release" || !Self.withReleases.contains(type))
        {
            var fields = fields.removingAll(Self.optional[type] ?? [])
            fields[field] = true
            #expect(throws: ResolveError.unsupportedField(field, type: type)) {
                try SourceTypes.read(Source(type: type, fields: fields))
            }
        }
    }

    /// A lock from elsewhere must not show one repository and mean another, nor one of this machine.
    @Test(arguments: [
        "..", ".", "a/b", "../../x", "a?b", "a#b", "a@b", "a%2fb", "a\\b", "a:b", "a b", "é", "trusted/../other",
    ])
    func `What does not stand between two slashes is named`(text: String) {
        for (type, field) in [
            ("github", "owner"), ("github", "repo"), ("channel", "channel"), ("channel", "artifact"),
            ("gitlab", "repo"), ("forgejo", "owner"), ("sourcehut", "repo"), ("bitbucket", "owner"),
        ] {
            var fields: JSONObject = type == "channel" ? ["channel": "c"] : ["owner": "o", "repo": "r"]
            fields[field] = .string(text)
            let source = Source(type: type, fields: fields)
            #expect(throws: source.reader.problem(.notPathComponent(text), field)) { try SourceTypes.read(source) }
        }
    }

    /// Groups within groups have slashes between them, and nothing else of a path.
    @Test(arguments: ["g/../h", "/g", "g/", "g//h", "g/%2e%2e/h", "g h/i", ".", "../..", "g/.."])
    func `A group within a group is no way out of it`(text: String) {
        let source = Source(type: "gitlab", fields: ["owner": .string(text), "repo": "r"])
        #expect(throws: source.reader.problem(.notPathComponent(text), "owner")) { try SourceTypes.read(source) }
    }

    @Test(arguments: [
        ("h", true), ("h:8443", true), ("[::1]:80", true), ("http://127.0.0.1:8080", true), ("https://h/base/", true),
        ("file:///etc", false), ("ssh://h", false), ("git://h", false), ("github.com@h", false), ("u:p@h", false),
        ("h?x", false), ("h#", false), ("h\\@g", false), ("h%2f", false), ("https://", false), ("/h", false),
        ("a b", false),
    ])
    func `A host is one of the web's`(host: String, isOne: Bool) {
        let source = Source(type: "github", fields: ["owner": "o", "repo": "r", "host": .string(host)])
        let error = source.reader.problem(.notWebHost(host), "host")
        if isOne {
            #expect(throws: Never.self) { try SourceTypes.read(source) }
        } else {
            #expect(throws: error) { try SourceTypes.read(source) }
            #expect(throws: (any Error).self) { try Notation.parse("github:o/r", options: SourceOptions(host: host)) }
        }
    }

    /// Who uses the pin looks in that folder, and must not look beside the tree.
    @Test(arguments: ["..", "a/../b", "../x", "a/..", "/..", "a//.."])
    func `A folder of the tree is no way out of it`(text: String) {
        for (type, fields) in [
            ("github", ["owner": "o", "repo": "r"]), ("git", ["url": "https://example.org/r"]),
            ("tarball", ["url": "https://example.org/a.tar.gz"]),
        ] as [(String, JSONObject)] {
            var fields = fields
            fields["dir"] = .string(text)
            let source = Source(type: type, fields: fields)
            #expect(throws: source.reader.problem(.outOfTree(text), "dir")) { try SourceTypes.read(source) }
        }
        for notation in ["github:o/r?dir=", "git+https://example.org/r?dir="] {
            #expect(throws: GitError.self) { try Notation.parse(notation + text, options: SourceOptions()) }
        }
    }

    @Test func `The archive of a commit is known without asking, where it is what gets locked`() throws {
        let revision = String(repeating: "a", count: 40)
        let hosts = ServiceHosts(environment: ["PINR_GITLAB_HOST": "gitlab.example.org"])
        func archive(_ notation: String) throws -> String? {
            try Notation.parse(notation, options: SourceOptions()).archiveURL(ofCommit: revision, at: hosts)
        }
        #expect(try archive("github:o/r/v1") == "https://github.com/o/r/archive/\(revision).tar.gz")
        #expect(
            try archive("gitlab:g%2Fs/r")
                == "https://gitlab.example.org/api/v4/projects/g%2Fs%2Fr/repository/archive.tar.gz?sha=\(revision)")
        #expect(
            try archive("sourcehut:~o/r?host=srht.example.org")
                == "https://srht.example.org/~o/r/archive/\(revision).tar.gz")
        #expect(try archive("github:o/r?submodules=1") == nil)
        #expect(try archive("git+https://example.org/r") == nil)
    }

    @Test func `A folder of the tree stays what it was while the source is changed otherwise`() throws {
        func changed(_ type: String, _ fields: JSONObject, _ options: SourceOptions) throws -> JSON? {
            try SourceTypes.read(Source(type: type, fields: fields)).changed(byGiven: options).source["dir"]
        }
        #expect(try changed("github", ["owner": "o", "repo": "r", "dir": "a"], SourceOptions(branch: "b")) == "a")
        #expect(try changed("github", ["owner": "o", "repo": "r", "dir": "a"], SourceOptions(host: "h")) == "a")
        var mutable = SourceOptions()
        mutable.mutable = true
        #expect(try changed("tarball", ["url": "https://example.org/a.tar", "dir": "a"], mutable) == "a")
        // A file has no folders.
        let flat = SourceOptions(unpack: false)
        #expect(try changed("tarball", ["url": "https://example.org/a.tar", "dir": "a"], flat) == nil)
    }

    @Test func `A field that is missing or no text is named`() {
        for (type, fields) in Self.sources {
            for key in fields.keys {
                var broken = fields
                broken[key] = 1
                #expect(throws: LockfileError.self, "\(type).\(key)") {
                    try SourceTypes.read(Source(type: type, fields: broken))
                }
            }
        }
        for (type, field) in [("channel", "channel"), ("github", "owner"), ("git", "url"), ("tarball", "url")] {
            #expect {
                try SourceTypes.read(Source(type: type))
            } throws: { error in
                guard case .field(let path, .missing) = (error as? LockfileError)?.reason else { return false }
                return path.description == "source.\(field)"
            }
        }
    }

    static let readme = try? String(contentsOfFile: "\(packageRoot)/README.md", encoding: .utf8)

    /// Whoever adds a type finds out here that it has to be documented.
    @Test(.enabled(if: readme != nil, "there is no README.md"))
    func `The README has a row for every form of every type`() throws {
        let rows = try #require(Self.readme).split(separator: "\n").filter { $0.hasPrefix("|") }
        for type in SourceTypes.all {
            #expect(!type.forms.isEmpty, "\(type.type)")
            for form in type.forms {
                let notations = form.notation.split(separator: ", ").map { "`\($0)`" }
                let isThere = rows.contains { row in
                    row.contains("| `\(type.type)` |") && notations.allSatisfy { row.contains($0) }
                }
                #expect(isThere, "the table of sources lacks `\(form.notation)` of the type `\(type.type)`")
            }
        }
    }

    @Test func `No two types are written alike`() {
        let schemes = SourceTypes.all.flatMap { $0.schemes }
        #expect(Set(schemes).count == schemes.count)
    }

    /// What compares two commits, for each forge that can.
    static let comparePages: [(String, JSONObject, String?)] = [
        ("github", ["owner": "o", "repo": "r"], "https://github.com/o/r/compare/A...B"),
        ("github", ["owner": "o", "repo": "r", "host": "ghe:8443"], "https://ghe:8443/o/r/compare/A...B"),
        ("gitlab", ["owner": "g/s", "repo": "r"], "https://gitlab.com/g/s/r/-/compare/A...B"),
        ("gitlab", ["owner": "g", "repo": "r", "host": "h"], "https://h/g/r/-/compare/A...B"),
        ("forgejo", ["owner": "o", "repo": "r"], "https://codeberg.org/o/r/compare/A...B"),
        ("forgejo", ["owner": "o", "repo": "r", "host": "https://h/git"], "https://h/git/o/r/compare/A...B"),
        ("sourcehut", ["owner": "~o", "repo": "r"], nil),
        ("bitbucket", ["owner": "o", "repo": "r"], "https://bitbucket.org/o/r/branches/compare/B%0DA"),
        ("git", ["url": "https://github.com/o/r.git"], "https://github.com/o/r/compare/A...B"),
        ("git", ["url": "https://git.example.org/o/r"], nil),
        ("channel", ["channel": "nixos-unstable"], "https://github.com/NixOS/nixpkgs/compare/A...B"),
        ("channel", ["channel": "mine"], nil),
    ]

    @Test(arguments: comparePages)
    func `A forge compares two of its commits`(type: String, fields: JSONObject, page: String?) throws {
        let source = try SourceTypes.read(Source(type: type, fields: fields))
        #expect(source.compareURL(from: "A", to: "B", at: ServiceHosts(environment: [:])) == page)
    }
}

extension JSONObject {
    fileprivate func removingAll(_ keys: Set<String>) -> JSONObject {
        JSONObject(lazy.filter { !keys.contains($0.key) }.map { ($0.key, $0.value) })
    }
}
