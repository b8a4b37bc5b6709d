import Foundation
import Support
import Testing

/// What can be wrong between this machine's Nix and a builder: the build fails and says so, and so does the script.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: RemoteBuilderImage.isAvailable, BuilderBase.absence))
struct RemoteBuilderFaultTests {
    @Test("another host key is refused, over both protocols")
    func wrongHostKey() async throws {
        let builder = try await RemoteBuilder(RemoteBuilderPodman.shared(.rootful))
        let nix = try NixSandbox()
        let other = try await strangersKey()
        try await builder.whileUp {
            for scheme in ["ssh-ng", "ssh"] {
                let result = try await builder.build(nix, protocol: scheme) {
                    $0[7] = Data((other.public + "\n").utf8).base64EncodedString()
                }
                #expect(result.status != 0)
                #expect(result.stderr.contains("Host key verification failed"), "\(scheme): \(result.stderr)")
            }
            // The keys of this installation are others than those the builder started with.
            try await builder("keys", "--rotate")
            let check = try await builder.attempt("check")
            #expect(check.status == 1)
            #expect(check.stderr.contains("host key: what answers at 127.0.0.1:"), "\(check.stderr)")
            let status = try await builder.attempt("status")
            #expect(status.status == 1)
            #expect(status.stdout.contains("health   host key:"), "\(status.stdout)")

            let up = try await builder.attempt("up", "--image", RemoteBuilderImage.name)
            #expect(up.status == 0, "\(up.stderr)")
            #expect(up.stderr.contains("made anew, with the store in \(builder.name)-store: its keys changed"))
            let result = try await builder.build(nix)
            #expect(result.status == 0, "\(result.stderr)")
        }
    }

    @Test("another client key is not let in, over both protocols")
    func wrongClientKey() async throws {
        let builder = try await RemoteBuilder(RemoteBuilderPodman.shared(.rootful))
        let nix = try NixSandbox()
        let other = try await strangersKey()
        try await builder.whileUp {
            for scheme in ["ssh-ng", "ssh"] {
                let result = try await nix.nix(
                    ["nix-build", "--no-out-link", "--max-jobs", "0", "--builders"]
                        + [try await line(of: builder, scheme: scheme, key: other.file), "-E", Self.anything],
                    environment: ["NIX_SSHOPTS": try await options(of: builder, without: "IdentityFile")])
                #expect(result.status != 0)
                #expect(result.stderr.contains("Permission denied (publickey)"), "\(scheme): \(result.stderr)")
            }
            try await run(["cp", other.file, "\(builder.state)/client_key"])
            let check = try await builder.attempt("check")
            #expect(check.status == 1)
            #expect(check.stderr.contains("client key: the builder does not let in"), "\(check.stderr)")
        }
    }

    @Test("a builder that does not trust its user refuses the build, and check says why")
    func untrusted() async throws {
        let builder = try await RemoteBuilder(RemoteBuilderPodman.shared(.rootful))
        let nix = try NixSandbox()
        try await builder.whileUp(image: RemoteBuilderImage.untrusting) {
            for (scheme, words) in [
                ("ssh-ng", "you are not privileged to build input-addressed derivations"),
                ("ssh", "not privileged to build input-addressed derivations"),
            ] {
                let result = try await builder.build(nix, protocol: scheme)
                #expect(result.status != 0)
                #expect(result.stderr.contains(words), "\(scheme): \(result.stderr)")
            }
            let check = try await builder.attempt("check")
            #expect(check.status == 1)
            #expect(
                check.stderr.contains("trust: the builder's Nix does not trust its user (trusted-users = root)"),
                "\(check.stderr)")
        }
    }

    @Test("when its daemon ends, so does the builder; what was asked says so, and up brings it back")
    func stoppedDaemon() async throws {
        let podman = try await RemoteBuilderPodman.shared(.rootful)
        let builder = try await RemoteBuilder(podman)
        let nix = try NixSandbox()
        try await builder.whileUp {
            let first = try await builder.build(nix)
            #expect(first.status == 0, "\(first.stderr)")
            let daemon =
                "for p in /proc/[0-9]*; do read -r n < $p/comm && [ \"$n\" = nix-daemon ] && kill ${p#/proc/}; done"
            _ = try await podman.attempt(["exec", builder.name, "sh", "-c", daemon])
            try await podman("wait", builder.name)

            let result = try await builder.build(nix)
            #expect(result.status != 0)
            #expect(result.stderr.contains("Connection refused"), "\(result.stderr)")
            let check = try await builder.attempt("check")
            #expect(check.status == 1)
            #expect(check.stderr.contains("does not run"), "\(check.stderr)")
            let status = try await builder.attempt("status")
            #expect(status.status == 3)
            #expect(status.stdout.contains("exit status 1"), "\(status.stdout)")

            try await builder("up", "--image", RemoteBuilderImage.name)
            #expect(try await builder.has(first.trimmed))
        }
    }

    @Test("a port that is taken, an image that is not there, and a container of somebody else, are said")
    func refusals() async throws {
        let podman = try await RemoteBuilderPodman.shared(.rootful)
        let one = try await RemoteBuilder(podman)
        let two = try await RemoteBuilder(podman)
        try await one.whileUp {
            let port = try await one("machines-line").split(separator: " ")[0].split(separator: ":").last ?? ""
            let taken = try await two.attempt("up", "--image", RemoteBuilderImage.name, "--port", String(port))
            #expect(taken.status == 1)
            #expect(taken.stderr.contains("podman did not start \(two.name):"), "\(taken.stderr)")
            #expect(try await podman.attempt(["container", "exists", two.name]).status == 1)
            _ = try await two.attempt("down")
        }
        let absent = try await two.attempt("up", "--image", "localhost/nix-builder:none")
        #expect(absent.status == 1)
        #expect(absent.stderr.contains("bootstrap/container_build.sh builds it"), "\(absent.stderr)")

        try await podman("create", "--name", two.name, RemoteBuilderImage.name)
        for command in ["up", "down", "status", "stop"] {
            let options = command == "up" ? ["--image", RemoteBuilderImage.name] : []
            let result = try await options.isEmpty ? two.attempt(command) : two.attempt(command, options[0], options[1])
            #expect(result.status == 1)
            #expect(result.stderr.contains("did not make"), "\(command): \(result.stderr)")
        }
        try await podman("rm", two.name)
    }

    @Test("up twice at once makes one builder, and neither takes it from the other")
    func twiceAtOnce() async throws {
        let builder = try await RemoteBuilder(RemoteBuilderPodman.shared(.rootful))
        async let one = builder.attempt("up", "--image", RemoteBuilderImage.name)
        async let two = builder.attempt("up", "--image", RemoteBuilderImage.name)
        let results = try await [one, two]
        #expect(results.contains { $0.status == 0 }, "\(results.map(\.stderr))")
        let check = try await builder.attempt("check")
        #expect(check.status == 0, "\(check.stderr)")
        let files = try FileManager.default.contentsOfDirectory(atPath: builder.state).sorted()
        let known = [
            "client_key", "client_key.pub", "host", "host_key.pub", "known_hosts", "port", "ssh_config", "used-by",
        ]
        #expect(files == known)
        _ = try await builder.attempt("down")
        #expect(!FileManager.default.fileExists(atPath: builder.state))
    }

    private static let anything =
        "derivation { name = \"anything\"; system = builtins.currentSystem; builder = \"/bin/sh\"; args = []; }"

    private func line(of builder: RemoteBuilder, scheme: String, key: String) async throws -> String {
        var words = try await builder("machines-line", "--protocol", scheme).split(separator: " ").map(String.init)
        words[2] = key
        return words.joined(separator: " ")
    }

    /// Its options for ssh without a setting: the key of the configuration would be tried as well.
    private func options(of builder: RemoteBuilder, without setting: String) async throws -> String {
        let file = try await builder("ssh-options").dropFirst("-F ".count)
        let lines = try String(contentsOfFile: String(file), encoding: .utf8).split(separator: "\n")
        let kept = lines.filter { !$0.contains(setting) }.joined(separator: "\n") + "\n"
        let copy = "\(builder.stateHome)/without"
        try kept.write(toFile: copy, atomically: true, encoding: .utf8)
        return "-F \(copy)"
    }

    private func strangersKey() async throws -> (file: String, public: String) {
        let file = Self.directory.file(UUID().uuidString)
        try await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file])
        let text = try String(contentsOfFile: "\(file).pub", encoding: .utf8)
        return (file, text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private static let directory = TemporaryDirectory()
}
