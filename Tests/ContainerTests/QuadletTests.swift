import Foundation
import Support
import Testing

/// The remote builder as a service: what Debian 13's Quadlet makes of the units is run.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence), .enabled(if: Podman.isAvailable, Podman.absence),
    .enabled(if: Fleet.canBuild, Fleet.absence))
struct QuadletTests {
    @Test(arguments: Podman.usable)
    func `the service runs what remote-builder.sh runs, and builds`(_ rights: Podman.Rights) async throws {
        let podman = try await Podman.shared(rights)
        let image = try await Fleet.image(podman)
        let service = try await FleetBuilder(podman, "quadlet.sh")
        let units = "\(service.state)/units"
        let port = "\(service.port)"
        let said = try await service(
            "install", "--name", "as-service", "--image", image, "--port", port, "--dir", units)
        let systemctl = rights == .rootful ? "systemctl" : "systemctl --user"
        #expect(said == "\(systemctl) daemon-reload && \(systemctl) restart as-service.service\n")

        let generated = try await generate(units, rights)
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
        try await podman("volume", "create", "as-service-store")
        try await podman(["run"] + arguments)
        let asService = try await shown(podman)
        let isHealthy = try await eventually {
            try await podman.attempt(["healthcheck", "run", "as-service"]).status == 0
        }
        try #require(isHealthy, "the service does not answer")
        let line = try await service("machines-line", "--name", "as-service", "--port", port)
        let built = try await service.build(
            "served", line: line, options: service("ssh-options", "--name", "as-service"))
        #expect(built.count == 4 && built[3] == "1000")
        // As the unit's ExecStop does.
        try await podman("rm", "-v", "-f", "-i", "as-service")
        #expect(try await podman("volume", "ls", "--quiet", "--filter", "name=as-service") == "as-service-store")

        // The service is stopped, and yet its name, keys and store are not another builder's.
        let byHand = FleetBuilder(service, "remote-builder.sh")
        let up = ["up", "--name", "as-service", "--image", image, "--port", port]
        for command in [up, ["down", "--name", "as-service"]] {
            let refused = try await byHand.attempt(command)
            #expect(refused.status == 1)
            #expect(refused.stderr.contains("as-service is a builder of quadlet.sh"), "\(refused.stderr)")
        }
        try await service("remove", "--name", "as-service", "--dir", units)
        #expect(try FileManager.default.contentsOfDirectory(atPath: units).isEmpty)
        #expect(FileManager.default.fileExists(atPath: "\(service.state)/nix-remote-builder/as-service/client_key"))

        let started = try await byHand.attempt(up)
        #expect(started.status == 0, "\(started.stderr)")
        #expect(try await shown(podman) == asService)
        try await byHand("down", "--name", "as-service")
        // Which it was not that made it.
        try await podman("volume", "rm", "as-service-store")
    }

    @Test func `a unit of somebody else is neither written over nor removed`() async throws {
        let home = TemporaryDirectory()
        let unit = try home.write("units/web.container", "[Container]\nImage=localhost/web:1\n")
        for command in [["install", "--image", "localhost/x:1"], ["remove"]] {
            let result = try await runProcess(
                ["\(Fleet.scripts)/quadlet.sh"] + command + ["--name", "web", "--dir", home.file("units")],
                environment: isolatedEnvironment(home: home.path))
            #expect(result.status == 1 && result.stderr.contains("was not written by quadlet.sh"), "\(result.stderr)")
        }
        #expect(try home.readText("units/web.container") == "[Container]\nImage=localhost/web:1\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.file("units")) == ["web.container"], "\(unit)")
    }

    @Test func `a mistake in a unit is found`() async throws {
        let folder = TemporaryDirectory()
        try folder.write("wrong.container", "[Container]\nImage=localhost/x:1\nNoSuchKey=1\n")
        await #expect(throws: (any Error).self) { try await generate(folder.path, .rootful) }
    }

    /// What Quadlet makes of the units in a folder.
    private func generate(_ units: String, _ rights: Podman.Rights) async throws -> String {
        let root = try await Fleet.made("quadlet")
        let script = """
            set -e
            mount --bind "$1" "$0/mnt"
            exec chroot "$0" env QUADLET_UNIT_DIRS=/mnt /usr/libexec/podman/quadlet -dryrun \(rights == .rootless ? "-user" : "")
            """
        return try await run(["unshare", "--mount", "sh", "-c", script, root, units]).stdout
    }

    /// What a container may do and reach: the same, however it was started.
    private func shown(_ podman: Podman) async throws -> [String] {
        let shown = try await podman(
            "container", "inspect", "as-service", "--format",
            """
            {{.HostConfig.CapDrop}} {{.EffectiveCaps}} {{.BoundingCaps}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Privileged}} {{json .HostConfig.IDMappings}}
            {{.HostConfig.ReadonlyRootfs}} {{json .HostConfig.Tmpfs}} {{json .HostConfig.PortBindings}} {{.Config.Hostname}}
            {{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}} {{.Options}}
            {{end}}
            """)
        // podman names mounts in whatever order.
        return shown.split(separator: "\n").map(String.init).sorted()
    }
}
