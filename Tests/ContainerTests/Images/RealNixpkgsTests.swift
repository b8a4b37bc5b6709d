import Foundation
import Support
import Testing

/// The templates on a real nixpkgs, which is in no repository of ours: `PINR_TEST_NIXPKGS` says where one is.
@Suite(
    .enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"),
    .enabled(if: nixpkgs != nil, "left out: PINR_TEST_NIXPKGS names no nixpkgs, so only the small one was evaluated"))
struct RealNixpkgsTests {
    @Test(arguments: [
        "images/docker.nix -A ci.layered -A ci.streamed -A ci.single",
        "images/docker.nix -A builder.layered -A builder.streamed -A builder.single",
        "images/docker.nix -A r.layered -A r.streamed -A r.single",
        "r/r-env.nix -A env -A shell --arg packages [\"data.table\"]",
        "ci/shell.nix", "bootstrap/shell.nix", "remote-builder/vm.nix",
    ])
    func `Everything evaluates with it`(arguments: String) async throws {
        let project = try await NixProject("images", "remote-builder", "ci/github-images")
        let result = try await project.nix.nix(
            ["nix-instantiate"] + arguments.split(separator: " ").map(String.init),
            environment: ["PINR_OVERRIDE_nixpkgs": try #require(nixpkgs)], directory: project.path,
            timeout: .seconds(600))
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.lines.allSatisfy { $0.hasSuffix(".drv") }, "\(result)")
    }
}

private let nixpkgs = ProcessInfo.processInfo.environment["PINR_TEST_NIXPKGS"]
