import Foundation
import Support
import Testing

/// `check-reproducible.sh` with the builder of remote-builder.sh as the second machine, by the line that it prints alone.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: RemoteBuilderImage.isAvailable, "left out: no podman, mmdebstrap or ssh"),
    .enabled(if: NixSandbox.canEnter, "left out: no Nix, or nothing may be mounted here"))
struct ReproducibleBuilderTests {
    private let ci = CITemplate()

    @Test func `what the builder builds is compared`() async throws {
        let project = try ci.directory.makeDirectory("project")
        // The one is the same everywhere, the other tells who builds: a container has another name than this machine.
        let recipe = """
            let
              make = name: command: derivation {
                inherit name;
                system = builtins.currentSystem;
                builder = "/bin/sh";
                args = [ "-c" command ];
              };
            in
            {
              same = make "same" "echo same > $out";
              other = make "other" "read -r name < /proc/sys/kernel/hostname; echo $name > $out";
            }

            """
        try ci.directory.write("project/default.nix", recipe)
        try await run([Binary.pinr, "init", "--bare"], environment: ci.variables(), directory: project)
        let nix = try NixSandbox()
        let builder = try await RemoteBuilder(RemoteBuilderPodman.shared(.rootful))
        try await builder.whileUp {
            for (scheme, attribute, status) in [
                ("ssh-ng", "same", Int32(0)), ("ssh", "same", 0), ("ssh-ng", "other", 104),
            ] {
                let line = try await builder("machines-line", "--protocol", scheme)
                var environment = ci.variables(nix.environmentInside)
                environment["PATH"] = Binary.path(before: environment["PATH"])
                let result = try await runProcess(
                    try nix.inside([
                        "\(CITemplate.folder)/check-reproducible.sh", "--builder", line, "default.nix", attribute,
                    ]),
                    environment: environment, directory: project, timeout: patience)
                #expect(result.status == status, "\(scheme) \(attribute): \(result)")
                #expect(
                    result.stderr.contains("building ") && result.stderr.contains(" on ssh-ng://builder@127.0.0.1:"))
                if status == 104 { #expect(result.stderr.contains("contents, from byte 0"), "\(result)") }
            }
        }
    }
}
