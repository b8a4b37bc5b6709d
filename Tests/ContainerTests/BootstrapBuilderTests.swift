import Foundation
import Support
import Testing

/// `container_build.sh` with the image that the template `alpine` describes, rather than a tiny one.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: BootstrapWorld.isAvailable, BootstrapWorld.absence),
    .enabled(if: BuilderBase.isAvailable, BuilderBase.absence))
struct BootstrapBuilderTests {
    @Test(arguments: BuilderBase.usable)
    func `builds the builder's image, the same twice, and it runs a job`(_ base: BuilderBase) async throws {
        let project = try await BuilderImage.project(base)
        let reference = try project.reference(try await project.build())
        let again = try await project.build(["--rebuild"])
        #expect(try project.reference(again) == reference)

        let job = ["--env", "NIX_CONFIG=sandbox = false", reference, "sh", "-c", "id -un; nix-store --version"]
        let said = try await project.world.podman(["run", "--rm", "--network", "none"] + job)
        #expect(said.hasPrefix("ci\nnix-store (Nix) "), "\(said)")
    }
}
