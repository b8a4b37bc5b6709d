import Foundation
import Support
import Testing

/// The remote builder as a service: what Debian 13's Quadlet makes of the units is run.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence), .enabled(if: Podman.isAvailable, Podman.absence),
    .enabled(if: Fleet.canBuild, Fleet.absence))
struct QuadletTests {
    @Test func `the service runs what remote-builder.sh runs, and builds`() async throws {
        let podman = try await Podman.shared(.rootful)
        let image = try await Fleet.image(podman)
        let service = try await FleetBuilder(podman, "quadlet.sh")
        let units = "\(service.state)/units"
        let port = "\(service.port)"
        let said = try await service(
            "install", "--name", "as-service", "--image", image, "--port", port, "--dir", units)
        #expect(said == "systemctl daemon-reload && systemctl restart as-service.service\n")

        let generated = try await generate(units)
        #expect(generated.contains("ExecStart=/usr/bin/podman volume create --ignore as-service-store\n"))
        #expect(generated.contains("RestartPreventExitStatus=78\n"))
        #expect(generated.contains("After=as-service-store-volume.service\n"))
        let prefix = "ExecStart=/usr/bin/podman run "
        let start = try #require(generated.split(separator: "\n").first { $0.hasPrefix(prefix) })
        // What ties it to systemd, which does not run here, is left out.
        let ties: Set = ["--cidfile=%t/%N.cid", "--sdnotify=conmon", "--cgroups=split"]
        let arguments = start.dropFirst(prefix.count).split(separator: " ").map(String.init).filter {
            !ties.contains($0)
        }
        #expect(arguments.last == image)
        try await podman("volume", "create", "--ignore", "as-service-store")
        try await podman(["run"] + arguments)
        let asService = try await rights(podman)
        try await Fleet.wait(for: "the service") {
            try await podman.attempt(["healthcheck", "run", "as-service"]).status == 0
        }
        let line = try await service("machines-line", "--name", "as-service", "--port", port)
        let built = try await service.build(
            "served", line: line, options: service("ssh-options", "--name", "as-service"))
        #expect(built.count == 4 && built[3] == "1000")
        // As the unit's ExecStop does.
        try await podman("rm", "-v", "-f", "-i", "as-service")
        #expect(try await podman("volume", "ls", "--quiet", "--filter", "name=as-service") == "as-service-store")

        let byHand = try await podman.runInside(
            ["\(Fleet.scripts)/remote-builder.sh", "up", "--name", "as-service", "--image", image, "--port", port],
            environment: ["XDG_STATE_HOME": service.state])
        #expect(byHand.status == 0, "\(byHand.stderr)")
        #expect(try await rights(podman) == asService)
        try await podman("rm", "-v", "-f", "as-service")

        try await service("remove", "--name", "as-service", "--dir", units)
        #expect(try FileManager.default.contentsOfDirectory(atPath: units).isEmpty)
        #expect(FileManager.default.fileExists(atPath: "\(service.state)/nix-remote-builder/as-service/client_key"))
    }

    @Test func `a mistake in a unit is found`() async throws {
        let folder = TemporaryDirectory()
        try folder.write("wrong.container", "[Container]\nImage=localhost/x:1\nNoSuchKey=1\n")
        await #expect(throws: (any Error).self) { try await generate(folder.path) }
    }

    /// What Quadlet makes of the units in a folder.
    private func generate(_ units: String) async throws -> String {
        let root = try await Fleet.made("quadlet")
        let script = """
            set -e
            mount --bind "$1" "$0/mnt"
            exec chroot "$0" env QUADLET_UNIT_DIRS=/mnt /usr/libexec/podman/quadlet -dryrun
            """
        return try await run(["unshare", "--mount", "sh", "-c", script, root, units]).stdout
    }

    /// What a container may do and reach: the same, however it was started.
    private func rights(_ podman: Podman) async throws -> String {
        try await podman(
            "container", "inspect", "as-service", "--format",
            """
            {{.HostConfig.CapDrop}} {{.EffectiveCaps}} {{.BoundingCaps}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Privileged}}
            {{.HostConfig.ReadonlyRootfs}} {{json .HostConfig.Tmpfs}} {{json .HostConfig.PortBindings}} {{.Config.Hostname}}
            {{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}} {{.Options}}
            {{end}}
            """)
    }
}
