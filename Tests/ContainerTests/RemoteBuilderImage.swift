import Foundation
import Support

/// The images that the tests of remote-builder.sh run: that of templates/alpine, as container_build.sh makes it.
enum RemoteBuilderImage {
    static let name = "localhost/nix-builder:debian"
    /// The same, whose Nix trusts root alone.
    static let untrusting = "localhost/nix-builder:untrusting"

    /// Whether it can be made here, and reached, for `.enabled(if:)`.
    static let isAvailable = BuilderBase.isAvailable && isInstalled("ssh")

    /// Puts it into a podman's storage.
    static func load(into podman: Podman) async throws {
        let loaded = try await BuilderImage.shared(.debian).loaded(into: podman)
        precondition(loaded == name)
    }

    /// Makes the other one there.
    static func loadUntrusting(into podman: Podman) async throws {
        try podman.write(
            "untrusting/Containerfile",
            "FROM \(name)\nRUN sed -i 's/^trusted-users.*/trusted-users = root/' /etc/nix/nix.conf\n")
        try await podman.own(podman.file("untrusting"))
        try await podman(
            "build", "--quiet", "--network", "none", "--timestamp", "0", "--format", "docker", "--tag", untrusting,
            podman.file("untrusting"), timeout: patience)
    }
}
