import JSON
import Lockfile
import Migration
import NixHash
import Resolvers
import Testing

/// What is written for niv.
struct NivExportTests {
    private static let revision = String(repeating: "ab", count: 20)
    private static let hash = SHA256.hash(Array("tree".utf8))

    /// One pin as niv's, and what is said about it.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let pin: Pin
        let attributes: JSON
        var remark: ExportRemark?
    }

    private static func tarball(_ url: String, version: String? = nil, revision: String? = nil) -> Locked {
        Locked(fetch: .tarball(url: url, hash: hash), revision: revision, version: version)
    }

    private static func git(_ ref: String?, submodules: Bool = false, attributes: [String] = [], lfs: Bool = false)
        -> Locked
    {
        Locked(
            fetch: .git(
                GitFetch(
                    url: "https://git.example.org/r.git", ref: ref, revision: revision, hash: hash,
                    submodules: submodules,
                    lfs: lfs, attributes: attributes)))
    }

    private static let archive = "https://github.com/o/r/archive/\(revision).tar.gz"

    private static func github(_ fields: JSONObject = [:]) -> Source {
        var source = Source(type: "github", fields: fields)
        (source["owner"], source["repo"]) = ("o", "r")
        return source
    }

    private static func repository(_ fields: JSONObject = [:]) -> Source {
        var source = Source(type: "git", fields: fields)
        source["url"] = "https://git.example.org/r.git"
        return source
    }

    static let rows: [Row] = {
        let rev = JSON.string(revision), digits = JSON.string(hash.nix32)
        let template: JSON = "https://github.com/<owner>/<repo>/archive/<rev>.tar.gz"
        let literal: JSON = [
            "type": "tarball", "url": .string(archive), "sha256": digits, "rev": rev, "url_template": .string(archive),
        ]
        return [
            Row(
                testDescription: "a branch on GitHub",
                pin: Pin(
                    source: github(["branch": "main"]), locked: tarball(archive, revision: revision), note: "A tool"),
                attributes: [
                    "type": "tarball", "url": .string(archive), "sha256": digits, "rev": rev, "owner": "o", "repo": "r",
                    "branch": "main", "url_template": template, "description": "A tool",
                ]),
            Row(
                testDescription: "the default branch on GitHub",
                pin: Pin(source: github(), locked: tarball(archive, revision: revision)),
                attributes: [
                    "type": "tarball", "url": .string(archive), "sha256": digits, "rev": rev, "owner": "o", "repo": "r",
                    "url_template": template,
                ]),
            Row(
                testDescription: "a tag on GitHub",
                pin: Pin(source: github(["at": "v1"]), locked: tarball(archive, revision: revision)),
                attributes: literal),
            Row(
                testDescription: "a frozen branch on GitHub",
                pin: Pin(
                    source: github(["branch": "main"]), locked: tarball(archive, revision: revision), frozen: Frozen()),
                attributes: literal),
            Row(
                testDescription: "releases on GitHub",
                pin: Pin(
                    source: github(["release": [:]]), locked: tarball(archive, version: "1.0", revision: revision)),
                attributes: .object(literal.object.map { $0.with("version", "1.0") } ?? [:]),
                remark: .notFollowed(github(["release": [:]]))),
            Row(
                testDescription: "GitHub elsewhere",
                pin: Pin(
                    source: github(["host": "github.example.org", "branch": "main"]),
                    locked: tarball(archive, revision: revision)), attributes: literal,
                remark: .notFollowed(github(["host": "github.example.org", "branch": "main"]))),
            Row(
                testDescription: "a channel",
                pin: Pin(
                    source: Source(type: "channel", fields: ["channel": "nixos-unstable"]),
                    locked: tarball("https://releases.example.org/1/nixexprs.tar.xz", version: "1")),
                attributes: [
                    "type": "tarball", "url": "https://releases.example.org/1/nixexprs.tar.xz", "sha256": digits,
                    "url_template": "https://releases.example.org/1/nixexprs.tar.xz", "version": "1",
                ], remark: .notFollowed(Source(type: "channel", fields: ["channel": "nixos-unstable"]))),
            Row(
                testDescription: "an archive",
                pin: Pin(
                    source: Source(type: "tarball", fields: ["url": "https://example.org/a.tar.gz"]),
                    locked: tarball("https://example.org/a.tar.gz")),
                attributes: [
                    "type": "tarball", "url": "https://example.org/a.tar.gz", "sha256": digits,
                    "url_template": "https://example.org/a.tar.gz",
                ]),
            Row(
                testDescription: "a URL that niv would take for a template",
                pin: Pin(
                    source: Source(type: "tarball", fields: ["url": "https://example.org/<a>.tar.gz"]),
                    locked: tarball("https://example.org/<a>.tar.gz")),
                attributes: ["type": "tarball", "url": "https://example.org/<a>.tar.gz", "sha256": digits]),
            Row(
                testDescription: "a file",
                pin: Pin(
                    source: Source(type: "file", fields: ["url": "https://example.org/a.txt"]),
                    locked: Locked(fetch: .file(url: "https://example.org/a.txt", hash: hash, name: "a.txt"))),
                attributes: [
                    "type": "file", "url": "https://example.org/a.txt", "sha256": digits,
                    "url_template": "https://example.org/a.txt",
                ]),
            Row(
                testDescription: "a package",
                pin: Pin(
                    source: Source(type: "pypi", fields: ["name": "p"]),
                    locked: Locked(
                        fetch: .file(url: "https://example.org/p-1.tar.gz", hash: hash, name: "p-1.tar.gz"),
                        version: "1")),
                attributes: [
                    "type": "file", "url": "https://example.org/p-1.tar.gz", "sha256": digits,
                    "url_template": "https://example.org/p-1.tar.gz", "version": "1",
                ], remark: .notFollowed(Source(type: "pypi", fields: ["name": "p"]))),
            Row(
                testDescription: "a branch of a repository",
                pin: Pin(source: repository(["branch": "main"]), locked: git("refs/heads/main")),
                attributes: ["type": "git", "repo": "https://git.example.org/r.git", "rev": rev, "branch": "main"]),
            Row(
                testDescription: "a repository with its submodules",
                pin: Pin(source: repository(["submodules": true]), locked: git("refs/heads/main", submodules: true)),
                attributes: [
                    "type": "git", "repo": "https://git.example.org/r.git", "rev": rev, "branch": "main",
                    "submodules": true,
                ]),
            Row(
                testDescription: "a tag of a repository",
                pin: Pin(source: repository(["at": "v1"]), locked: git("refs/tags/v1")),
                attributes: [
                    "type": "git", "repo": "https://git.example.org/r.git", "rev": rev, "ref": "refs/tags/v1",
                ],
                remark: .movesThere),
            Row(
                testDescription: "the releases of a repository",
                pin: Pin(source: repository(["release": [:]]), locked: git("refs/tags/v1")),
                attributes: [
                    "type": "git", "repo": "https://git.example.org/r.git", "rev": rev, "ref": "refs/tags/v1",
                ],
                remark: .movesThere),
            Row(
                testDescription: "a frozen branch of a repository",
                pin: Pin(source: repository(["branch": "main"]), locked: git("refs/heads/main"), frozen: Frozen()),
                attributes: ["type": "git", "repo": "https://git.example.org/r.git", "rev": rev, "branch": "main"],
                remark: .movesThere),
            Row(
                testDescription: "a commit under no ref", pin: Pin(source: repository(["at": rev]), locked: git(nil)),
                attributes: ["type": "git", "repo": "https://git.example.org/r.git", "rev": rev, "ref": "HEAD"],
                remark: .movesThere),
        ]
    }()

    @Test(arguments: rows)
    func everyKindIsWrittenAsNivHasIt(_ row: Row) throws {
        let file = try #require(ForeignTool.niv.write(pins(["a pin": row.pin])))
        #expect(try JSON(parsing: file.bytes)["a pin"] == row.attributes)
        #expect(file.remarks == (row.remark.map { [PinRemark(name: "a pin", remark: $0)] } ?? []))
        #expect(file.skipped == [])
    }

    /// Nothing is lost on the way there and back: the same is fetched, and what has a hash there has the same hash.
    @Test(arguments: rows)
    func whatIsWrittenIsReadAsTheSame(_ row: Row) throws {
        let file = try #require(ForeignTool.niv.write(pins(["a pin": row.pin])))
        let pin = try #require(ForeignTool.niv.read(file.bytes, at: Reading.hosts).pins.first)
        switch pin.state {
        case .locked(let locked):
            #expect(locked.fetch == row.pin.locked.fetch)
            #expect(locked.revision == row.pin.locked.revision)
        case .unhashed(let resolution, _, let reason):
            #expect(reason == .noHash)
            #expect(row.pin.locked.fetch.fetcher == "git")
            #expect(resolution.revision == row.pin.locked.revision)
        }
        #expect(pin.note == row.pin.note)
    }

    /// What is fetched is the same whenever an update comes, and so is what niv does.
    @Test(arguments: rows)
    func whenAPinIsUpdatedIsSaidAndChangesNothing(_ row: Row) throws {
        var pin = row.pin
        pin.source.fields.merge(["group": "g", "minimumAge": 7, "schedule": "weekly"])
        let file = try #require(ForeignTool.niv.write(pins(["p": pin])))
        #expect(file.skipped == [])
        #expect(try JSON(parsing: file.bytes)["p"] == row.attributes)
        let leftOut = ExportRemark.leftOut(["source.group", "source.minimumAge", "source.schedule"])
        #expect(file.remarks.last?.remark == leftOut)
        #expect(file.remarks.count == (row.remark == nil ? 1 : 2))
        if case .movesThere? = row.remark { #expect(file.remarks.first?.remark == .movesThere) }
    }

    @Test func whatNivHasNoPlaceForIsSaid() throws {
        let pin = Pin(
            source: Self.repository(["branch": "main", "dir": "sub"]), locked: Self.git("refs/heads/main"),
            frozen: Frozen(reason: "2.0 is broken", since: "2026-01-01"), note: "A tool", unknown: ["later": 1])
        let file = try #require(ForeignTool.niv.write(pins(["p": pin])))
        #expect(
            file.remarks == [
                PinRemark(name: "p", remark: .movesThere),
                PinRemark(name: "p", remark: .leftOut(["source.dir", "frozen.reason", "later"])),
            ])
        #expect(try JSON(parsing: file.bytes)["p"]?["description"] == "A tool")
    }

    @Test func whatNivCannotHaveIsListed() throws {
        let image = OCIFetch(
            image: "docker.io/library/a", tag: "1", digest: "sha256:" + Self.hash.hex, os: "linux", arch: "amd64",
            hash: Self.hash)
        let file = try #require(
            ForeignTool.niv.write(
                pins([
                    "image": Pin(source: Source(type: "oci"), locked: Locked(fetch: .oci(image))),
                    "later": Pin(source: Source(type: "x"), locked: Locked(fetch: .other(fetcher: "hologram"))),
                    "lfs": Pin(source: Self.repository(), locked: Self.git("refs/heads/main", lfs: true)),
                    "attributes": Pin(
                        source: Self.repository(),
                        locked: Self.git("refs/heads/main", attributes: ["eol", "export-ignore"])),
                ])))
        #expect(file.bytes == Array("{}\n".utf8))
        #expect(
            file.skipped == [
                SkippedPin(name: "attributes", reason: .attributes(["eol", "export-ignore"])),
                SkippedPin(name: "image", reason: .noCounterpart("oci")),
                SkippedPin(name: "later", reason: .noCounterpart("hologram")),
                SkippedPin(name: "lfs", reason: .noCounterpart("git with LFS objects")),
            ])
    }

    private func pins(_ all: [String: Pin]) throws -> Pins {
        var pins = Pins()
        for (name, pin) in all { try pins.insert(pin, as: PinName(name)) }
        return pins
    }
}

extension JSONObject {
    fileprivate func with(_ key: String, _ value: JSON) -> JSONObject {
        var copy = self
        copy[key] = value
        return copy
    }
}
