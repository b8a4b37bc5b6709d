import Foundation
import Support
import Testing

/// The builder's image at work: CI jobs, builds through the daemon in Nix's sandbox, and what stops it.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: BuilderBase.isAvailable, BuilderBase.absence), .serialized)
struct AlpineRunTests {
    /// A container of one test.
    struct Machine: Sendable, CustomTestStringConvertible {
        let base: BuilderBase
        let rights: Podman.Rights
        var testDescription: String { "\(rights), \(base.testDescription)" }

        static let all = BuilderBase.usable.flatMap { base in Podman.usable.map { Machine(base: base, rights: $0) } }

        var podman: Podman { get async throws { try await Podman.shared(rights) } }
        var image: String { get async throws { try await BuilderImage.shared(base).loaded(into: podman) } }

        /// No more than Nix's sandbox needs, and than users to build as: the same with root's rights and without.
        static let sandbox = [
            "--cap-drop", "all", "--cap-add", "CHOWN,DAC_OVERRIDE,FOWNER,KILL,SETGID,SETUID,SYS_ADMIN,SYS_CHROOT",
            "--security-opt", "no-new-privileges", "--security-opt", "unmask=/proc/*",
        ]
        static let readOnly = ["--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp"]

        /// Runs a command in a new container to its end.
        func run(_ options: [String], _ command: String...) async throws -> ProcessResult {
            try await podman.attempt(
                ["run", "--rm", "--network", "none"] + options + [image] + command)
        }
    }

    /// A derivation that says who built it and where.
    private static let expression = """
        derivation { name = "made"; system = builtins.currentSystem; builder = "/bin/sh";
          args = [ "-c" "[ -e /etc/nix/nix.conf ] || echo sandbox >$out" ]; }
        """

    @Test(arguments: Machine.all)
    func `builds as a user without rights, in the sandbox, with a read-only root`(_ machine: Machine) async throws {
        // A cache that does not answer: what is known of it has to be noted somewhere, also with a read-only root.
        let cache = "NIX_CONFIG=substituters = http://127.0.0.1:9\ndownload-attempts = 1\nfallback = true"
        for options in [[], Machine.readOnly + ["--env", cache]] {
            let built = try await machine.run(
                Machine.sandbox + options, "sh", "-c",
                "id -un; nix-build --no-out-link -E '\(Self.expression)' >/tmp/path && cat \"$(cat /tmp/path)\" && : >\"$HOME/x\""
            )
            #expect(built.status == 0, "\(built.stderr)")
            #expect(built.lines == ["ci", "sandbox"], "\(built.stderr)")
            #expect(!built.stderr.contains("Read-only file system"), "\(built.stderr)")
        }
        // Without those rights it is refused, and not done without a sandbox.
        let refused = try await machine.run([], "nix-build", "--no-out-link", "-E", Self.expression)
        #expect(refused.status != 0)
        #expect(!refused.stdout.contains("/nix/store"))
        let without = try await machine.run(
            ["--env", "NIX_CONFIG=sandbox = false"], "nix-build", "--no-out-link", "-E",
            "derivation { name = \"made\"; system = builtins.currentSystem; builder = \"/bin/sh\"; args = [ \"-c\" \"echo >$out\" ]; }"
        )
        #expect(without.status == 0, "\(without.stderr)")
    }

    @Test(arguments: Machine.all)
    func `ends as the command ended`(_ machine: Machine) async throws {
        let failed = try await machine.run([], "sh", "-c", "cat; echo out; echo err >&2; exit 7")
        #expect(failed.status == 7)
        #expect(failed.stdout == "out\n")
        #expect(failed.stderr.contains("err\n"))
        #expect(try await machine.run([], "no-such-command").status == 127)
        let root = try await machine.run(
            Machine.readOnly + ["--env", "NIX_BUILDER_USER=root"], "sh", "-c",
            "id -u; echo \"$1 $#\"; : >\"$HOME/x\"", "sh", "a  b")
        #expect(root.status == 0, "\(root.stderr)")
        #expect(root.stdout == "0\na  b 1\n")
        let unknown = try await machine.run(["--env", "NIX_BUILDER_USER=nobody-here"], "true")
        #expect(unknown.status == 78)
        #expect(unknown.stderr.contains("there is no user 'nobody-here'"))
        #expect(try await machine.run([], "--foo").status == 64)
        #expect(try await machine.run([], "--help").stdout.hasPrefix("usage: podman run"))
    }

    /// Those of a terminal's keys, which a shell has what it starts in the background ignore.
    @Test(arguments: Machine.all)
    func `ends when it is interrupted`(_ machine: Machine) async throws {
        let podman = try await machine.podman
        for (user, signal) in [("ci", "INT"), ("ci", "QUIT"), ("root", "INT")] {
            let name = "interrupted-\(machine.base)"
            try await podman([
                "run", "--detach", "--name", name, "--network", "none", "--env", "NIX_BUILDER_USER=\(user)",
                machine.image, "sh", "-c", "echo ready; exec sleep 300",
            ])
            try await waitForLog(podman, name, "ready")
            try await podman("kill", "--signal", signal, name)
            // Not `podman wait`: version 4.3 may wait for ever for a container that has ended.
            func state(_ what: String) async throws -> String {
                try await podman("inspect", "--format", "{{.State.\(what)}}", name)
            }
            // It has stopped as soon as podman sees its end, and exited once podman has cleaned up, which on a busy machine may
            // be given up.
            let hasEnded = try await eventually { try await ["stopped", "exited"].contains(state("Status")) }
            try #require(hasEnded, "\(name) does not end")
            let status = try await state("ExitCode")
            #expect(status == "143", "\(user), \(signal): it was asked to end by TERM")
            try await podman("rm", "--force", "--time", "0", name)
        }
    }

    @Test(arguments: Machine.all)
    func `passes signals on, and leaves no zombie`(_ machine: Machine) async throws {
        // By their ids, which zombies have too. Their names they get a moment after they were made.
        let podman = try await machine.podman
        let name = "signals-\(machine.base)"
        let script = """
            trap 'echo caught; exit 5' TERM
            orphans="$(sh -c 'sleep 0.1 >/dev/null & echo $!') $(sh -c 'sleep 0.2 >/dev/null & echo $!')"
            left() { for id in $orphans; do ! kill -0 $id 2>/dev/null || echo $id; done | wc -l; }
            for try in $(seq 200); do [ $(left) -ne 0 ] || break; sleep 0.5; done
            left
            echo ready
            while :; do sleep 1 & wait $!; done
            """
        try await podman(
            ["run", "--detach", "--name", name, "--network", "none", machine.image, "sh", "-c", script])
        try await waitForLog(podman, name, "ready")
        try await podman("stop", "--time", "60", name)
        let log = try await podman("logs", name)
        #expect(log.split(separator: "\n") == ["0", "ready", "caught"])
        #expect(try await podman("inspect", "--format", "{{.State.ExitCode}}", name) == "5")
        try await podman("rm", name)
    }

    @Test(arguments: Machine.all)
    func `serves with keys, is healthy as long as both answer, and ends when asked`(_ machine: Machine) async throws {
        let podman = try await machine.podman
        let keys = try await podman.makeFolder()
        try await Support.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(keys)/ssh_host_ed25519_key"])
        try await Support.run(["cp", "\(keys)/ssh_host_ed25519_key.pub", "\(keys)/authorized_keys"])
        try await podman.own(keys)
        let name = "serves-\(machine.base)"
        // Of the setting Nix warns: that makes nobody ill.
        let run =
            ["--name", name, "--network", "none", "--volume", "\(keys):/etc/nix-builder:ro"] + Machine.readOnly
            + ["--env", "NIX_CONFIG=no-such-setting = 1"]
        try await podman(["run", "--detach"] + run + [machine.image])
        try await waitForLog(podman, name, "Server listening on")
        let healthy = try await podman.attempt(["healthcheck", "run", name])
        #expect(healthy.status == 0, "\(healthy.stdout) \(healthy.stderr)")
        // A daemon that does not answer is not one that has ended.
        try await podman(
            "exec", name, "sh", "-c", "mv /nix/var/nix/daemon-socket/socket /nix/var/nix/daemon-socket/gone")
        let unhealthy = try await podman.attempt(["healthcheck", "run", name])
        #expect(unhealthy.status == 1, "\(unhealthy.stdout) \(unhealthy.stderr)")
        try await podman("stop", "--time", "60", name)
        #expect(try await podman("inspect", "--format", "{{.State.ExitCode}}", name) == "0")
        // Again, with the socket of the last time on the volume; then the daemon ends by itself.
        try await podman("start", name)
        try await podman(["exec", name, "sh", "-c", "until healthcheck.sh; do :; done; kill $(pidof nix-daemon)"])
        #expect(try await podman("wait", name) == "1")
        let log = try await podman.attempt(["logs", name])
        #expect((log.stdout + log.stderr).contains("nix-builder: nix-daemon ended, and so does the builder"))
        try await podman("rm", "--volumes", name)
    }

    /// With an sshd in its place that knows of penalties, as since OpenSSH 9.8, and with one that does not.
    @Test(arguments: Machine.all)
    func `shuts no address out, and its keys can be read, whatever podman wants of files`(_ machine: Machine)
        async throws
    {
        let podman = try await machine.podman
        let folder = try await podman.makeFolder()
        try await Support.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/ssh_host_ed25519_key"])
        try await Support.run(["cp", "\(folder)/ssh_host_ed25519_key.pub", "\(folder)/authorized_keys"])
        let server = URL(fileURLWithPath: "\(folder)/sshd")
        try Data(
            "#!/bin/sh\ncase \" $* \" in *' -t '*) exit \"$KNOWS\" ;; esac\necho \"started: $*\"\nexec sleep 300\n".utf8
        ).write(to: server)
        try setMode(server.path, 0o755)
        try await podman.own(folder)
        for (knows, options) in [("0", "-D -e -o PerSourcePenalties=no -p 22"), ("255", "-D -e -p 22")] {
            let name = "knocks-\(machine.base)-\(knows)"
            try await podman([
                "run", "--detach", "--name", name, "--network", "none", "--umask", "0077", "--env", "KNOWS=\(knows)",
                "--volume", "\(folder):/etc/nix-builder:ro", "--volume", "\(server.path):/usr/sbin/sshd:ro",
                machine.image,
            ])
            try await waitForLog(podman, name, "started: \(options) -f")
            let files = ["", "/authorized_keys", "/ssh_host_ed25519_key"].map { "/run/nix-builder\($0)" }
            let modes = try await podman(["exec", name, "stat", "-c", "%a"] + files)
            #expect(modes == "755\n644\n600")
            try await podman("rm", "--force", "--time", "0", "--volumes", name)
        }
        // What podman wants is for the job, which reaches the daemon all the same.
        let job = try await machine.run(["--umask", "0077", "--tmpfs", "/nix"], "sh", "-c", "umask; healthcheck.sh")
        #expect(job.status == 0 && job.stdout == "0077\n", "\(job)")
    }

    /// The home of jobs may be a volume that is kept.
    @Test(arguments: Machine.all)
    func `a link that a job left behind leads root nowhere`(_ machine: Machine) async throws {
        let folder = try await machine.podman.makeFolder()
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/.writable", withDestinationPath: "/etc/planted")
        try await machine.podman.own(folder)
        let result = try await machine.run(["--volume", "\(folder):/home/ci"], "sh", "-c", "ls /etc/planted")
        #expect(result.status != 0 && result.stdout.isEmpty, "\(result)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(files == [".writable"], "what was tried stays: \(files)")
    }

    @Test(arguments: Machine.all)
    func `says what is missing, with status 78`(_ machine: Machine) async throws {
        let podman = try await machine.podman
        let keys = try await podman.makeFolder()
        let mount = ["--volume", "\(keys):/etc/nix-builder:ro"]
        let none = try await machine.run([])
        #expect(none.status == 78)
        #expect(none.stderr.contains("/etc/nix-builder/ssh_host_ed25519_key is not there"))
        try Data().write(to: URL(fileURLWithPath: "\(keys)/ssh_host_ed25519_key"))
        let empty = try await machine.run(mount)
        #expect(empty.status == 78)
        #expect(empty.stderr.contains("ssh_host_ed25519_key is empty"))
        try Data("no key\n".utf8).write(to: URL(fileURLWithPath: "\(keys)/ssh_host_ed25519_key"))
        try Data("no key\n".utf8).write(to: URL(fileURLWithPath: "\(keys)/authorized_keys"))
        let bad = try await machine.run(mount)
        #expect(bad.status == 78)
        #expect(bad.stderr.contains("is no private key"))
        let closed = try await machine.run(["--read-only", "--read-only-tmpfs=false"], "true")
        #expect(closed.status == 78)
        #expect(closed.stderr.contains("cannot write to /run"))
        for port in ["x", "022", "0"] {
            #expect(try await machine.run(["--env", "NIX_BUILDER_PORT=\(port)"]).status == 78, "\(port)")
        }
        #expect(try await machine.run(["--user", "1001"], "true").status == 78)
    }

    /// Waits until a container has said something; it is an error when it ends before.
    private func waitForLog(_ podman: Podman, _ name: String, _ text: String) async throws {
        let isSaid = try await eventually {
            // Looked at before the log, which then has all that a container said that has ended.
            let state = try await podman("inspect", "--format", "{{.State.Status}}", name)
            let log = try await podman.attempt(["logs", name])
            if (log.stdout + log.stderr).contains(text) { return true }
            guard state == "running" else {
                throw PodmanError(what: "\(name) is \(state): \(log.stdout) \(log.stderr)")
            }
            return false
        }
        try #require(isSaid, "\(name) does not say \(text)")
    }
}
