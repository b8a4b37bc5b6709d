import JSON
import Lockfile
import Migration
import Resolvers
import Testing

/// What is written as npins' lock.
struct NpinsWritingTests {
    private static let hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    private static let revision = String(repeating: "1", count: 40)

    private func write(_ pin: JSON, defaultBranch: String? = nil) throws -> (JSON?, SkipReason?) {
        let name = try PinName("pin")
        var pins = Pins()
        try pins.insert(try Pin(json: pin), as: name)
        let branches = defaultBranch.map { [name: $0] } ?? [:]
        let file = try #require(ForeignTool.npins.write(pins, defaultBranches: branches))
        let document = try JSON(parsing: file.bytes)
        #expect(document["version"] == 8)
        #expect((document["pins"]?["pin"] == nil) == (file.skipped.first?.name == "pin"))
        return (document["pins"]?["pin"], file.skipped.first?.reason)
    }

    private static func tarball(_ source: JSON, version: String? = nil, url: String = "https://h/x.tar.gz") -> JSON {
        var locked: JSONObject = [
            "fetcher": "tarball", "url": .string(url), "hash": .string(hash), "revision": .string(revision),
        ]
        locked["version"] = version.map { .string($0) }
        return ["source": source, "locked": .object(locked)]
    }

    private static func file(_ source: JSON) -> JSON {
        [
            "source": source,
            "locked": [
                "fetcher": "file", "url": "https://h/f.tar.gz", "name": "f.tar.gz", "hash": .string(hash),
                "version": "1.2",
            ],
        ]
    }

    private static func git(_ source: JSON, _ more: JSONObject = [:]) -> JSON {
        var locked: JSONObject = [
            "fetcher": "git", "url": "https://h/x.git", "hash": .string(hash), "revision": .string(revision),
            "ref": "refs/heads/trunk",
        ]
        locked.merge(more)
        return ["source": source, "locked": .object(locked)]
    }

    private static func image(_ os: String, at: Bool = false) -> JSON {
        let digest = JSON.string("sha256:" + String(repeating: "c", count: 64))
        var source: JSONObject = [
            "type": "oci", "image": "docker.io/library/a", "tag": "1", "os": .string(os), "arch": "arm64",
        ]
        if at { source["at"] = digest }
        return [
            "source": .object(source),
            "locked": [
                "fetcher": "oci", "image": "docker.io/library/a", "tag": "1", "os": .string(os), "arch": "arm64",
                "digest": digest, "hash": .string(hash),
            ],
        ]
    }

    private static let gitHub: JSON = ["type": "GitHub", "owner": "a", "repo": "b"]

    /// A pin, and all of what is written but `hash`, and of a repository `revision`.
    private static let written: [(JSON, JSON)] = [
        (
            tarball(["type": "github", "owner": "a", "repo": "b", "branch": "main"]),
            ["type": "Git", "repository": gitHub, "branch": "main", "submodules": false, "url": "https://h/x.tar.gz"]
        ),
        (
            git(["type": "github", "owner": "a", "repo": "b", "submodules": true], ["submodules": true]),
            ["type": "Git", "repository": gitHub, "branch": "trunk", "submodules": true, "url": .null]
        ),
        (
            tarball(["type": "gitlab", "owner": "g/s", "repo": "b", "host": "git.h", "branch": "main"]),
            [
                "type": "Git", "branch": "main", "submodules": false, "url": "https://h/x.tar.gz",
                "repository": ["type": "GitLab", "repo_path": "g/s/b", "server": "https://git.h/"],
            ]
        ),
        (
            tarball(["type": "forgejo", "owner": "a", "repo": "b", "branch": "main"]),
            [
                "type": "Git", "branch": "main", "submodules": false, "url": "https://h/x.tar.gz",
                "repository": ["type": "Forgejo", "owner": "a", "repo": "b", "server": "https://codeberg.org/"],
            ]
        ),
        // What npins has no word for is a repository all the same.
        (
            tarball(["type": "github", "owner": "a", "repo": "b", "host": "ghe.h", "branch": "main"]),
            [
                "type": "Git", "branch": "main", "submodules": false, "url": "https://h/x.tar.gz",
                "repository": ["type": "Git", "url": "https://ghe.h/a/b.git"],
            ]
        ),
        (
            tarball(["type": "sourcehut", "owner": "~a", "repo": "b", "branch": "main"]),
            [
                "type": "Git", "branch": "main", "submodules": false, "url": "https://h/x.tar.gz",
                "repository": ["type": "Git", "url": "https://git.sr.ht/~a/b"],
            ]
        ),
        (
            git(["type": "git", "url": "https://h/x.git"]),
            [
                "type": "Git", "branch": "trunk", "submodules": false, "url": .null,
                "repository": ["type": "Git", "url": "https://h/x.git"],
            ]
        ),
        (
            tarball(
                [
                    "type": "github", "owner": "a", "repo": "b",
                    "release": ["prefix": "r-", "range": "<2", "preReleases": true],
                ],
                version: "1.2"),
            [
                "type": "GitRelease", "repository": gitHub, "version": "r-1.2", "release_prefix": "r-",
                "version_upper_bound": "2", "pre_releases": true, "submodules": false, "url": "https://h/x.tar.gz",
            ]
        ),
        (
            tarball(["type": "github", "owner": "a", "repo": "b", "release": [:]], version: "1.2"),
            [
                "type": "GitRelease", "repository": gitHub, "version": "1.2", "release_prefix": .null,
                "version_upper_bound": .null, "pre_releases": false, "submodules": false, "url": "https://h/x.tar.gz",
            ]
        ),
        // What stays where it is, is a URL that does.
        (
            tarball(["type": "github", "owner": "a", "repo": "b", "at": "v1"]),
            ["type": "Url", "url": "https://h/x.tar.gz", "unpack": true]
        ),
        (
            file(["type": "crates", "name": "a", "at": "1.2"]),
            ["type": "Url", "url": "https://h/f.tar.gz", "unpack": false]
        ),
        (
            file(["type": "file", "url": "https://h/f.tar.gz"]),
            ["type": "Url", "url": "https://h/f.tar.gz", "unpack": false]
        ),
        (
            tarball(["type": "tarball", "url": "https://h/latest", "mutable": true]),
            ["type": "MutableUrl", "update_url": "https://h/latest", "url": "https://h/x.tar.gz", "unpack": true]
        ),
        (
            tarball(["type": "channel", "channel": "nixos-unstable"]),
            [
                "type": "Channel", "name": "nixos-unstable", "artifact": "nixexprs.tar.xz",
                "url": "https://h/x.tar.gz",
            ]
        ),
        (
            file(["type": "channel", "channel": "nixos-unstable", "artifact": "packages.json.br"]),
            [
                "type": "MutableUrl", "update_url": "https://channels.nixos.org/nixos-unstable/packages.json.br",
                "url": "https://h/f.tar.gz", "unpack": false,
            ]
        ),
        (
            file(["type": "pypi", "name": "a", "range": "<2"]),
            [
                "type": "PyPi", "name": "a", "version": "1.2", "version_upper_bound": "2", "url": "https://h/f.tar.gz",
            ]
        ),
        (
            image("linux"),
            [
                "type": "Container", "image_name": "docker.io/library/a", "image_tag": "1", "arch": "arm64",
                "image_digest": .string("sha256:" + String(repeating: "c", count: 64)),
            ]
        ),
    ]

    @Test(arguments: written) func whatIsWritten(_ pin: JSON, _ expected: JSON) throws {
        var members = try #require(expected.object)
        members["hash"] = .string(Self.hash)
        if members["repository"] != nil { members["revision"] = .string(Self.revision) }
        let (entry, reason) = try write(pin)
        #expect(entry == .object(members))
        #expect(reason == nil)
    }

    @Test func whatIsFrozenIsFrozenThere() throws {
        var pin = try #require(Self.written[0].0.object)
        pin["frozen"] = ["reason": "why"]
        #expect(try write(.object(pin)).0?["frozen"] == true)
        // And so is what stays at a digest.
        #expect(try write(Self.image("linux", at: true)).0?["frozen"] == true)
    }

    /// A folder in the tree, remarks of people, and what a later version may write.
    @Test func whatNpinsHasNoPlaceForIsSaid() throws {
        func remarks(_ change: (inout JSONObject) -> Void) throws -> [PinRemark] {
            var pin = try #require(Self.written[0].0.object)
            change(&pin)
            var pins = Pins()
            try pins.insert(try Pin(json: .object(pin)), as: PinName("p"))
            return try #require(ForeignTool.npins.write(pins)).remarks
        }
        #expect(try remarks { _ in } == [])
        #expect(try remarks { $0["frozen"] = ["since": "2026-01-01"] } == [])
        let all = try remarks { pin in
            pin["source"] = ["type": "github", "owner": "a", "repo": "b", "branch": "main", "dir": "sub"]
            pin["note"] = "A tool"
            pin["frozen"] = ["since": "2026-01-01", "reason": "2.0 is broken"]
            pin["later"] = 1
        }
        #expect(
            all == [PinRemark(name: "p", remark: .leftOut(["source.dir", "note", "frozen.reason", "later"]))])
    }

    /// What is fetched is the same whenever an update comes.
    @Test func whenAPinIsUpdatedKeepsNoneFromNpins() throws {
        let timing: JSONObject = ["group": "g", "minimumAge": 7, "schedule": "weekly"]
        for (pin, expected) in Self.written {
            let plain = try Pin(json: pin)
            var timed = plain
            timed.source.fields.merge(timing)
            #expect(ForeignTool.npins.needsDefaultBranch(timed) == ForeignTool.npins.needsDefaultBranch(plain))
            let (entry, reason) = try write(timed.json)
            #expect(reason == nil)
            #expect(entry == (try write(pin).0), "\(expected)")
            var pins = Pins()
            try pins.insert(timed, as: PinName("p"))
            let fields = ["source.group", "source.minimumAge", "source.schedule"]
            #expect(
                try #require(ForeignTool.npins.write(pins)).remarks
                    == [PinRemark(name: "p", remark: .leftOut(fields))])
        }
    }

    @Test func aDefaultBranchHasToBeKnown() throws {
        let pin = Self.tarball(["type": "github", "owner": "a", "repo": "b"])
        #expect(ForeignTool.npins.needsDefaultBranch(try Pin(json: pin)))
        #expect(try write(pin).1 == .defaultBranch)
        #expect(try write(pin, defaultBranch: "main").0?["branch"] == "main")
        for (told, _) in Self.written { #expect(!ForeignTool.npins.needsDefaultBranch(try Pin(json: told)), "\(told)") }
    }

    @Test(arguments: [
        (file(["type": "crates", "name": "a"]), SkipReason.noCounterpart("crates")),
        (file(["type": "pypi", "name": "a", "range": ">=1,<2"]), .notTracked(">=1,<2")),
        (file(["type": "pypi", "name": "a", "range": "<=2"]), .notTracked("<=2")),
        (file(["type": "pypi", "name": "a", "preReleases": true]), .notTracked("preReleases")),
        (
            tarball(["type": "github", "owner": "a", "repo": "b", "release": ["range": "~=1.2"]], version: "1.2"),
            .notTracked("~=1.2")
        ),
        (tarball(["type": "github", "owner": "a", "repo": "b", "release": [:]]), .notLocked),
        (git(["type": "git", "url": "https://h/x.git", "at": "v1"]), .notTracked("at")),
        (git(["type": "git", "url": "https://h/x.git", "lfs": true], ["lfs": true]), .notTracked("lfs")),
        (
            git(["type": "git", "url": "https://h/x.git"], ["attributes": ["eol", "export-ignore"]]),
            .attributes(["eol", "export-ignore"])
        ),
        (image("windows"), .notTracked("os windows")),
        (["source": ["type": "new"], "locked": ["fetcher": "newer"]] as JSON, .noCounterpart("newer")),
    ])
    func whatIsNotWritten(_ pin: JSON, _ reason: SkipReason) throws {
        #expect(try write(pin).1 == reason)
    }

    /// What is read of what was written is what there was.
    @Test(arguments: 1...8) func thereAndBack(_ version: Int) throws {
        let lock = try ForeignTool.npins.read(try Reading.fixture("npins/version-\(version).json"))
        var pins = Pins()
        for pin in lock.pins {
            guard case .locked(let locked) = pin.state else { continue }
            try pins.insert(
                Pin(source: pin.source.source, locked: locked, frozen: pin.isFrozen ? Frozen() : nil),
                as: PinName(pin.name))
        }
        let file = try #require(ForeignTool.npins.write(pins))
        #expect(file.skipped.isEmpty)
        let again = try ForeignTool.npins.read(file.bytes)
        let kept = ForeignLock(pins: lock.pins.filter { if case .locked = $0.state { true } else { false } })
        #expect(Reading.json(again) == Reading.json(kept))
    }
}
