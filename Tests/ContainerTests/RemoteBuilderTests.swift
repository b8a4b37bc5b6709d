import Foundation
import Support
import Testing

/// remote-builder.sh as it is used: real builds by this machine's Nix, in a container without and with root's rights.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: RemoteBuilderImage.isAvailable, BuilderBase.absence))
struct RemoteBuilderTests {
    @Test("builds there and not here, over both protocols", arguments: Podman.usable)
    func builds(rights: Podman.Rights) async throws {
        let builder = try await RemoteBuilder(RemoteBuilderPodman.shared(rights))
        let nix = try NixSandbox()
        try await builder.whileUp {
            for scheme in ["ssh-ng", "ssh"] {
                let result = try await builder.build(nix, protocol: scheme)
                #expect(result.status == 0, "\(scheme): \(result.stderr)")
                guard result.status == 0 else { continue }
                // Nix's sandbox calls whoever builds so; and this machine was allowed no build.
                let text = try String(contentsOfFile: nix.realPath(result.trimmed), encoding: .utf8)
                #expect(text == "nixbld\n", "\(scheme)")
                #expect(
                    try await builder.has(result.trimmed), "\(scheme): \(result.trimmed) is not in the builder's store")
            }
            // What is built sees nothing of the builder's keys.
            let keys = try await builder.build(nix, command: "test ! -e /etc/nix-builder && echo none > $out")
            #expect(keys.status == 0, "\(keys.stderr)")

            let status = try await builder.attempt("status")
            #expect(status.status == 0, "\(status.stdout)\(status.stderr)")
            #expect(status.stdout.contains("health   it answers"))
            #expect(status.stdout.contains("digest   sha256:"))
            #expect(status.stdout.contains(rights.rawValue))
            let check = try await builder("check")
            #expect(check.hasSuffix("trust: it takes builds"))
        }
    }

    @Test(
        "has no more rights than the sandbox takes, and is reachable from this machine alone", arguments: Podman.usable)
    func rights(rights: Podman.Rights) async throws {
        let podman = try await RemoteBuilderPodman.shared(rights)
        let builder = try await RemoteBuilder(podman)
        try await builder.whileUp {
            func inspect(_ what: String) async throws -> String {
                try await podman("container", "inspect", "--format", what, builder.name)
            }
            #expect(try await inspect("{{.HostConfig.Privileged}}") == "false")
            #expect(try await inspect("{{.HostConfig.ReadonlyRootfs}}") == "true")
            #expect(try await inspect("{{json .HostConfig.Dns}}") == "[]")
            let ports = try await inspect("{{json .HostConfig.PortBindings}}")
            #expect(ports.contains("\"HostIp\":\"127.0.0.1\""), "\(ports)")
            let options = try await inspect("{{json .HostConfig.SecurityOpt}}")
            #expect(!options.contains("seccomp"), "\(options)")
            let write = try await podman.attempt(["exec", builder.name, "touch", "/etc/nix-builder/x", "/usr/x"])
            #expect(write.status != 0)
            #expect(write.stderr.contains("Read-only file system"))
            // The builder's root, which whoever has the client key is, has no say in this machine's kernel.
            let kernel = try await podman.attempt(
                ["exec", builder.name, "sh", "-c", "id -u; exec 3>>/proc/sys/kernel/core_pattern"])
            #expect(kernel.stdout == "0\n" && kernel.status != 0)
            let capabilities = try await podman("exec", builder.name, "grep", "CapBnd", "/proc/1/status")
            // CHOWN DAC_OVERRIDE FOWNER KILL SETGID SETUID NET_BIND_SERVICE SYS_CHROOT SYS_ADMIN, by their numbers.
            let wanted = [0, 1, 3, 5, 6, 7, 10, 18, 21].reduce(UInt64(0)) { $0 | 1 << $1 }
            #expect(capabilities.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } == wanted)
        }
    }

    @Test("without the sandbox, has none of its rights, and builds", arguments: Podman.usable)
    func withoutSandbox(rights: Podman.Rights) async throws {
        let podman = try await RemoteBuilderPodman.shared(rights)
        let builder = try await RemoteBuilder(podman)
        let nix = try NixSandbox()
        try await builder.whileUp("--no-sandbox") {
            let result = try await builder.build(nix, command: "test -e /etc/nix/nix.conf && echo open > $out")
            #expect(result.status == 0, "\(result.stderr)")
            let capabilities = try await podman("exec", builder.name, "grep", "CapBnd", "/proc/1/status")
            let bounds = capabilities.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
            #expect(bounds.map { $0 & 1 << 21 } == 0)
        }
    }

    /// That programs of the other processor do run, the tests of the virtual machine show, which has a kernel of its own.
    @Test("emulates another processor where the kernel does, and tells Nix of it", arguments: Podman.usable)
    func emulated(rights: Podman.Rights) async throws {
        let podman = try await RemoteBuilderPodman.shared(rights)
        let builder = try await RemoteBuilder(podman)
        // What the kernel was told is read in a folder of the test's, not in the machine's.
        let told = try await podman.makeFolder()
        let folder = URL(fileURLWithPath: builder.script).deletingLastPathComponent().path
        try await run(["sed", "-i", "s|/proc/sys/fs/binfmt_misc|\(told)|", "\(folder)/container/create.sh"])
        try await podman.own(folder)
        let refused = try await builder.attempt("up", "--emulate", "aarch64-linux")
        #expect(refused.status == 1)
        #expect(refused.stderr.contains("binfmt.sh register aarch64 --interpreter"), "\(refused.stderr)")
        try await run(["sh", "-c", "printf 'enabled\nflags: PF\n' > \(told)/qemu-aarch64; chmod 755 \(told)"])

        try await builder.whileUp("--emulate", "aarch64-linux", "--no-sandbox") {
            let line = try await builder("machines-line").split(separator: " ")
            #expect(line.count > 1 && line[1].hasSuffix("-linux,aarch64-linux"), "\(line)")
            let settings = try await podman("exec", builder.name, "printenv", "NIX_CONFIG")
            #expect(settings == "sandbox = false\nextra-platforms = aarch64-linux")
            // Without the option it is another container, as with every other setting.
            let again = try await builder.attempt("up", "--no-sandbox", "--image", RemoteBuilderImage.name)
            #expect(again.status == 0 && again.stderr.contains("what it emulates changed"), "\(again)")
            #expect(try await builder("machines-line").split(separator: " ")[1].contains(",") == false)
        }
    }

    @Test("gives no shell, no other program and no forwarding")
    func noShell() async throws {
        let podman = try await RemoteBuilderPodman.shared(.rootful)
        let builder = try await RemoteBuilder(podman)
        try await builder.whileUp {
            let options = try await builder("ssh-options").split(separator: " ").map(String.init)
            let address = "127.0.0.1:\(try await builder.port())"
            for (arguments, words) in [
                ([address], "this is a Nix builder, and gives no shell"),
                ([address, "id"], "this is a Nix builder, and runs nix-daemon"),
                (["-tt", address], "PTY allocation request failed"),
            ] {
                let result = try await podman.runInside(["ssh"] + options + arguments)
                #expect(result.status != 0)
                #expect(!result.stdout.contains("uid="))
                #expect(result.stderr.contains(words), "\(arguments): \(result.stderr)")
            }
            let forwarded = try await podman.runInside(
                ["ssh"] + options + ["-W", "127.0.0.1:22", address])
            #expect(forwarded.status != 0)
            #expect(forwarded.stderr.contains("administratively prohibited"), "\(forwarded.stderr)")
        }
    }

    @Test("two stand side by side, and one goes without the other")
    func sideBySide() async throws {
        let podman = try await RemoteBuilderPodman.shared(.rootful)
        let one = try await RemoteBuilder(podman)
        let two = try await RemoteBuilder(podman, stateHome: one.stateHome)
        let nix = try NixSandbox()
        try await one.whileUp {
            try await two.whileUp {
                #expect(try await one.port() != two.port())
                let result = try await two.build(nix)
                #expect(result.status == 0, "\(result.stderr)")
                #expect(try await !one.has(result.trimmed))
            }
            #expect(try await two.attempt("status").status == 3)
            let result = try await one.build(nix)
            #expect(result.status == 0, "\(result.stderr)")
        }
    }
}
