import JSON
import Lockfile
import NixHash
import Testing

@Suite
struct PinTests {
    @Test func anArchiveSaysWhenNothingIsStripped() throws {
        let plain = Locked(fetch: .tarball(url: "https://example.org/a.tar", hash: Sample.hash))
        #expect(plain.json.object?["stripRoot"] == nil)
        let whole = Locked(fetch: .tarball(url: "https://example.org/a.tar", hash: Sample.hash, isStripped: false))
        #expect(whole.json.object?["stripRoot"] == false)
        #expect(try Locked(json: whole.json) == whole)
    }

    @Test(arguments: Sample.locked.keys.sorted())
    func `What is read is what is written`(fetcher: String) throws {
        let locked = try #require(Sample.locked[fetcher])
        let json: JSON = [
            "locked": locked, "source": ["type": "anything", "a": [1, .null], "b": ["c": [:]]],
            "frozen": ["reason": "2.0 drops \u{7F}", "since": "2026-11-22", "by": "me"], "note": "a\nb", "later": [1],
        ]
        let pin = try Pin(json: json)
        #expect(pin.json == json)
        #expect(try Pin(json: pin.json) == pin)
    }

    @Test
    func `Each fetch has its parts`() throws {
        func locked(_ fetcher: String) throws -> Locked { try Locked(json: #require(Sample.locked[fetcher])) }

        let tarball = try locked("tarball")
        #expect(tarball.fetch == .tarball(url: "https://example.org/a.tar.gz", hash: Sample.hash))
        #expect(tarball.revision == Sample.revision)
        #expect(tarball.version == "1.0")
        #expect(tarball.lastModified == 1_747_267_200)
        #expect(tarball.unknown.isEmpty)

        let file = try locked("file")
        #expect(file.fetch == .file(url: "https://example.org/a%20b", hash: Sample.hash, name: "a_b"))
        #expect(file.revision == nil && file.version == nil && file.lastModified == nil)

        let git = try locked("git")
        #expect(
            git.fetch
                == .git(
                    GitFetch(
                        url: "https://example.org/a.git", ref: "refs/heads/main", revision: Sample.revision,
                        hash: Sample.hash, submodules: true, lfs: true, attributes: ["export-ignore", "eol"])))
        #expect(git.revision == Sample.revision)

        let oci = try locked("oci")
        #expect(oci.fetch.hash == Sample.hash && oci.fetch.url == nil && oci.version == "1.2")

        let other = try locked("other")
        #expect(other.fetch == .other(fetcher: "mercurial"))
        #expect(other.fetch.hash == nil && other.revision == nil && other.version == nil && other.lastModified == nil)
    }

    @Test
    func `What a later fetcher has under known names is understood where it can be`() throws {
        let json: JSON = [
            "fetcher": "zip", "revision": .string(Sample.revision), "version": "2", "lastModified": 5, "x": 1,
        ]
        var locked = try Locked(json: json)
        #expect(locked.revision == Sample.revision && locked.version == "2" && locked.lastModified == 5)
        #expect(locked.unknown == ["x": 1])
        locked.version = nil
        #expect(locked.json["version"] == nil)
    }

    @Test
    func `A validator is kept as it is written`() throws {
        for text in ["\"a\"", "W/\"a\"", "Wed, 21 Oct 2015 07:28:00 GMT"] {
            var json = try #require(Sample.locked["tarball"]?.object)
            json["validator"] = .string(text)
            let locked = try Locked(json: .object(json))
            #expect(locked.validator == text && locked.unknown.isEmpty && locked.json == .object(json))
        }
        // Of a fetcher that a later version knows it may be anything.
        let other: JSON = ["fetcher": "zip", "validator": 1]
        #expect(try Locked(json: other).json == other)
    }

    @Test
    func `A digest is read in every spelling and written as SRI`() throws {
        for text in [
            Sample.hash.sri, "sha256:" + Sample.hash.hex, "sha256:" + Sample.hash.nix32,
            String(Sample.hash.sri.dropLast()), Sample.hash.sri + "?x",
        ] {
            let locked = try Locked(json: ["fetcher": "tarball", "url": "u", "hash": .string(text)])
            #expect(locked.json["hash"] == .string(Sample.hash.sri))
        }
    }

    @Test
    func `What is false or empty is left out`() throws {
        let git = GitFetch(url: "u", revision: Sample.revision, hash: Sample.hash)
        #expect(Locked(fetch: .git(git)).json.object?.keys == ["fetcher", "hash", "revision", "url"])
        let read = try Locked(json: [
            "fetcher": "git", "url": "u", "revision": .string(Sample.revision), "hash": .string(Sample.hash.sri),
            "submodules": false, "lfs": false, "attributes": [],
        ])
        #expect(read == Locked(fetch: .git(git)))
        #expect(Sample.pin().json.object?.keys == ["locked", "source"])
    }

    @Test
    func `Known members come before unknown ones of the same name`() {
        let locked = Locked(
            fetch: .tarball(url: "u", hash: Sample.hash), version: "1", unknown: ["url": "v", "version": "2", "a": 1])
        #expect(locked.json["url"] == "u" && locked.json["version"] == "1" && locked.json["a"] == 1)
        var source = Source(type: "git", fields: ["type": "other", "url": "u"])
        source["type"] = "again"
        #expect(source.json == ["type": "git", "url": "u"])
    }

    @Test
    func `Two that differ in the bytes of a text are not equal`() throws {
        var composed = Sample.pin()
        var decomposed = composed
        composed.note = "\u{E9}"
        decomposed.note = "e\u{301}"
        #expect(composed != decomposed)
        func fetch(_ text: String) -> Fetch { .tarball(url: "https://example.org/\(text)", hash: Sample.hash) }
        #expect(fetch("\u{E9}") != fetch("e\u{301}"))
    }

    // MARK: What is wrong with one

    struct Wrong: Sendable, CustomTestStringConvertible {
        let fetcher: String
        /// Nil takes the member out.
        let change: (key: String, value: JSON?)
        let problem: FieldProblem

        init(_ fetcher: String, _ key: String, _ value: JSON?, _ problem: FieldProblem) {
            self.fetcher = fetcher
            change = (key, value)
            self.problem = problem
        }

        var testDescription: String { "\(fetcher).\(change.key)" }
    }

    static func wrongType(_ expected: JSONType, _ found: JSONType) -> FieldProblem {
        .wrongType(expected: expected, found: found)
    }

    @Test(arguments: [
        Wrong("tarball", "fetcher", nil, .missing),
        Wrong("tarball", "fetcher", "", .emptyText),
        Wrong("tarball", "url", nil, .missing),
        Wrong("tarball", "url", 1, wrongType(.string, .number)),
        Wrong("tarball", "url", .null, wrongType(.string, .null)),
        Wrong("tarball", "url", "", .emptyText),
        Wrong("tarball", "url", "https://a\nb", .controlCharacter),
        Wrong("tarball", "url", "https://a\u{7F}", .controlCharacter),
        Wrong("tarball", "url", "https://a\u{85}", .controlCharacter),
        Wrong("tarball", "hash", nil, .missing),
        Wrong("tarball", "hash", ["x"], wrongType(.string, .array)),
        Wrong("tarball", "hash", "sha1-x", .notDigest(.unsupportedAlgorithm("sha1", in: "sha1-x"))),
        Wrong("tarball", "hash", "sha256-x", .notDigest(.malformed("sha256-x"))),
        Wrong("tarball", "revision", "abc", .notRevision("abc")),
        Wrong("tarball", "revision", true, wrongType(.string, .bool)),
        Wrong("tarball", "version", [:], wrongType(.string, .object)),
        Wrong("tarball", "lastModified", "1", wrongType(.number, .string)),
        Wrong("tarball", "validator", 1, wrongType(.string, .number)),
        Wrong("tarball", "validator", "", .emptyText), Wrong("file", "validator", "\"a\r\n\"", .controlCharacter),
        Wrong("tarball", "lastModified", .number(JSONNumber(literal: "1.5") ?? JSONNumber(0)), .notInteger("1.5")),
        Wrong("tarball", "lastModified", 9_007_199_254_740_992, .notInteger("9007199254740992")),
        Wrong("file", "name", nil, .missing),
        Wrong("file", "name", "a b", .notStoreName(.illegalByte(0x20, in: "a b"))),
        Wrong("file", "name", "", .notStoreName(.emptyName)),
        Wrong("git", "revision", nil, .missing),
        Wrong(
            "git", "revision", .string(Sample.revision.dropLast() + "g"),
            .notRevision(Sample.revision.dropLast() + "g")),
        Wrong("git", "ref", 1, wrongType(.string, .number)),
        Wrong("git", "submodules", "true", wrongType(.bool, .string)),
        Wrong("git", "lfs", 1, wrongType(.bool, .number)),
        Wrong("git", "attributes", "eol", wrongType(.array, .string)),
        Wrong("oci", "image", nil, .missing),
        Wrong("oci", "digest", "sha256:abc", .notImageDigest("sha256:abc")),
        Wrong("oci", "arch", nil, .missing),
        Wrong("oci", "os", nil, .missing),
        Wrong("oci", "tag", nil, .missing),
    ])
    func `A wrong member is named with its pin and its place`(wrong: Wrong) throws {
        var locked = try #require(Sample.locked[wrong.fetcher]?.object)
        locked[wrong.change.key] = wrong.change.value
        let document = Sample.document(["mylib": Sample.pinJSON(locked: .object(locked))])
        let reason = reason { try LockDocument(parsing: document.serialized()) }
        guard case .field(let path, let problem) = reason else {
            Issue.record("\(String(describing: reason))")
            return
        }
        #expect(path.description == "pins.mylib.locked.\(wrong.change.key)")
        #expect(path.pin == "mylib")
        #expect(problem == wrong.problem)
    }

    @Test(
        arguments: [
            ([:], "pins.x.source", .missing),
            (["source": ["type": "a"]], "pins.x.locked", .missing),
            (["source": "github"], "pins.x.source", wrongType(.object, .string)),
            (["source": [:]], "pins.x.source.type", .missing),
            (["source": ["type": 1]], "pins.x.source.type", wrongType(.string, .number)),
            (["source": ["type": "a"], "locked": .null], "pins.x.locked", wrongType(.object, .null)),
            ([1], "pins.x", wrongType(.object, .array)),
        ] as [(JSON, String, FieldProblem)])
    func `A wrong pin is named with its place`(pin: JSON, place: String, wanted: FieldProblem) throws {
        let document = Sample.document(["x": pin])
        guard case .field(let path, let problem) = reason({ try LockDocument(parsing: document.serialized()) }) else {
            Issue.record("no error about a field")
            return
        }
        #expect(path.description == place)
        #expect(problem == wanted)
    }

    @Test
    func `A place is written as jq writes it`() throws {
        let locked: JSON = [
            "fetcher": "git", "url": "u", "revision": .string(Sample.revision), "hash": .string(Sample.hash.sri),
            "attributes": ["eol", 1],
        ]
        let document = Sample.document(["a.b \"c\"": Sample.pinJSON(locked: locked)])
        guard case .field(let path, _) = reason({ try LockDocument(parsing: document.serialized()) }) else {
            Issue.record("no error about a field")
            return
        }
        #expect(path.description == #"pins."a.b \"c\"".locked.attributes[1]"#)
        #expect(path.pin == "a.b \"c\"")
    }

    @Test
    func `A source's fields are read with their types`() throws {
        let source = try Source(json: [
            "type": "git", "url": "u", "submodules": true, "minimumAge": 7, "release": ["range": 1], "tags": ["a"],
        ])
        #expect(try source.reader.string("url") == "u")
        #expect(try source.reader.bool("submodules") == true)
        #expect(try source.reader.bool("lfs") == nil)
        #expect(try source.reader.integer("minimumAge") == 7)
        #expect(try source.reader.strings("tags") == ["a"])
        let error = #expect(throws: LockfileError.self) { try source.reader.fields("release")?.string("range") }
        guard case .field(let path, let problem)? = error?.inPin("lib").reason else {
            Issue.record("no error about a field")
            return
        }
        #expect(path.description == "pins.lib.source.release.range")
        #expect(problem == Self.wrongType(.string, .number))
        #expect(throws: LockfileError.self) { try source.reader.required(source.reader.text, "branch") }
    }
}
