import Foundation
import Support
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The remote builder as a virtual machine.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence), .enabled(if: Podman.isAvailable, Podman.absence),
    .enabled(if: Fleet.canBuild, Fleet.absence),
    .enabled(
        if: ["qemu-system-x86_64", "mke2fs", "apt-get"].allSatisfy(isInstalled),
        "left out: it takes QEMU, mke2fs, and apt for a kernel"))
struct MachineTests {
    @Test func `a machine builds for two processors, and keeps its store`() async throws {
        // Without rights, where that can be: what works so works with them.
        let podman = try await Podman.shared(Podman.usable.last ?? .rootful)
        let guest = try await Fleet.made("guest")
        let machine = try await FleetBuilder(podman, "vm.sh")
        let image = try await Fleet.image(podman)
        let port = "\(machine.port)"
        let up = [
            "up", "--port", port, "--image", image, "--guest", guest, "--accel", "tcg", "--memory", "1G",
            "--store-size", "2G",
            "--emulate", "aarch64-linux",
        ]
        #expect(try await machine.attempt(["status", "--port", port]).status == 1)
        let started = try await machine.attempt(up)
        #expect(started.status == 0, "\(started.stderr)")
        try await machine("status", "--port", port)

        let line = try await machine("machines-line", "--port", port, "--emulate", "aarch64-linux")
        let options = try await machine("ssh-options")
        let first = try await machine.build("one", line: line, options: options)
        try #require(first.count == 4)
        let here = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8).dropLast()
        #expect(first[0].contains("cloud") && first[0] != here)
        #expect(first[1] == "x86_64")
        // In the sandbox, as one of the users for builds.
        #expect(first[3] == "1000")
        let other = try await machine.build(
            "two", system: "aarch64-linux", busybox: "\(guest)/aarch64", line: line, options: options)
        #expect(other.count == 4 && other[0] == first[0] && other[1] == "aarch64")

        // Nothing gets out of it, and what it has is not on a disk that anybody may read.
        let again = try await machine.attempt(up)
        #expect(again.status == 0 && again.stderr.contains("runs already"))
        let wrong = try await machine.attempt(["status", "--port", "\(try freePort())"])
        #expect(wrong.status == 1 && wrong.stderr.contains("does not answer"))

        try await machine("down", "--port", port)
        #expect(try await machine.attempt(["status", "--port", port]).status == 1)
        let restarted = try await machine.attempt(up)
        #expect(restarted.status == 0, "\(restarted.stderr)")
        #expect(try await machine.build("one", line: line, options: options) == first)

        let vm = "\(machine.state)/nix-remote-builder/nix-builder/vm"
        let root = try Data(contentsOf: URL(fileURLWithPath: "\(vm)/root.ext4"), options: .alwaysMapped)
        #expect(root.range(of: Data("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk".utf8)) == nil)
        try await machine("down", "--remove-store", "--port", port)
        #expect(!FileManager.default.fileExists(atPath: vm))
    }

    @Test func `a machine that cannot start says so`() async throws {
        let podman = try await Podman.shared(.rootful)
        let guest = try await Fleet.made("guest")
        let machine = try await FleetBuilder(podman, "vm.sh")
        let image = try await Fleet.image(podman)
        let port = "\(machine.port)"
        let none = try await machine.attempt(["up", "--image", "localhost/none:1", "--guest", guest])
        #expect(none.status == 1 && none.stderr.contains("there is no image localhost/none:1 here"))
        let empty = try await machine.attempt(["up", "--image", image, "--guest", machine.state])
        #expect(empty.status == 1 && empty.stderr.contains("has no kernel"))

        let server = try BackgroundProcess(
            [
                "python3", "-c",
                "import socket; s = socket.create_server(('127.0.0.1', \(port))); print('on', \(port), flush=True)\nwhile True: s.accept()",
            ])
        _ = try await server.listeningPort()
        let taken = try await machine.attempt(
            ["up", "--port", port, "--image", image, "--guest", guest, "--accel", "tcg", "--memory", "512M"])
        #expect(taken.status == 1 && taken.stderr.contains("Could not set up host forwarding"), "\(taken.stderr)")
        server.stop()
        try await machine("down", "--remove-store")
    }
}

/// What the scripts of the template say to a command line that they do not take.
@Suite(.enabled(if: isInstalled("bash"), "left out: bash is not installed"))
struct MachineScriptTests {
    static let scripts = ["binfmt.sh", "kube.sh", "quadlet.sh", "vm.sh"]

    @Test(arguments: scripts)
    func `scripts take no option that they do not know`(_ script: String) async throws {
        let path = "\(Fleet.scripts)/\(script)"
        let home = TemporaryDirectory()
        let environment = isolatedEnvironment(home: home.path)
        for arguments in [["--unknown"], ["unknown"], [], ["--name"], ["status", "print", "one"]] {
            let result = try await runProcess([path] + arguments, environment: environment, directory: "/")
            #expect(result.status == 64 && result.stdout.isEmpty && result.stderr.contains("--help"), "\(arguments)")
        }
        // Before there is a builder, what to do is said. binfmt.sh has neither.
        if let first = ["kube.sh": "one", "quadlet.sh": "install", "vm.sh": "up"][script] {
            let early = try await runProcess([path, "ssh-options"], environment: environment, directory: "/")
            #expect(early.status == 1 && early.stderr.hasSuffix(": first \(script) \(first)\n"), "\(early)")
            // Options of another command.
            let misled = try await runProcess(
                [path, "ssh-options", "--image", "x:1"], environment: environment, directory: "/")
            #expect(misled.status == 64 && misled.stderr.contains("--image"), "\(misled)")
        }
        let help = try await runProcess([path, "--help"], environment: environment, directory: "/")
        #expect(help.status == 0 && help.stdout.hasPrefix("usage: \(script)") && help.stderr.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.file(".local/state")).isEmpty)
    }

    #if os(Linux) && arch(x86_64)
        /// Two would write the same disks, but one that was killed writes none.
        @Test(
            .enabled(
                if: ["ssh-keygen", "ssh-keyscan", "flock"].allSatisfy(isInstalled),
                "left out: ssh or flock is not installed"))
        func `a machine is started by one at a time, and by another when that one was killed`() async throws {
            let home = TemporaryDirectory()
            var environment = isolatedEnvironment(home: home.path)
            environment["PATH"] = "\(home.file("programs")):\(environment["PATH"] ?? "/usr/bin:/bin")"
            for program in ["debugfs", "mke2fs", "qemu-system-x86_64"] {
                try home.write("programs/\(program)", "#!/bin/sh\nexit 1\n", mode: 0o755)
            }
            // Asked for the image it is long silent at first, and has none later.
            let podman = """
                #!/bin/sh
                [ ! -e ~/asked ] || exit 1
                : >~/asked
                exec sleep 600

                """
            try home.write("programs/podman", podman, mode: 0o755)
            for file in ["kernel", "busybox", "modules/modules.dep"] { try home.write("guest/\(file)", "") }
            let up = [
                "\(Fleet.scripts)/vm.sh", "up", "--image", "localhost/none:1", "--guest", home.file("guest"),
            ]

            let first = try BackgroundProcess(up, environment: environment)
            defer { first.stop() }
            let asked = home.file("asked")
            #expect(
                try await eventually(while: { first.isRunning }) { FileManager.default.fileExists(atPath: asked) },
                "\(first.output())")
            let second = try await runProcess(up, environment: environment, directory: "/")
            #expect(second.status == 1 && second.stderr.contains("another vm.sh up is at it"), "\(second)")

            first.signal(SIGKILL)
            // Each of its processes is gone a moment later.
            let isFree = try await eventually {
                try await runProcess(up, environment: environment, directory: "/").stderr
                    .contains("there is no image localhost/none:1 here")
            }
            #expect(isFree, "the folder is still taken")
        }
    #endif

    /// A machine that hangs, and whose pipe nobody reads any more.
    @Test func `a machine that does not stop is switched off`() async throws {
        let home = TemporaryDirectory()
        var environment = isolatedEnvironment(home: home.path)
        // A comma parts what QEMU is told, and not the words of its command line.
        environment["XDG_STATE_HOME"] = home.file("a,b")
        let vm = try home.makeDirectory("a,b/nix-remote-builder/nix-builder/vm")
        try await run(["mkfifo", "\(vm)/control.in"])
        let machine = try BackgroundProcess(
            [
                "bash", "-c", "trap '' TERM; echo $$; while :; do sleep 0.1; done", "-pidfile", "\(vm)/pid",
            ])
        defer { machine.stop() }
        #expect(try await eventually(while: { machine.isRunning }) { machine.output().hasSuffix("\n") })
        try home.write("a,b/nix-remote-builder/nix-builder/vm/pid", machine.output())
        let down = try await runProcess(
            ["\(Fleet.scripts)/vm.sh", "down", "--timeout", "1"], environment: environment, directory: "/")
        #expect(down.status == 0, "\(down)")
        #expect(down.stderr.contains(", TERM)\n") && down.stderr.contains(", KILL)\n"), "\(down)")
        #expect(!FileManager.default.fileExists(atPath: vm))
    }

    @Test func `an interpreter has to be a static program`() async throws {
        let script = "\(Fleet.scripts)/binfmt.sh"
        let register = ["register", "aarch64", "--interpreter"]
        let missing = try await runProcess([script] + register + ["/nowhere"], environment: [:])
        #expect(missing.status == 1 && missing.stderr.contains("/nowhere is not a program"))
        // Before anything is registered: bash needs libraries everywhere.
        let dynamic = try await runProcess([script] + register + ["/bin/bash"], environment: ["PATH": "/usr/bin:/bin"])
        #expect(dynamic.status == 1 && dynamic.stderr.contains("is not static"))
        // At which the kernel would end the path.
        let folder = TemporaryDirectory()
        let colon = try folder.write("a:b", "static\n", mode: 0o755)
        let parted = try await runProcess([script] + register + [colon], environment: ["PATH": "/usr/bin:/bin"])
        #expect(parted.status == 1 && parted.stderr.contains("has a colon in its path"), "\(parted)")
    }
}
