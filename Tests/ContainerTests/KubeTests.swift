import Foundation
import JSON
import Support
import Testing

/// The remote builder as a pod of podman.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence), .enabled(if: Podman.isAvailable, Podman.absence),
    .enabled(if: Fleet.canBuild, Fleet.absence))
struct KubeTests {
    @Test(arguments: Podman.usable)
    func `a pod builds, goes, and keeps its store`(_ rights: Podman.Rights) async throws {
        let podman = try await Podman.shared(rights)
        let image = try await Fleet.image(podman)
        let pod = try await FleetBuilder(podman, "kube.sh")
        let port = "\(pod.port)"
        let manifest = try await pod("one", "--name", "in-pod", "--image", image, "--port", port)
        let line = try await pod("machines-line", "--name", "in-pod", "--port", port)
        let options = try await pod("ssh-options", "--name", "in-pod")

        try await play(podman, "play", manifest)
        let first = try await built(pod, line, options)
        #expect(first.count == 4 && first[1] == "x86_64")
        // One of the users for builds, in a container without the sandbox.
        #expect(first[3] != "0")
        let shown = try await podman(
            "container", "inspect", "--format",
            "{{.HostConfig.ReadonlyRootfs}} {{.EffectiveCaps}} {{.HostConfig.SecurityOpt}}",
            "in-pod-builder")
        #expect(
            shown == "true [CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL CAP_NET_BIND_SERVICE CAP_SETGID CAP_SETUID "
                + "CAP_SYS_CHROOT] [no-new-privileges]")
        let ports = try await podman("port", "in-pod-builder")
        #expect(ports == "22/tcp -> 127.0.0.1:\(port)")
        #expect(try await podman.attempt(["healthcheck", "run", "in-pod-builder"]).status == 0)

        try await play(podman, "down", manifest)
        #expect(try await podman("ps", "--all", "--quiet", "--filter", "name=in-pod") == "")
        #expect(try await podman("volume", "ls", "--quiet", "--filter", "name=in-pod") == "in-pod-store")

        try await play(podman, "play", manifest)
        #expect(try await built(pod, line, options) == first)
        try await play(podman, "down", manifest)
    }

    private func play(_ podman: Podman, _ verb: String, _ manifest: String) async throws {
        let result = try await podman.runInside(
            ["podman", "kube", verb, "-"], input: Array(manifest.utf8), timeout: patience)
        guard result.status == 0 else { throw PodmanError(what: "kube \(verb): \(result.stderr)\n\(manifest)") }
    }

    /// A build, once it answers: nothing tells when a pod is ready.
    private func built(_ pod: FleetBuilder, _ line: String, _ options: String) async throws -> [String] {
        let answers = try await eventually {
            try await runProcess(["ssh-keyscan", "-p", "\(pod.port)", "127.0.0.1"], environment: [:]).stdout
                .contains("ssh-ed25519")
        }
        try #require(answers, "the pod does not answer")
        return try await pod.build("kept", line: line, options: options)
    }
}

/// What is printed for Kubernetes, which no test can run: it is held against Kubernetes' own schemas.
@Suite(.enabled(if: ["bash", "ssh-keygen"].allSatisfy(isInstalled), "left out: bash or ssh-keygen is not installed"))
struct KubeManifestTests {
    private static let validator = "\(packageRoot)/.build/ci-checks/bin/kubernetes-validate"
    private static let image = "registry.example.org/nix-builder@sha256:" + String(repeating: "5", count: 64)
    private let home = TemporaryDirectory()

    private func kube(_ arguments: String...) async throws -> ProcessResult {
        try await runProcess(
            ["\(Fleet.scripts)/kube.sh"] + arguments, environment: isolatedEnvironment(home: home.path), directory: "/")
    }

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: validator),
            "left out: kubernetes-validate is not installed (scripts/install-deps lint)"))
    func `manifests are what Kubernetes takes`() async throws {
        let manifests = [
            ("one", try await kube("one", "--image", "localhost/nix-builder:pins-1", "--port", "2299"), 1),
            ("cluster", try await kube("cluster", "--image", Self.image, "--replicas", "7"), 4),
            ("secret", try await kube("secret", "--replicas", "2"), 1),
        ]
        for (name, printed, count) in manifests {
            #expect(printed.status == 0, "\(printed.stderr)")
            // Nothing is left to put in; the comment that says so stays.
            #expect(!printed.stdout.contains(try Regex("@[A-Z]+@")))
            let file = try home.write("\(name).yaml", printed.stdout)
            let result = try await runProcess([Self.validator, "--strict", file], environment: [:])
            let said = result.stdout + result.stderr
            #expect(result.status == 0, "\(said)")
            #expect(said.components(separatedBy: " passed ").count == count + 1, "\(said)")
            // It does find mistakes.
            let broken = try home.write("broken.yaml", printed.stdout.replacing("metadata:", with: "metdata:"))
            #expect(try await runProcess([Self.validator, "--strict", broken], environment: [:]).status != 0)
        }
    }

    @Test func `a cluster has as many builders as it is told, by digest`() async throws {
        let cluster = try await kube("cluster", "--image", Self.image, "--replicas", "7", "--name", "farm")
        #expect(cluster.stdout.contains("\n  replicas: 7\n") && cluster.stdout.contains("image: \(Self.image)\n"))
        #expect(cluster.stdout.contains("name: farm\n") && !cluster.stdout.contains("nix-builder\n  labels"))
        for image in ["nix-builder", "nix-builder:latest", "nix-builder:pins-1", "x@sha256:55"] {
            let refused = try await kube("cluster", "--image", image)
            #expect(refused.status == 64 && refused.stdout.isEmpty, "\(image)")
        }
    }

    @Test func `each builder of a cluster has a host key of its own, which Nix is told of`() async throws {
        let secret = try await kube("secret", "--replicas", "3", "--name", "farm")
        let machines = try await kube(
            "machines", "--replicas", "3", "--name", "farm", "--namespace", "ci", "--jobs", "4")
        #expect(secret.status == 0 && machines.status == 0, "\(secret.stderr)\(machines.stderr)")
        #expect(machines.lines.count == 3)
        var keys: Set<String> = []
        for (number, line) in machines.lines.enumerated() {
            let fields = line.split(separator: " ").map(String.init)
            try #require(fields.count == 8)
            #expect(fields[0] == "ssh-ng://builder@farm-\(number).farm.ci.svc.cluster.local")
            #expect(Array(fields[1...1] + fields[3...6]) == ["x86_64-linux", "4", "1", "big-parallel,benchmark", "-"])
            #expect(try String(contentsOfFile: fields[2], encoding: .utf8).contains("PRIVATE KEY"))
            // What the pod gets is the other half of what the line says.
            let entry = try #require(secret.lines.first { $0.hasPrefix("  farm-\(number): ") })
            let key = try #require(Data(base64Encoded: String(entry.split(separator: " ")[1])))
            let file = try home.write("key-\(number)", Array(key), mode: 0o600)
            let half = try await runProcess(["ssh-keygen", "-y", "-f", file], environment: [:]).trimmed
            let told = String(decoding: try #require(Data(base64Encoded: fields[7])), as: UTF8.self)
            #expect(told.split(separator: " ").prefix(2) == half.split(separator: " ").prefix(2))
            keys.insert(half)
        }
        #expect(keys.count == 3)
        // The client's own key stays here, and the next time it is all the same.
        let client = try String(
            contentsOfFile: "\(home.path)/.local/state/nix-remote-builder/farm/client_key", encoding: .utf8)
        #expect(!secret.stdout.contains(Data(client.utf8).base64EncodedString()))
        #expect(try await kube("secret", "--replicas", "3", "--name", "farm").stdout == secret.stdout)
    }
}
