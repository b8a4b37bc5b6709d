import Foundation
import JSON
import NixHash
import Support
import Testing

/// What lies in the store is held against the lock, with no network and no Nix.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct VerifyStoreTests {
    /// A project whose pins are in a store of its own.
    private func project(_ names: [String] = Sources.names) async throws -> (Project, NixSandbox) {
        let project = try await Sources.project(names)
        let nix = try NixSandbox()
        try await project.pinr(["path"] + names, environment: nix.environment).expect(0)
        return (project, nix)
    }

    /// Looks with nothing to be found in PATH, and with the network forbidden.
    private func verify(_ project: Project, _ nix: NixSandbox, _ options: String...) async throws -> Run {
        try await project.pinr(
            ["verify", "--store", "--offline"] + options,
            environment: ["PATH": "/nowhere", "NIX_REMOTE": "local?root=\(nix.root)"])
    }

    /// Where a pin's files are, made so that they can be changed.
    private func real(_ name: String, _ project: Project, _ nix: NixSandbox) async throws -> String {
        let path = try #require(
            try await project.pinr(["path", name], environment: nix.environment).expect(0).lines.first)
        try await run(["chmod", "-R", "u+w", nix.realPath(path)])
        return nix.realPath(path)
    }

    @Test func everythingIsAsItWasLocked() async throws {
        let (project, nix) = try await project()
        #expect(try await verify(project, nix).expect(0).lines == Sources.names.map { "\($0): ok" })
        let names = JSON.array(Sources.names.map { .string($0) })
        #expect(
            try await verify(project, nix, "--json").expect(0).json == [
                "verified": names, "mismatched": [], "moved": [], "failed": [],
            ])
    }

    @Test func whatIsNotThereFails() async throws {
        let project = try await Sources.project(["archive", "file"])
        let nix = try NixSandbox()
        let run = try await verify(project, nix)
        #expect(run.status == 1 && run.stdout.isEmpty)
        #expect(run.stderr.contains("archive: `/nix/store/") && run.stderr.contains("`pinr path` fetches it"), "\(run)")
        let json = try await verify(project, nix, "--json").json
        #expect(json["verified"] == [] && json["mismatched"] == [])
        let failed = json["failed"]?.array ?? []
        #expect(failed.map { $0["name"] } == ["archive", "file"])
        for failure in failed { expectErrorObject(failure["error"], code: "not-found") }
    }

    @Test(arguments: [
        "echo more >> lib/a.txt", "chmod +x lib/a.txt", "touch lib/b", "mv lib lib2", "ln -s a.txt lib/link",
        "chmod +x bin/x", "rm -r bin", "mkdir empty",
    ])
    func whatWasChangedInATreeIsFound(_ change: String) async throws {
        let (project, nix) = try await project(["archive", "file"])
        let path = try await real("archive", project, nix)
        try await run(["sh", "-c", change], directory: path)
        let locked = try #require(try project.pin("archive")["locked"]?["hash"]?.string)
        let actual = try await nix.hashPath(path)
        #expect(actual != locked)
        let found = try await verify(project, nix)
        #expect(found.status == 2 && found.stdout.contains(locked) && found.stdout.contains(actual), "\(found)")
        #expect(found.lines.contains("  path    \(path.dropFirst(nix.root.count))"), "\(found)")
        #expect(
            try await verify(project, nix, "--json").expect(2).json == [
                "verified": ["file"], "moved": [], "failed": [],
                "mismatched": [
                    [
                        "name": "archive", "expected": .string(locked), "actual": .string(actual),
                        "path": .string(String(path.dropFirst(nix.root.count))),
                    ]
                ],
            ])
    }

    @Test func whatWasChangedInAFileIsFound() async throws {
        let (project, nix) = try await project(["file"])
        let path = try await real("file", project, nix)
        try Data("another\n".utf8).write(to: URL(fileURLWithPath: path))
        let json = try await verify(project, nix, "--json").expect(2).json
        #expect(json["mismatched"]?[0]?["actual"]?.string == SHA256.hash(Array("another\n".utf8)).sri)
    }

    @Test(arguments: ["mkdir", "ln -s /etc/passwd", "mkfifo"])
    func whatIsNoFileIsNone(_ command: String) async throws {
        let (project, nix) = try await project(["file"])
        let path = try await real("file", project, nix)
        try await run(["sh", "-c", "rm \"$0\" && \(command) \"$0\"", path])
        let found = try await verify(project, nix, "--json")
        #expect(found.status == 1)
        #expect(try found.json["failed"]?[0]?["error"]?["code"]?.string == "hash-mismatch", "\(found)")
    }

    /// A link to a tree with the right contents is still another thing.
    @Test func aLinkIsNoTree() async throws {
        let (project, nix) = try await project(["archive"])
        let path = try await real("archive", project, nix)
        try await run(["sh", "-c", "mv \"$0\" \"$0.moved\" && ln -s \"$0.moved\" \"$0\"", path])
        try await verify(project, nix).expect(2)
    }

    @Test func oneThatIsAbsentWinsOverOneThatDiffers() async throws {
        let (project, nix) = try await project(["archive", "file"])
        let file = try await real("file", project, nix)
        try await run(["rm", file])
        let tree = try await real("archive", project, nix)
        try await run(["touch", "\(tree)/more"])
        let found = try await verify(project, nix)
        #expect(found.status == 1 && found.stdout.contains("archive: the hash is another"), "\(found)")
    }

    @Test func aStoreThatIsElsewhereCannotBeLookedInto() async throws {
        let project = try await Sources.project(["file"])
        let run = try await project.pinr(
            ["verify", "--store", "--json"], environment: ["NIX_REMOTE": "ssh://host.invalid"])
        #expect(run.status == 1)
        let error = try run.json["failed"]?[0]?["error"]
        #expect(error?["code"]?.string == "unsupported" && error?["message"]?.string?.contains("ssh://") == true)
        try expectError(
            "usage", try await project.pinr(["verify", "--store", "--json"], environment: ["NIX_STORE_DIR": "x"]))
    }

    @Test func theStoreOfNixConfigurationIsMeant() async throws {
        let (project, nix) = try await project(["file"])
        let found = try await project.pinr(
            ["verify", "--store"], environment: ["NIX_CONFIG": "store = local?root=\(nix.root)"])
        found.expect(0)
    }

    @Test(.enabled(if: ImageRegistry.isAvailable, "left out: docker-registry is not installed"))
    func anImageIsAFile() async throws {
        let registry = try await ImageRegistry()
        let project = try Project()
        let nix = try NixSandbox()
        try await registry.push(
            TestImage([(TestImage.layer("etc/motd", Array("x\n".utf8)), .gzip)]), as: "team/app", tag: "1.0")
        try await project.pinr("add", "oci:\(registry.host)/team/app:1.0").expect(0)
        try await project.pinr(["path", "app"], environment: nix.environment).expect(0)
        registry.stop()
        try await verify(project, nix).expect(0)
        let path = try await real("app", project, nix)
        try await run(["sh", "-c", "echo >> \"$0\"", path])
        try await verify(project, nix).expect(2)
    }
}
