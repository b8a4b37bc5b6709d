import Foundation
import Support
import Testing

/// The templates on other versions of Nix, in containers of Debian's suites: all of them evaluated and built, with the
/// small nixpkgs, by the `default.nix` that `docs/containers.md` shows.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(
        if: BootstrapWorld.isAvailable && isInstalled("mmdebstrap"), "left out: it takes podman, Nix and mmdebstrap"))
struct NixVersionTests {
    /// A suite of Debian, and the Nix that it has.
    private static let suites = [("bookworm", "2.8"), ("trixie", "2.26"), ("sid", "2.3")]

    /// The one of the page.
    private static func defaultNix() throws -> String {
        let page = try String(contentsOfFile: "\(packageRoot)/docs/containers.md", encoding: .utf8)
        let blocks = page.matches(of: /```nix\n((?s).*?)```/)
        try #require(blocks.count == 1, "docs/containers.md has one block of Nix, a project's default.nix")
        return String(blocks[0].output.1)
    }

    /// A root file system with the programs that the small nixpkgs leads to; made once on a machine.
    static func root(_ suite: String) async throws -> String {
        let folder = "\(ContainerTests.roots)/nix-\(suite)"
        var environment = ProcessInfo.processInfo.environment
        environment["TMPDIR"] = nil
        try await run(
            ContainerTests.reachingOut(["\(packageRoot)/Tests/Fixtures/nix-roots/make", suite, folder]),
            environment: environment, timeout: .seconds(900))
        return folder
    }

    /// What is run in the container, and has to go well.
    private static let script = """
        set -eux
        cd /
        nix --version >&2
        nix-instantiate /project/default.nix >&2
        nix-build --no-out-link /project/default.nix >&2
        /project/bootstrap/container_build.sh --help | head -n 1
        cd /project/bootstrap
        ./container_build.sh --print-name
        """

    @Test(arguments: suites)
    func `All templates evaluate and build`(_ suite: String, _ version: String) async throws {
        let world = try await BootstrapWorld.shared(.rootful)
        let project = try await world.project(templates: ["bootstrap", "images", "r"])
        try project.write("default.nix", Self.defaultNix())
        let tag = try await run([project.file("alpine/image-name.sh")]).trimmed
        let store = try await world.podman.makeFolder()

        let result = try await world.podman.attempt(
            [
                "run", "--rm", "--network", "host", "--volume", "\(project.path):/project:ro",
                "--volume", "\(store):/nix", "--env", "NIX_REMOTE=local", "--env", "HOME=/root",
                "--env", "NIX_CONFIG=substituters =\nbuild-users-group =\nsandbox = false",
                "--rootfs", "\(try await Self.root(suite)):O", "/bin/sh", "-c", Self.script,
            ], timeout: .seconds(400))
        #expect(result.status == 0, "\(result)")
        #expect(result.stderr.contains("nix (Nix) \(version)"), "\(result)")
        #expect(result.lines == ["usage: container_build.sh [OPTION…]", "localhost/nix-builder:\(tag)"], "\(result)")
    }
}
