import Foundation
import Support
import Testing

/// `container_build.sh`, run as it is with real Nix and podman.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: BootstrapWorld.isAvailable, BootstrapWorld.absence))
struct BootstrapTests {
    /// Programs of outside that would do something else, were they run.
    private static func traps(in folder: String, called names: [String]) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in names {
            let path = "\(folder)/\(name)"
            try Data("#!/bin/sh\necho \"a trap: $0\" >&2\nexit 99\n".utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
    }

    @Test(arguments: Podman.usable)
    func `builds the image once, from any folder, with programs of the pins alone`(
        _ rights: Podman.Rights
    ) async throws {
        let world = try await BootstrapWorld.shared(rights)
        let project = try await world.project()
        // Programs of these names come first on PATH and lie in the working directory.
        let names = ["jq", "podman", "nix-build", "tar", "grep", "mktemp", "tee", "uname"]
        let traps = project.file("traps")
        try Self.traps(in: traps, called: names)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        // Somebody's own, in a shell of `nix develop`: it looks like one that nix-shell made for this run.
        let temporary = project.file("nix-shell.own")
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        try project.write("nix-shell.own/work", "mine")
        try await world.podman.own(project.path)
        // A channel, from which nix-shell takes its bash by itself.
        let channel = project.file("channel.nix")
        try project.write("channel.nix", "throw \"a trap: <nixpkgs>\"\n")
        let outside = [
            "PATH": "\(traps):\(path)", "programs": "/nowhere", "TMPDIR": temporary, "NIX_PATH": "nixpkgs=\(channel)",
        ]

        let first = try await project.build(at: traps, environment: outside)
        let reference = try project.reference(first)
        #expect(reference.hasPrefix("\(project.image)@"))
        #expect(!first.stderr.contains("a trap"), "\(first)")
        #expect(!first.stderr.contains("error:"), "\(first)")
        #expect(first.stderr.contains("building \(project.image):pins-"), "\(first)")

        let link = project.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: project.file("bootstrap"))
        var ways: [(String?, String)] = [
            (nil, "/"), ("./container_build.sh", project.file("bootstrap")), ("\(link)/container_build.sh", "/tmp"),
        ]
        // As a service of systemd does, with next to nothing in its environment. Root's home would be this machine's.
        if rights == .rootless {
            let service = project.file("service")
            try project.write(
                "service", "#!/bin/sh\nexec env -u HOME -u TMPDIR -u USER \"\(link)/container_build.sh\" \"$@\"\n")
            try setMode(service, 0o755)
            ways.append((service, "/"))
        }
        for (script, directory) in ways {
            let again = try await project.build(script: script, at: directory)
            #expect(try project.reference(again) == reference)
            #expect(again.stderr.contains(" is there"), "\(again)")
            #expect(!again.stderr.contains("building \(project.image)"), "\(again)")
        }

        // It is what was asked for: the package, and the health check, which needs Docker's format.
        #expect(
            try await world.podman(
                "run", "--rm", "--network", "none", reference, "sh", "-c", "read -r line </package; echo \"$line\"")
                == "what is in the package")
        let check = try await world.podman("image", "inspect", "--format", "{{.HealthCheck.Test}}", reference)
        #expect(check == "[CMD /bin/sh -c true]")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary) == ["work"])
    }

    @Test(arguments: Podman.usable)
    func `builds the same image again, and says when it is another one`(_ rights: Podman.Rights) async throws {
        let world = try await BootstrapWorld.shared(rights)
        let project = try await world.project()
        let reference = try project.reference(try await project.build())
        let again = try await project.build(["--rebuild"])
        #expect(try project.reference(again) == reference)
        #expect(again.stderr.contains("it came out the same again"), "\(again)")
        #expect(again.stderr.contains("STEP 1/"), "it was not built again: \(again)")

        let random = try await world.project(lines: ["RUN read -r id </proc/sys/kernel/random/uuid && echo $id >/id"])
        let one = try random.reference(try await random.build())
        let other = try await random.build(["--rebuild"])
        #expect(other.status == 104, "\(other)")
        #expect(other.stdout == "")
        // The first keeps its name, and the other one can be looked at.
        #expect(try random.reference(try await random.build()) == one)
        let tags = try await world.podman("images", "--format", "{{.Tag}}", "--filter", "reference=\(random.image)")
        #expect(tags.split(separator: "\n").contains { $0.hasSuffix("-rebuilt") }, "\(tags)")
    }

    @Test func `pushes to a registry, and says the digest that it has there`() async throws {
        let world = try await BootstrapWorld.shared(.rootful)
        let project = try await world.project()
        let name = "\(world.registry.host)/team/builder"
        let reference = try project.reference(try await project.build(["--push", "docker://\(name)"]))
        #expect(reference.hasPrefix("\(name)@"))
        try await run(
            ["skopeo", "inspect", "--tls-verify=false", "docker://\(reference)"], environment: world.podman.environment)
        let command = ["run", "--rm", "--network", "none", "--pull", "always", reference]
        let read = "read -r line </package; echo \"$line\""
        #expect(try await world.podman(command + ["sh", "-c", read]) == "what is in the package")
        // And by a tag of the pins.
        let tag = try await project.build(["--print-name"]).trimmed.components(separatedBy: ":").last ?? ""
        try await world.podman("pull", "--quiet", "\(name):\(tag)")
        #expect(tag.hasPrefix("pins-"))
    }

    @Test(arguments: [
        (["--bogus"], "unknown argument '--bogus'"), (["more"], "unknown argument 'more'"),
        (["--arch"], "--arch wants a value"), (["--push", ""], "--push wants a value"),
        (["--image-name", "localhost/a:1"], "the tag comes from the pins"),
        (["--image-name", "localhost/Shop"], "of small letters and digits"),
        (["--image-name", "a b"], "of small letters"),
        (["--push", "127.0.0.1:1/Shop"], "of small letters"), (["--push", "127.0.0.1:1/a:b:c"], "of small letters"),
        (["--push", "name"], "REGISTRY/NAME"), (["--push", "oci:/tmp/x@y"], "REGISTRY/NAME"),
        (["--push", "docker://127.0.0.1:1/a:latest"], "'latest' says nothing"),
    ])
    func `refuses arguments that it does not know`(_ arguments: [String], _ words: String) async throws {
        let project = try await BootstrapWorld.shared(.rootful).project(pins: ["nixpkgs"])
        try await project.expectRefusal(try await project.build(arguments), status: 64, saying: words, "--help")
    }

    @Test func `heeds its arguments`() async throws {
        let project = try await BootstrapWorld.shared(.rootful).project()
        let help = try await project.build(["--help"])
        #expect(help.status == 0 && help.stdout.hasPrefix("usage: container_build.sh"), "\(help)")
        let name = try await project.build(["--print-name"])
        let tag = try await run([project.file("alpine/image-name.sh")]).trimmed
        #expect(name.stdout == "\(project.image):\(tag)\n", "\(name)")
        let isThere = try await project.hasImage()
        #expect(!isThere, "only the name was asked for")

        let other = try await project.build(["--arch", "arm64"])
        try await project.expectRefusal(other, status: 1, saying: "is for amd64", "pinr set alpine --arch arm64")
        let unknown = try await project.build(["--arch", "sparc"])
        try await project.expectRefusal(unknown, status: 64, saying: "'sparc'")
        _ = try project.reference(try await project.build(["--arch", "x86_64"]))
    }

    @Test func `says what to do where podman has few rights`() async throws {
        let world = try await BootstrapWorld.shared(.rootful)
        let project = try await world.project()
        // More files than any kernel lets a process have.
        let settings = try String(
            contentsOfFile: try #require(world.podman.environment["CONTAINERS_CONF"]), encoding: .utf8)
        let raised = settings.replacingOccurrences(of: "nofile=1024:1024", with: "nofile=2147483647:2147483647")
        #expect(raised != settings)
        let file = try world.podman.write("raised.conf", raised)
        let result = try await project.build(environment: ["CONTAINERS_CONF": file])
        try await project.expectRefusal(result, status: 1, saying: "CONTAINERS_CONF, with default_ulimits")
        _ = try project.reference(try await project.build())
    }
}
