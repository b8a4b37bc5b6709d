import Foundation
import JSON
import NixHash
import Support
import Testing

/// Packages of registries, pinned by the built program from servers that answer as the registries do.
struct RegistryTests {
    /// A registry with a package in two states, and a project that is pointed to it.
    struct Setting {
        let server: RegistryServer
        let project: Project
        /// How the package is pinned.
        let notation: String
        /// The version that is the newest at first, and its file.
        let version: String
        let file: RegistryServer.File
        /// What stands in the fixtures for what.
        let values: [String: String]

        var url: String { server.web.url("/\(file.path)") }

        /// What OpenSSL says the file's SHA-256 is, as Nix writes it.
        func hash() async throws -> String {
            let said = try await run(["openssl", "dgst", "-sha256", "-binary"], input: file.bytes)
            return "sha256-" + Data(said.stdoutBytes).base64EncodedString()
        }
    }

    static let types = ["pypi", "crates", "npm", "rubygems", "hackage", "cran"]

    /// Source archives that Nix can unpack too.
    private static func archive(_ text: String) async throws -> [UInt8] {
        let folder = TemporaryDirectory()
        try folder.write("thing/contents", text)
        return try await run(["tar", "-cz", "thing"], directory: folder.path).stdoutBytes
    }

    private static func setUp(_ type: String, locations: [String] = []) async throws -> Setting {
        let server = try await RegistryServer(type, locations: locations)
        let old = try await archive("the first")
        let new = try await archive("the second")
        let (version, path, _, newerPath, keys) = names(type)
        let file = RegistryServer.File(path, old)
        let values = try await server.publish([keys.0: file, keys.1: .init(newerPath, new)])
        let setting = Setting(
            server: server, project: try Project(server.environment), notation: "\(type):thing", version: version,
            file: file, values: values)
        try answer(setting, isNewer: false)
        return setting
    }

    /// The first version and its file, the second and its, and the keys that the fixtures have for them.
    private static func names(_ type: String) -> (String, String, String, String, (String, String)) {
        switch type {
        case "pypi":
            ("1.2", "packages/thing_py-1.2.tar.gz", "1.10", "packages/thing_py-1.10.tar.gz", ("s12", "s110"))
        case "crates": ("0.9.0", "dl/Thing/0.9.0/download", "0.10.0", "dl/Thing/0.10.0/download", ("c090", "c0100"))
        case "npm": ("1.2.0", "tarballs/thing-1.2.0.tgz", "1.10.0", "tarballs/thing-1.10.0.tgz", ("n120", "n1100"))
        case "rubygems": ("1.9.0", "gems/thing-1.9.0.gem", "1.10.0", "gems/thing-1.10.0.gem", ("g190", "g1100"))
        case "hackage":
            (
                "1.9", "package/thing-1.9/thing-1.9.tar.gz", "1.10.1", "package/thing-1.10.1/thing-1.10.1.tar.gz",
                ("h19", "h1101")
            )
        default: ("1.9", "src/contrib/thing_1.9.tar.gz", "1.10-2", "src/contrib/thing_1.10-2.tar.gz", ("r19", "r110"))
        }
    }

    /// What the registry says before or after its second version came.
    private static func answer(_ setting: Setting, isNewer: Bool, spoiling spoil: (String) -> String = { $0 }) throws {
        let (server, values) = (setting.server, setting.values)
        func put(_ fixture: String, at path: String, _ more: [String: String] = [:], _ change: (JSON) -> JSON) throws {
            let text = spoil(try server.text(fixture, values.merging(more) { $1 }))
            let json = try JSON(parsing: Array(text.utf8))
            try server.web.put(path, (isNewer ? json : change(json)).serialized())
        }
        switch server.registry {
        case "pypi":
            for path in ["pypi/thing-py/json", "pypi/thing/json"] {
                try put("project.json", at: path) { $0.keeping(["1.2", "0.9"], in: "releases") }
            }
        case "crates":
            try server.answer("config.json", at: "config.json")
            let lines = spoil(try server.text("index", values)).split(separator: "\n")
            try server.web.put("th/in/thing", (isNewer ? lines[...] : lines.prefix(1)).joined(separator: "\n") + "\n")
        case "npm":
            let latest = ["@LATEST@": isNewer ? "1.10.0" : "1.2.0", "@NAME@": "thing"]
            try put("full.json", at: "thing", latest) { $0 }
        case "rubygems":
            try put("versions.json", at: "api/v1/versions/thing.json") {
                .array(($0.array ?? []).filter { $0["number"] == "1.9.0" })
            }
        case "hackage":
            try put("preferred.json", at: "package/thing/preferred") { _ in ["normal-version": ["1.9"]] }
        default:
            let (key, version) = isNewer ? ("@r110.md5@", "1.10-2") : ("@r19.md5@", "1.9")
            let more = ["@VERSION@": version, "@MD5@": values[key] ?? ""]
            try server.web.put("src/contrib/PACKAGES", spoil(try server.text("PACKAGES", more)))
        }
    }

    /// A version may have two source archives, of which another tool has locked the one that is not taken here.
    @Test func theFileOfAVersionThatIsLockedStays() async throws {
        let server = try await RegistryServer("pypi")
        let taken = RegistryServer.File("packages/thing_py-1.2.tar.gz", try await Self.archive("a tar archive"))
        let locked = RegistryServer.File("packages/thing_py-1.2.zip", Array("no zip archive".utf8))
        let values = try await server.publish(["s12": taken, "z12": locked])
        let answer = try JSON(parsing: Array(try server.text("project.json", values).utf8))
        try server.web.put("pypi/thing-py/json", answer.keeping(["1.2"], in: "releases").serialized())
        let project = try Project(server.environment)
        let hash = try await Setting(
            server: server, project: project, notation: "", version: "", file: locked, values: values
        ).hash()
        let theirs: JSON = [
            "version": 8,
            "pins": [
                "thing": [
                    "type": "PyPi", "name": "thing-py", "version": "1.2", "version_upper_bound": .null,
                    "url": .string(server.web.url("/\(locked.path)")), "hash": .string(hash),
                ]
            ],
        ]
        try project.write("npins/sources.json", String(decoding: theirs.serialized(), as: UTF8.self))
        try await project.pinr("import", "npins").expect(0)
        let lock = try project.lock()
        for command in [["update"], ["update", "--refetch"], ["update", "thing", "--to", "1.2"]] {
            let run = try await project.pinr(command).expect(0)
            #expect(run.lines == ["1 pin is up to date"], "\(run)")
        }
        try await project.pinr("verify").expect(0)
        #expect(try project.lock() == lock)

        // Another file in its place is no update, and neither is the other archive when it is gone.
        let wrong = values.merging(["@z12.sha256@": String(repeating: "0", count: 64)]) { $1 }
        let answerNow = try JSON(parsing: Array(try server.text("project.json", wrong).utf8))
        let text = String(decoding: answerNow.keeping(["1.2"], in: "releases").serialized(), as: UTF8.self)
        let gone = text.replacing("thing_py-1.2.zip", with: "thing_py-1.2.tar.bz2")
        for (text, file) in [(text, locked.path), (gone, taken.path)] {
            try server.web.put("pypi/thing-py/json", text)
            let run = try await project.pinr("update", "--json")
            #expect(run.status == 1)
            #expect(try run.json["failed"]?[0]?["error"]?["url"] == .string(server.web.url("/\(file)")), "\(run)")
            #expect(try project.lock() == lock)
        }
    }

    // MARK: The main job

    @Test(arguments: types)
    func aPackageIsPinnedUpdatedAndVerified(_ type: String) async throws {
        let setting = try await Self.setUp(type)
        let (project, url) = (setting.project, setting.url)
        try await project.pinr("add", setting.notation).expect(0)
        let shown = try await project.pinr("show", "thing", "--json").expect(0).json["pins"]?["thing"]
        #expect(shown?["source"] == ["name": "thing", "type": .string(type)])
        #expect(shown?["locked"]?["fetcher"] == "file")
        #expect(shown?["locked"]?["url"] == .string(url))
        #expect(shown?["locked"]?["version"] == .string(setting.version))
        #expect(shown?["locked"]?["hash"] == .string(try await setting.hash()))
        #expect(shown?["locked"]?["name"] == .string(url.split(separator: "/").last.map(String.init) ?? ""))
        #expect(shown?["locked"]?["revision"] == nil)
        #expect(shown?["locked"]?["lastModified"]?.integer != nil)
        try await project.pinr("verify").expect(0)
        #expect(try await project.pinr("update").expect(0).lines == ["1 pin is up to date"])
        // The same again changes nothing.
        let before = try project.read("pins/pins.json")
        try await project.pinr("add", setting.notation).expect(0, quietly: false)
        #expect(try project.read("pins/pins.json") == before)

        try Self.answer(setting, isNewer: true)
        let newer = Self.names(type).2
        let run = try await project.pinr("update").expect(0, quietly: false)
        #expect(run.lines == ["thing: \(setting.version) → \(newer)"])
        #expect(try project.pin("thing")["locked"]?["version"] == .string(newer))
        try await project.pinr("verify").expect(0)
        let explained = try await project.pinr("explain", "thing", "--json").expect(0, quietly: false).json
        let chosen = explained["seen"]?.array?.filter { $0["verdict"] == "chosen" }
        #expect(chosen?.compactMap { $0["version"]?.string } == [newer])

        // One version stays where it is, whatever comes.
        try await project.pinr("add", setting.notation, "--at", setting.version, "--name", "old")
            .expect(type == "cran" ? 1 : 0, quietly: type != "cran")
        if type != "cran" {
            #expect(try project.pin("old")["locked"]?["hash"] == .string(try await setting.hash()))
            try await project.pinr("update", "old").expect(0)
            #expect(try project.pin("old")["locked"]?["version"] == .string(setting.version))
        }
    }

    @Test(arguments: types)
    func aPackageIsUnpacked(_ type: String) async throws {
        let setting = try await Self.setUp(type)
        try await setting.project.pinr("add", setting.notation, "--unpack").expect(0)
        let pin = try setting.project.pin("thing")
        #expect(pin["source"]?["unpack"] == true)
        #expect(pin["locked"]?["fetcher"] == "tarball")
        let folder = TemporaryDirectory()
        try folder.write("thing/contents", "the first")
        let tree = try await setting.project.pinr("hash", folder.file("thing")).expect(0)
        #expect(pin["locked"]?["hash"]?.string == tree.lines.first)
        #expect(try await setting.project.pinr("update").expect(0).lines == ["1 pin is up to date"])
    }

    @Test(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"), arguments: [false, true])
    func nixFetchesWhatIsLocked(unpacks: Bool) async throws {
        let setting = try await Self.setUp("npm")
        try await setting.project.pinr(["add", setting.notation] + (unpacks ? ["--unpack"] : [])).expect(0)
        let nix = try NixSandbox()
        let path = try await nix.evaluateString("(import \(setting.project.file("pins"))).thing.outPath")
        let real = nix.realPath(path) + (unpacks ? "/contents" : "")
        let expected = unpacks ? Data("the first".utf8) : Data(setting.file.bytes)
        #expect(FileManager.default.contents(atPath: real) == expected)
    }

    @Test(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
    func whatIsLockedOfCRANItselfStaysWhereItIs() async throws {
        let setting = try await Self.setUp("cran", locations: [RegistryServer.permanentAddresses])
        let project = setting.project
        try await project.pinr("add", setting.notation).expect(0)
        let locked = try project.pin("thing")["locked"]
        #expect(locked?["url"] == .string(setting.server.web.url("/package=thing&version=1.9")))
        #expect(locked?["name"] == "thing_1.9.tar.gz")

        let archived = "src/contrib/Archive/thing/thing_1.9.tar.gz"
        for moves in [false, true] {
            if moves {
                try setting.server.web.put(archived, setting.file.bytes)
                try FileManager.default.removeItem(atPath: "\(setting.server.web.root)/\(setting.file.path)")
                try Self.answer(setting, isNewer: true)
            }
            try await project.pinr("verify").expect(0)
            // A store of its own each time, so that Nix has to fetch.
            let nix = try NixSandbox()
            let path = try await nix.evaluateString("(import \(project.file("pins"))).thing.outPath")
            #expect(path.hasSuffix("-thing_1.9.tar.gz"))
            #expect(FileManager.default.contents(atPath: nix.realPath(path)) == Data(setting.file.bytes))
        }
        #expect(try await project.pinr("update").expect(0).lines == ["thing: 1.9 → 1.10-2"])
    }

    @Test(arguments: ["pypi", "crates", "npm", "rubygems"])
    func whatIsTrackedIsChanged(_ type: String) async throws {
        let setting = try await Self.setUp(type)
        try Self.answer(setting, isNewer: true)
        let (project, newer) = (setting.project, Self.names(type).2)
        func version() throws -> JSON? { try project.pin("thing")["locked"]?["version"] }
        try await project.pinr("add", setting.notation).expect(0, quietly: false)
        #expect(try version() == .string(newer))
        try await project.pinr("update", "thing", "--to", setting.version).expect(0, quietly: false)
        #expect(try version() == .string(setting.version))
        #expect(try project.pin("thing")["source"] == ["name": "thing", "type": .string(type)])
        try await project.pinr("update").expect(0, quietly: false)
        #expect(try version() == .string(newer))

        try await project.pinr("set", "thing", "--upper-bound", newer).expect(0, quietly: false)
        #expect(try project.pin("thing")["source"]?["range"] == .string("<\(newer)"))
        #expect(try version() == .string(setting.version))
        try await project.pinr("update").expect(0, quietly: false)
        #expect(try version() == .string(setting.version))

        try await project.pinr("set", "thing", "--at", newer).expect(0, quietly: false)
        #expect(try project.pin("thing")["source"]?["range"] == nil)
        #expect(try version() == .string(newer))

        let before = try project.read("pins/pins.json")
        try await project.pinr("set", "thing", "--at", "77.0.0").expectFailure(saying: "has no version `77.0.0`")
        #expect(try project.read("pins/pins.json") == before)
    }

    // MARK: What is not what it should be

    @Test(arguments: types.filter { $0 != "hackage" })
    func aFileThatIsNotTheOneThatTheRegistryDescribesIsNoPin(_ type: String) async throws {
        let setting = try await Self.setUp(type)
        let project = setting.project
        try setting.server.web.put(setting.file.path, setting.file.bytes.dropLast() + [255])
        for options in [[], ["--unpack"]] {
            // An archive with a wrong end may be found out before its digest is.
            if options.isEmpty {
                try expectError(
                    "hash-mismatch", try await project.pinr(["add", setting.notation, "--json"] + options))
                try await project.pinr(["add", setting.notation] + options)
                    .expectFailure(saying: "is not the file that its registry describes", setting.url)
            } else {
                #expect(try await project.pinr(["add", setting.notation] + options).status == 1)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: project.file("pins")))

        // A pin that is there stays as it is.
        try setting.server.web.put(setting.file.path, setting.file.bytes)
        try await project.pinr("add", setting.notation).expect(0)
        let before = try project.read("pins/pins.json")
        let newer = Self.names(type).3
        try setting.server.web.put(newer, "another file")
        try Self.answer(setting, isNewer: true)
        let update = try await project.pinr("update")
        update.expect(1)
        #expect(update.stderr.contains("is not the file that its registry describes"), "\(update)")
        #expect(try project.read("pins/pins.json") == before)
    }

    @Test func aDigestOfAnotherLengthIsNotPassedOver() async throws {
        let setting = try await Self.setUp("pypi")
        let digest = try #require(setting.values["@s12.sha256@"])
        try Self.answer(setting, isNewer: false) { $0.replacingOccurrences(of: digest, with: "abc") }
        let run = try await setting.project.pinr("add", setting.notation)
        run.expectFailure(saying: "sha256", "64 hexadecimal digits", "/pypi/thing/json")
        try expectError("bad-answer", try await setting.project.pinr("add", setting.notation, "--json"))
    }

    @Test func aWithdrawnVersionIsTakenByNameAlone() async throws {
        let setting = try await Self.setUp("pypi")
        try Self.answer(setting, isNewer: true)
        try setting.server.web.put("packages/thing_py-1.11.tar.gz", "withdrawn")
        // Its digest is not that of the fixture, so that it fails; the warning comes first.
        let run = try await setting.project.pinr("add", setting.notation, "--at", "1.11")
        #expect(run.status == 1)
        #expect(run.stderr.contains("1.11 was withdrawn by its publisher: breaks on Tuesdays"), "\(run)")
        try await setting.project.pinr("add", setting.notation, "--range", "==1.11")
            .expectFailure(saying: "1 withdrawn by its publisher")
    }

    @Test func aFileOfCRANIsFoundWhereItMovedTo() async throws {
        let setting = try await Self.setUp("cran")
        let project = setting.project
        for (name, options) in [("range", ["--range", "<1.10"]), ("at", ["--at", "1.9"])] {
            try await project.pinr(["add", setting.notation, "--name", name] + options).expect(0)
        }
        // A newer version comes, and the old one goes to the Archive.
        try Self.answer(setting, isNewer: true)
        let archived = "src/contrib/Archive/thing/thing_1.9.tar.gz"
        try setting.server.web.put(archived, setting.file.bytes)
        try FileManager.default.removeItem(atPath: "\(setting.server.web.root)/\(setting.file.path)")

        let verified = try await project.pinr("verify").expect(0, quietly: false)
        #expect(verified.lines == ["at: ok", "range: ok"])
        #expect(verified.stderr.contains("it has moved") && verified.stderr.contains(archived), "\(verified)")
        let new = setting.server.web.url("/\(archived)")
        let run = try await project.pinr("update").expect(0)
        #expect(run.lines == ["at: \(setting.url) → \(new)", "range: \(setting.url) → \(new)"])
        for name in ["at", "range"] {
            #expect(try project.pin(name)["locked"]?["url"] == .string(new))
            #expect(try project.pin(name)["locked"]?["hash"] == .string(try await setting.hash()))
        }
        try await project.pinr("verify").expect(0)
        #expect(try await project.pinr("update").expect(0).lines == ["2 pins are up to date"])

        // Another file in the Archive is not what was pinned.
        try project.edit("\"url\": \"\(new)\"", to: "\"url\": \"\(setting.url)\"")
        try setting.server.web.put(archived, "another file")
        try await project.pinr("verify").expect(2, quietly: false)
        let before = try project.read("pins/pins.json")
        for name in ["at", "range"] {
            let update = try await project.pinr("update", name)
            update.expect(1)
            #expect(update.stderr.contains("another file than the one that is locked"), "\(update)")
        }
        #expect(try project.read("pins/pins.json") == before)
    }

    /// A registry that gives other bytes for a version, and their digests, is not followed.
    @Test(arguments: types)
    func aVersionThatBecomesAnotherFileIsRefused(_ type: String) async throws {
        let setting = try await Self.setUp(type)
        let project = setting.project
        try await project.pinr("add", setting.notation).expect(0)
        try await project.pinr("add", setting.notation, "--unpack", "--name", "tree").expect(0)
        let before = try project.read("pins/pins.json")
        let other = RegistryServer.File(setting.file.path, try await Self.archive("something else"))
        let values = try await setting.server.publish([Self.names(type).4.0: other])
        let changed = Setting(
            server: setting.server, project: project, notation: setting.notation, version: setting.version,
            file: other, values: setting.values.merging(values) { $1 })
        try Self.answer(changed, isNewer: false)

        for name in ["thing", "tree"] {
            let run = try await project.pinr("update", name, "--refetch", "--json")
            run.expect(1, quietly: false)
            #expect(try run.json["failed"]?[0]?["error"]?["code"]?.string == "hash-mismatch")
            #expect(run.stderr.contains("another file than the one that is locked"), "\(run)")
        }
        // Where the registry states what Nix checks, nothing need be fetched to find that out.
        let statesSHA256 = ["pypi", "crates", "rubygems"].contains(type)
        try await project.pinr("update", "thing").expect(statesSHA256 ? 1 : 0)
        let explained = try await project.pinr("explain", "thing", "--json")
        explained.expect(statesSHA256 ? 1 : 0, quietly: false)
        #expect(try explained.json["update"]?["action"]?.string == (statesSHA256 ? "fail" : "none"))
        #expect(try project.read("pins/pins.json") == before)
        // Whoever has looked at it can have it.
        try await project.pinr("add", setting.notation, "--force").expect(0, quietly: false)
        #expect(try project.pin("thing")["locked"]?["hash"] == .string(try await changed.hash()))
    }

    /// The same version at a mirror is another URL, and has to be the same file.
    @Test(arguments: types)
    func aMirrorWithAnotherFileIsNotFollowed(_ type: String) async throws {
        let setting = try await Self.setUp(type)
        let mirror = try await Self.setUp(type)
        let project = setting.project
        try await project.pinr("add", setting.notation).expect(0)
        let before = try project.read("pins/pins.json")
        let other = RegistryServer.File(setting.file.path, try await Self.archive("something else"))
        let values = try await mirror.server.publish([Self.names(type).4.0: other])
        let changed = Setting(
            server: mirror.server, project: project, notation: setting.notation, version: setting.version, file: other,
            values: mirror.values.merging(values) { $1 })
        try Self.answer(changed, isNewer: false)
        for command in [["update"], ["update", "thing", "--to", setting.version], ["set", "thing", "--range", ">=0"]] {
            let run = try await project.pinr(command, environment: mirror.server.environment)
            run.expect(1)
            #expect(run.stderr.contains("another file than the one that is locked"), "\(run)")
            #expect(try project.read("pins/pins.json") == before)
        }
    }

    @Test func aWeakDigestIsNotTakenInThePlaceOfABrokenOne() async throws {
        let setting = try await Self.setUp("npm")
        let digest = try #require(setting.values["@n120.sha512@"])
        // The SHA-1 beside it is right.
        try Self.answer(setting, isNewer: false) {
            $0.replacingOccurrences(of: "sha512-\(digest)", with: "sha512-\(digest.prefix(40))")
        }
        try expectError("bad-answer", try await setting.project.pinr("add", setting.notation, "--json"))
    }

    @Test func anotherSpellingOfTheLockedVersionIsNotFollowedSilently() async throws {
        let setting = try await Self.setUp("crates")
        func offer(_ versions: String...) async throws {
            var lines: [String] = []
            for version in versions {
                let file = RegistryServer.File("dl/Thing/\(version)/download", Array("the file of \(version)".utf8))
                let values = try await setting.server.publish(["x": file])
                lines.append(
                    "{\"name\":\"Thing\",\"vers\":\"\(version)\",\"cksum\":\"\(values["@x.sha256@"] ?? "")\",\"yanked\":false}"
                )
            }
            try setting.server.web.put("th/in/thing", lines.joined(separator: "\n") + "\n")
        }
        let project = setting.project
        func version() throws -> String? { try project.pin("thing")["locked"]?["version"]?.string }
        try await offer("1.0.0+2")
        try await project.pinr("add", setting.notation).expect(0)
        try await offer("1.0.0+1", "1.0.0+2")
        try await project.pinr("update").expect(0)
        // A later build is one.
        try await offer("1.0.0+2", "1.0.0+3")
        try await project.pinr("update").expect(0, quietly: false)
        #expect(try version() == "1.0.0+3")
        // An earlier one is none, and neither is the version without a build.
        for other in ["1.0.0+2", "1.0.0"] {
            try await offer(other)
            let run = try await project.pinr("update").expect(0, quietly: false)
            #expect(run.stderr.contains("`\(other)` has come in the place of 1.0.0+3"), "\(run)")
            #expect(try version() == "1.0.0+3")
        }
        try await project.pinr("update", "thing", "--to", "1.0.0").expect(0, quietly: false)
        #expect(try version() == "1.0.0")
    }

    // MARK: Servers that do not do what they should

    private static let misbehaving = [
        "location /limited/ { add_header Retry-After 86400 always; return 429; }",
        "location /forbidden/ { return 403; }",
        "location /failing/ { return 503; }", "location /loop/ { return 302 /loop/x; }",
        "location /page/ { default_type text/html; return 200 '<!DOCTYPE html><title>Log in</title>'; }",
    ]

    @Test(arguments: types)
    func aServerThatDoesNotAnswerAsARegistryIsNamed(_ type: String) async throws {
        let server = try await RegistryServer(type, locations: Self.misbehaving)
        let project = try Project()
        let name = "\(type):thing"
        for (path, code) in [
            ("limited", "rate-limited"), ("forbidden", "auth"), ("failing", "network"), ("loop", "network"),
            ("page", "bad-answer"), ("nothing", "not-found"),
        ] {
            let variables = ["PINR_\(type.uppercased())_HOST": server.web.url("/\(path)/")]
            let run = try await project.pinr("add", name, "--retries", "0", "--json", environment: variables)
            try expectError(code, run)
            #expect(try run.json["error"]?["url"]?.string?.hasPrefix(server.web.url("/\(path)/")) == true, "\(run)")
        }
        let cut = try await CutServer()
        defer { cut.stop() }
        let variables = ["PINR_\(type.uppercased())_HOST": "http://127.0.0.1:\(cut.port)"]
        let run = try await project.pinr("add", name, "--retries", "0", "--json", environment: variables)
        try expectError("network", run)
        #expect(try run.json["error"]?["message"]?.string?.contains("cut short") == true, "\(run)")
        #expect(!FileManager.default.fileExists(atPath: project.file("pins")))
    }

    @Test func aFailureThatPassesIsTriedAgain() async throws {
        let setting = try await Self.setUp("rubygems")
        let server = try await HandlerServer(
            """
            seen = vars(self.server).setdefault("seen", set())
            if path in seen:
                self.reply(302, {"Location": "\(setting.server.web.baseURL)" + path})
            else:
                seen.add(path)
                self.reply(503)
            """)
        defer { server.stop() }
        try await setting.project.pinr(
            "add", setting.notation, environment: ["PINR_RUBYGEMS_HOST": server.url("")]
        ).expect(0)
        #expect(try setting.project.pin("thing")["locked"]?["version"] == "1.9.0")
    }
}

extension JSON {
    /// The same with only some members in the object under a key.
    fileprivate func keeping(_ kept: [String], in key: String) -> JSON {
        guard var object, let members = object[key]?.object else { return self }
        object[key] = .object(JSONObject(members.lazy.filter { kept.contains($0.key) }.map { ($0.key, $0.value) }))
        return .object(object)
    }
}
