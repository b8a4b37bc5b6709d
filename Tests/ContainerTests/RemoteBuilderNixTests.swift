import Foundation
import Support
import Testing

/// Other versions of Nix, in containers of Debian's suites, that build on one builder.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: RemoteBuilderImage.isAvailable, BuilderBase.absence))
struct RemoteBuilderNixTests {
    /// A suite, the Nix that it has, and whether that reads the port of a builder's address with both protocols.
    private static let suites = [("bookworm", "2.8", false), ("trixie", "2.26", false), ("sid", "2.3", true)]

    @Test(arguments: suites)
    func `builds there, and has to be told of the port where it reads none`(
        _ suite: String, _ version: String, _ readsPort: Bool
    ) async throws {
        let podman = try await RemoteBuilderPodman.shared(.rootful)
        let builder = try await RemoteBuilder(podman)
        let root = try await NixVersionTests.root(suite)
        try await builder.whileUp {
            for scheme in ["ssh-ng", "ssh"] {
                let line = try await builder("machines-line", "--protocol", scheme)
                for options in [try await builder("ssh-options"), nil] {
                    let result = try await podman.attempt(
                        [
                            "run", "--rm", "--network", "host", "--volume", "\(builder.stateHome):\(builder.stateHome)",
                            "--env", "HOME=/root", "--env", "NIX_CONFIG=substituters =\nbuild-users-group =",
                        ] + (options.map { ["--env", "NIX_SSHOPTS=\($0)"] } ?? []) + [
                            "--rootfs", "\(root):O", "sh", "-c", Self.script, "sh", line,
                        ], timeout: patience)
                    let what = "\(scheme), NIX_SSHOPTS \(options ?? "not set"): \(result.stdout)\n\(result.stderr)"
                    #expect(result.lines.first?.hasPrefix("nix (Nix) \(version)") == true, "\(what)")
                    // The sandbox of the builder calls whoever builds so; there is none on this side.
                    #expect((result.lines.last == "nixbld") == (readsPort || options != nil), "\(what)")
                }
            }
        }
    }

    private static let script = """
        nix --version
        nix-build --no-out-link --max-jobs 0 --builders "$1" -E 'derivation {
          name = "proof"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "id -un > $out" ];
        }' >/tmp/path && cat "$(cat /tmp/path)"
        """
}
