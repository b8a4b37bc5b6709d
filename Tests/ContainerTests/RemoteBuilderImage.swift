import Foundation
import Support

/// The image that the tests of remote-builder.sh run: Debian's Nix, with the entry point and the settings of templates/alpine.
enum RemoteBuilderImage {
    static let name = "localhost/nix-builder:test"
    /// The same, whose Nix trusts root alone.
    static let untrusting = "localhost/nix-builder:untrusting"

    /// Whether its root can be made here, for `.enabled(if:)`.
    static let isAvailable = Podman.isAvailable && isInstalled("mmdebstrap") && isInstalled("ssh")

    /// Puts both images into a podman's storage.
    static func load(into podman: Podman) async throws {
        let copy = podman.file("\(UUID().uuidString).tar")
        try await run(["cp", try await archive.value, copy])
        try await podman.own(copy)
        try await podman("load", "--quiet", "--input", copy, timeout: .seconds(240))
        unlink(copy)
    }

    static let templates = "\(packageRoot)/templates"
    private static let directory = TemporaryDirectory()

    /// Both, built once.
    private static let archive = Task {
        let root = "\(ContainerTests.roots)/remote-builder-bookworm.tar"
        let fixture = "\(packageRoot)/Tests/Fixtures/remote-builder"
        try await run(["\(fixture)/make-root", root], environment: [:], timeout: .seconds(400))

        let podman = try await Podman(.rootful)
        let context = try await podman.makeFolder()
        let files = ["nix.conf", "sshd_config", "entrypoint.sh", "healthcheck.sh", "serve.sh"]
        try await run(
            ["cp", "\(fixture)/Containerfile"] + files.map { "\(templates)/alpine/\($0)" } + [context])
        try await run(["cp", root, "\(context)/root.tar"])
        try await podman(
            "build", "--quiet", "--network", "none", "--timestamp", "0", "--tag", name, context,
            timeout: .seconds(300))
        let file = try podman.write(
            "Containerfile.untrusting",
            "FROM \(name)\nRUN sed -i 's/^trusted-users.*/trusted-users = root/' /etc/nix/nix.conf\n")
        try await podman(
            "build", "--quiet", "--network", "none", "--timestamp", "0", "--tag", untrusting, "--file", file, context,
            timeout: .seconds(120))
        let archive = directory.file("images.tar")
        try await podman(
            "save", "--quiet", "--multi-image-archive", "--output", archive, name, untrusting, timeout: .seconds(120))
        return archive
    }
}
