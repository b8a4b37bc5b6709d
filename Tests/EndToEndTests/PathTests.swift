import Foundation
import JSON
import NixHash
import Support
import Testing

/// `path`: where real Nix has the sources, put there by it.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct PathTests {
    /// What Nix says itself that the pins are.
    func expected(_ names: [String], _ project: Project) async throws -> [String] {
        let nix = try NixSandbox()
        var paths: [String] = []
        for name in names {
            paths.append(try await nix.evaluateString("(import \(project.file("pins"))).\(name).outPath"))
        }
        return paths
    }

    /// A folder with these programs in it alone: real ones of Nix, or scripts.
    func programs(_ real: [String], _ scripts: [String: String] = [:], _ project: Project) throws -> String {
        let folder = try project.directory.makeDirectory("programs-\(UUID().uuidString)")
        for name in real {
            let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
                .first { FileManager.default.isExecutableFile(atPath: $0) }
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/\(name)", withDestinationPath: try #require(path))
        }
        for (name, text) in scripts {
            let file = URL(fileURLWithPath: "\(folder)/\(name)")
            try Data("#!/bin/sh\n\(text)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        return folder
    }

    @Test func everyKindIsFetchedToWhereItWasSaidToBe() async throws {
        let project = try await Sources.project()
        let nix = try NixSandbox()
        let names = Array(Sources.names.reversed())
        let paths = try await expected(names, project)

        // Without Nix the same is said, and nothing is there.
        let without = try await project.pinr(["path"] + names, environment: ["PATH": "/nowhere"])
        #expect(without.status == 1 && without.lines == paths, "\(without)")
        #expect(without.stderr.contains("there is no Nix in PATH"), "\(without)")

        #expect(try await project.pinr(["path"] + names, environment: nix.environment).expect(0).lines == paths)
        for (name, path) in zip(names, paths) {
            let (file, text) = Sources.contents(of: name)
            let real = nix.realPath(path) + (file.isEmpty ? "" : "/\(file)")
            #expect(FileManager.default.contents(atPath: real) == Data(text.utf8), "\(name)")
        }
        // What is there is not fetched again: this Nix cannot.
        var environment = nix.environment
        environment["PATH"] = try programs(["nix-store"], [:], project)
        #expect(try await project.pinr(["path"] + names, environment: environment).expect(0).lines == paths)
        let json = try await project.pinr(["path", "--json"] + names, environment: environment).expect(0).json
        let entries = zip(names, paths).map { ($0, ["path": .string($1), "inStore": true] as JSON) }
        #expect(json == ["paths": .object(JSONObject(entries.sorted { $0.0 < $1.0 }))])
    }

    @Test func anImageIsAdded() async throws {
        guard ImageRegistry.isAvailable else { return }
        let registry = try await ImageRegistry()
        let project = try Project()
        let nix = try NixSandbox()
        try await registry.push(
            TestImage([(TestImage.layer("etc/motd", Array("x\n".utf8)), .gzip)]), as: "team/app", tag: "v1.0_a")
        try await project.pinr("add", "oci:\(registry.host)/team/app:v1.0_a").expect(0)
        let hash = try #require(try project.pin("app")["locked"]?["hash"]?.string)
        let expected = try await nix.evaluateString(
            """
            (derivation {
              name = "docker-image-127.0.0.1-\(registry.port)-team-app-v1.0_a.tar"; system = "x"; builder = "x";
              outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "\(hash)";
            }).outPath
            """)
        let run = try await project.pinr(["path", "app"], environment: nix.environment).expect(0)
        #expect(run.lines == [expected])
        let listing = try await Support.run(["tar", "-tf", nix.realPath(expected)]).stdout
        #expect(listing.contains("manifest.json"))

        // With another hash nothing is added.
        try project.edit(hash, to: SHA256.hash([]).sri)
        let wrong = try await project.pinr(["path", "app", "--json"], environment: nix.environment)
        #expect(wrong.status == 1)
        #expect(try wrong.json["failed"]?[0]?["error"]?["code"]?.string == "hash-mismatch", "\(wrong)")
        let path = try #require(try wrong.json["paths"]?["app"]?["path"]?.string)
        #expect(!FileManager.default.fileExists(atPath: nix.realPath(path)))
    }

    @Test func withoutNixWhatLiesThereCounts() async throws {
        let project = try await Sources.project(["archive", "file"])
        let nix = try NixSandbox()
        let paths = try await project.pinr(["path", "archive", "file"], environment: nix.environment).expect(0).lines
        let without = ["PATH": "/nowhere", "NIX_REMOTE": "local?root=\(nix.root)"]
        #expect(
            try await project.pinr(["path", "file", "archive"], environment: without).expect(0).lines
                == paths.reversed())
        try await run(["rm", "-rf", nix.realPath(paths[0])])
        let half = try await project.pinr(["path", "archive", "file", "--json"], environment: without)
        #expect(half.status == 1)
        #expect(
            try half.json["paths"] == [
                "archive": ["inStore": false, "path": .string(paths[0])],
                "file": ["inStore": true, "path": .string(paths[1])],
            ])
        #expect(try half.json["failed"]?.array?.count == 1)
        let failure = try half.json["failed"]?[0]
        #expect(failure?["name"] == "archive")
        expectErrorObject(failure?["error"], code: "nix")
    }

    @Test func oneThatFailsTakesNoOtherDown() async throws {
        let upstream = try await Upstream.shared()
        let project = try await Sources.project(["archive", "git"])
        let name = upstream.uniqueName("gone-")
        let url = try upstream.put("files/\(name).txt", "x".utf8)
        try await project.pinr("add", url, "--name", "gone").expect(0)
        try FileManager.default.removeItem(atPath: "\(upstream.root)/files/\(name).txt")
        let nix = try NixSandbox()
        let run = try await project.pinr(["path", "git", "gone", "archive"], environment: nix.environment)
        #expect(run.status == 1 && run.lines.count == 3, "\(run)")
        #expect(run.lines.map { FileManager.default.fileExists(atPath: nix.realPath($0)) } == [true, false, true])
        #expect(run.stderr.contains("error: gone: Nix cannot fetch it: ") && run.stderr.contains("404"), "\(run)")
        #expect(run.stderr.split(separator: "\n").filter { $0.hasPrefix("error:") }.count == 1)
    }

    @Test(arguments: ["archive", "file", "git"])
    func aWrongHashIsNotPutThere(_ name: String) async throws {
        let project = try await Sources.project([name])
        let right = try #require(try project.pin(name)["locked"]?["hash"]?.string)
        try project.edit(right, to: SHA256.hash([1]).sri)
        let nix = try NixSandbox()
        let run = try await project.pinr(["path", name, "--json"], environment: nix.environment)
        #expect(run.status == 1)
        #expect(try run.json["paths"]?[name]?["inStore"] == false)
        expectErrorObject(try run.json["failed"]?[0]?["error"], code: "hash-mismatch")
    }

    /// Only what Nix knows is there, and it is put in order.
    @Test func aLeftoverIsNotTakenForTheSource() async throws {
        let project = try await Sources.project(["archive"])
        let nix = try NixSandbox()
        let paths = try await expected(["archive"], project)
        let real = nix.realPath(paths[0])
        try FileManager.default.createDirectory(atPath: real, withIntermediateDirectories: true)
        try Data("half".utf8).write(to: URL(fileURLWithPath: "\(real)/half"))
        try await project.pinr(["path", "archive"], environment: nix.environment).expect(0)
        #expect(!FileManager.default.fileExists(atPath: "\(real)/half"))
        let locked = try #require(try project.pin("archive")["locked"]?["hash"]?.string)
        #expect(try await nix.hashPath(real) == locked)
    }

    @Test func neitherOverridesNorTheFolderCount() async throws {
        let project = try await Sources.project(["archive", "github"])
        let nix = try NixSandbox()
        let paths = try await expected(["archive", "github"], project)
        try project.write("mine/default.nix", "\"mine\"\n")
        try project.write("pins/default.nix", "throw \"another one\"\n")
        var environment = nix.environment
        environment["PINR_OVERRIDE_github"] = project.file("mine")
        environment["NIX_CONFIG", default: ""] += "\nrestrict-eval = true\n"
        environment["TMPDIR"] = try project.directory.makeDirectory("tmp/with a space'and $more")
        #expect(
            try await project.pinr(["path", "archive", "github"], environment: environment).expect(0).lines == paths)
        #expect(try FileManager.default.contentsOfDirectory(atPath: environment["TMPDIR"] ?? "").isEmpty)
        // A lock alone has no default.nix.
        try await run(["cp", project.file("pins/pins.json"), project.file("alone.json")])
        let alone = try await project.pinr(
            ["path", "github", "--lock-file", "alone.json"], environment: try NixSandbox().environment)
        #expect(alone.expect(0).lines == [paths[1]])
    }

    @Test func aNameMayBeAnything() async throws {
        let upstream = try await Upstream.shared()
        let project = try Project()
        let nix = try NixSandbox()
        let name = "a\"b ${c} 'd' \\ é/."
        let url = try upstream.put("files/\(upstream.uniqueName()).txt", "x".utf8)
        try await project.pinr("add", url, "--name", name).expect(0)
        let run = try await project.pinr(["path", name, "--gc-root", "roots"], environment: nix.environment).expect(0)
        #expect(
            try project.list("roots") == ["a%22b%20%24%7Bc%7D%20%27d%27%20%5C%20%C3%A9%2F."])
        #expect(FileManager.default.fileExists(atPath: nix.realPath(try #require(run.lines.first))))
    }

    @Test func whatIsNoPinIsNoPath() async throws {
        let project = try await Sources.project(["file"])
        try await project.pinr("path").expect(64)
        try await project.pinr("path", "fiel").expectFailure(saying: "no pin `fiel`", "`file`")
        try await project.pinr("path", "file", "--gc-root", "").expect(64)
        try project.edit("\"fetcher\": \"file\"", to: "\"fetcher\": \"later\"")
        let run = try await project.pinr("path", "file", "--json")
        #expect(run.status == 1)
        #expect(try run.json["paths"] == [:])
        expectErrorObject(try run.json["failed"]?[0]?["error"], code: "unsupported")
    }

    // MARK: Other stores

    @Test func aStoreWithAnotherDirectoryHasOtherPaths() async throws {
        let project = try await Sources.project(["archive", "file"])
        var environment: [String: String] = [:]
        for isBelowRoot in [true, false] {
            // Nix keeps what it has fetched by the home, and in old versions with the paths of one store.
            let nix = try NixSandbox()
            let own = "\(nix.root)/own"
            let directory = isBelowRoot ? "/other/store" : "\(own)/store"
            environment = nix.environment
            environment["NIX_STORE_DIR"] = directory
            if !isBelowRoot {
                environment["NIX_REMOTE"] = "local"
                environment["NIX_STATE_DIR"] = "\(own)/state"
                environment["NIX_LOG_DIR"] = "\(own)/log"
            }
            let run = try await project.pinr(["path", "archive", "file"], environment: environment).expect(0)
            #expect(run.lines.allSatisfy { $0.hasPrefix("\(directory)/") }, "\(run)")
            try await project.pinr(["verify", "--store"], environment: environment).expect(0)
        }
        environment["NIX_STORE_DIR"] = "relative"
        try expectError("usage", try await project.pinr(["path", "file", "--json"], environment: environment))
    }

    @Test func aStoreThatIsElsewhereIsSaidToBe() async throws {
        let project = try await Sources.project(["file"])
        let run = try await project.pinr(
            ["path", "file"], environment: ["PATH": "/nowhere", "NIX_REMOTE": "ssh://host.invalid"])
        #expect(run.status == 1 && run.lines.count == 1)
        #expect(run.stderr.contains("`ssh://host.invalid` is on no disk"), "\(run)")
    }

    @Test(.enabled(if: isInstalled("nix-daemon"), "left out: nix-daemon is not installed"))
    func aDaemonDoesItAsWell() async throws {
        let project = try await Sources.project(["archive", "file", "git"])
        let nix = try NixSandbox()
        let socket = project.directory.file("socket")
        var environment = nix.environment
        environment["NIX_DAEMON_SOCKET_PATH"] = socket
        let daemon = try BackgroundProcess(["nix-daemon"], environment: environment)
        defer { daemon.stop() }
        #expect(
            try await eventually(while: { daemon.isRunning }) { FileManager.default.fileExists(atPath: socket) },
            "\(daemon.output())")
        environment["NIX_REMOTE"] = "unix://\(socket)?root=\(nix.root)"
        let names = ["archive", "file", "git"]
        let run = try await project.pinr(["path", "--gc-root", "roots"] + names, environment: environment).expect(0)
        #expect(try project.list("roots") == names)
        environment["PATH"] = "/nowhere"
        try await project.pinr(["verify", "--store"], environment: environment).expect(0)
        #expect(try await nix.nix(["nix-store", "--gc"]).status == 0)
        #expect(run.lines.allSatisfy { FileManager.default.fileExists(atPath: nix.realPath($0)) })
    }

    @Test func whatOnlyALaterVersionUnderstandsHasNoPath() async throws {
        let project = try await Sources.project(["file"])
        try project.edit("\"version\": 1", to: "\"version\": 2")
        try project.edit("\"pins\": {", to: "\"pins\": {\n    \"new\": {\"locked\": 7},")
        let run = try await project.pinr(["path", "new", "file", "--json"], environment: try NixSandbox().environment)
        #expect(run.status == 1)
        #expect(try run.json["paths"]?.object?.keys == ["file"] && run.json["paths"]?["file"]?["inStore"] == true)
        expectErrorObject(try run.json["failed"]?[0]?["error"], code: "bad-lock")
    }
}
