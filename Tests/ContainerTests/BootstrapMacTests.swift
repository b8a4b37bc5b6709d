import Foundation
import Support
import Testing

/// `container_build.sh` on a Mac, as far as another machine can play one: what it has podman do with its virtual machine.
///
/// `uname` and `podman machine` are stand-ins (Tests/Fixtures/bootstrap/macos); images are built by the real podman.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: BootstrapWorld.isAvailable, BootstrapWorld.absence))
struct BootstrapMacTests {
    private static let fixtures = "\(packageRoot)/Tests/Fixtures/bootstrap/macos"

    /// A project on a Mac, whose home is `home` in it.
    private func project(pins: [String]) async throws -> BootstrapProject {
        let world = try await BootstrapWorld.shared(.rootful)
        try world.web.put("podman-machine.raw.zst", "the system of the virtual machine\n")
        for version in ["1", "2"] { try await world.publish("mac-\(version)", try Self.files(version)) }
        return try await world.project(pins: pins + ["nixpkgs", "apk-nix", "alpine"], nixpkgs: "mac-1")
    }

    private static func files(_ version: String) throws -> [String: String] {
        var files = ["vfkit-version": "\(version)\n"]
        for name in ["default.nix", "stand-ins.nix"] {
            files[name] = try String(contentsOfFile: "\(fixtures)/\(name)", encoding: .utf8)
        }
        return files
    }

    private func build(_ project: BootstrapProject) async throws -> ProcessResult {
        try FileManager.default.createDirectory(atPath: project.file("home"), withIntermediateDirectories: true)
        let home = project.file("home")
        return try await project.build(environment: [
            "HOME": home, "XDG_STATE_HOME": "\(home)/state", "XDG_CONFIG_HOME": "\(home)/.config",
        ])
    }

    /// How podman was called for its virtual machine, and which of its programs was run.
    private func calls(_ project: BootstrapProject) -> [String] {
        let text = try? String(contentsOfFile: project.file("home/calls"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").map { line in
            // Where the link to its system is, is of no interest; its ending is.
            String(line).replacing(/\/\S+\/state\/nix-builder\/\S+-podman-machine/, with: "LINK")
        }
    }

    @Test func `The virtual machine is made once, and outlives what starts it`() async throws {
        let project = try await project(pins: ["podman-machine"])
        let reference = try project.reference(try await build(project))
        let made = ["machine init --image LINK.raw.zst podman-machine-default"]
        let first = made + ["machine start podman-machine-default", "vfkit 1"]
        #expect(calls(project) == first)

        // It runs: nothing is to be done with it.
        #expect(try project.reference(try await build(project)) == reference)
        #expect(calls(project) == first)

        // Nothing that it remembers is a path in the store.
        let settings = project.file("home/.config/containers")
        let found = try await runProcess(["grep", "-r", "/nix/store", settings], environment: [:])
        #expect(found.status == 1, "\(found)")
        let links = try FileManager.default.contentsOfDirectory(atPath: project.file("home/state/nix-builder"))
        #expect(links == ["machine-helpers"])

        // Newer pins, a restart of the Mac, and it starts with today's program.
        let machine = "\(settings)/podman/machine/applehv/podman-machine-default"
        try await project.pinr("set", "nixpkgs", project.world.web.url("/mac-2.tar.gz"))
        try Data("stopped\n".utf8).write(to: URL(fileURLWithPath: "\(machine).state"))
        _ = try project.reference(try await build(project))
        #expect(calls(project) == first + ["machine start podman-machine-default", "vfkit 2"])
        let helper = try await run(["jq", "-r", ".VfkitHelper.BinaryPath.Path", "\(machine).json"]).trimmed
        // Garbage collection would take it, were there no root: this asks for it, and Nix refuses.
        let kept = "! nix-store --delete \"$(readlink -f \"${0%/bin/*}\")\" && HOME=$1 \"$0\""
        let collected = try await project.world.podman.runInside(
            ["sh", "-c", kept, helper, project.file("home")], environment: ["NIX_REMOTE": "local"])
        #expect(collected.status == 0, "\(collected)")
        #expect(collected.stderr.contains("still alive"), "\(collected)")
    }

    @Test func `A system of the virtual machine that is not pinned is not taken`() async throws {
        let project = try await project(pins: [])
        let result = try await build(project)
        try await project.expectRefusal(
            result, status: 1, saying: "no pin for its system", "--name podman-machine", "podman machine init")
        #expect(calls(project) == [])
    }
}
