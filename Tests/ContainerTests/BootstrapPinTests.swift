import Foundation
import Support
import Testing

/// What `container_build.sh` does when the pins are not what they should be: nothing is built, and it says what is wrong.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: BootstrapWorld.isAvailable, BootstrapWorld.absence))
struct BootstrapPinTests {
    @Test(arguments: ["nixpkgs", "apk-nix"])
    func `A hash that was tampered with stops it before anything is built`(_ pin: String) async throws {
        let project = try await BootstrapWorld.shared(.rootful).project()
        // Not in the store already under the name and hash that were right.
        try project.edit(try await project.locked(pin, "hash"), to: "sha256-\(String(repeating: "A", count: 43))=")
        let result = try await project.build()
        try await project.expectRefusal(result, saying: "hash mismatch")
        #expect(!result.stderr.contains("STEP 1/"), "\(result)")
    }

    @Test func `A digest that was tampered with stops it before anything is built`() async throws {
        let project = try await BootstrapWorld.shared(.rootful).project()
        let other = "sha256:\(String(repeating: "1", count: 64))"
        try project.edit(try await project.locked("alpine", "digest"), to: other)
        let result = try await project.build()
        try await project.expectRefusal(result, status: 1, saying: "base@\(other) could not be pulled")
        #expect(!result.stderr.contains("STEP 1/"), "\(result)")
    }

    @Test func `An image that has the name of the base, and another digest, is not taken`() async throws {
        let world = try await BootstrapWorld.shared(.rootful)
        try world.podman.write("wrong/Containerfile", "FROM scratch\nCOPY Containerfile /wrong\n")
        try await world.podman("build", "--network", "none", "--tag", world.base, world.podman.file("wrong"))
        let project = try await world.project()
        let reference = try project.reference(try await project.build())
        let command = ["run", "--rm", "--network", "none", reference, "sh", "-c", "[ ! -e /wrong ] && [ -e /package ]"]
        try await world.podman(command)
        try await world.podman("rmi", "--force", world.base)
    }

    @Test(arguments: [
        ("alpine", "has no pin called alpine: pinr add oci:alpine"),
        ("nixpkgs", "no pin called nixpkgs: pinr add nixpkgs"),
        ("apk-nix", "no package is pinned as apk-NAME: alpine/packages.sh lock"),
    ])
    func `A pin that is missing is named, with what to do`(_ pin: String, _ words: String) async throws {
        let pins = ["nixpkgs", "apk-nix", "alpine"].filter { $0 != pin }
        let project = try await BootstrapWorld.shared(.rootful).project(pins: pins)
        try await project.expectRefusal(try await project.build(), saying: words)
    }

    @Test func `A project without pins is told to make them`() async throws {
        let project = try await BootstrapWorld.shared(.rootful).project()
        try FileManager.default.removeItem(atPath: project.file("pins"))
        try await project.expectRefusal(try await project.build(), saying: "there are no pins", "pinr init")
    }

    @Test func `A pin of another kind is no base`() async throws {
        let project = try await BootstrapWorld.shared(.rootful).project(pins: ["nixpkgs", "apk-nix"])
        try await project.pinr("add", "file+\(project.world.web.url("/nix-1.0-r0.apk"))", "--name", "alpine")
        try await project.expectRefusal(try await project.build(), status: 1, saying: "is no image", "--force")
    }

    @Test func `Changed pins give another image`() async throws {
        let world = try await BootstrapWorld.shared(.rootful)
        let project = try await world.project()
        let one = try project.reference(try await project.build())
        try world.web.put("nix-1.1-r0.apk", "what is in the next one\n")
        try await project.pinr("set", "apk-nix", "file+\(world.web.url("/nix-1.1-r0.apk"))")
        let two = try project.reference(try await project.build())
        #expect(one != two)
        let read = "read -r line </package; echo \"$line\""
        for (reference, text) in [(one, "what is in the package"), (two, "what is in the next one")] {
            let said = try await world.podman("run", "--rm", "--network", "none", reference, "sh", "-c", read)
            #expect(said == text)
        }
    }
}
