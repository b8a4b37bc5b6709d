import Foundation
import Support
import Testing

/// `check-reproducible.sh` as a job runs it, with real Nix: what is not the same is found, and the report names the file.
@Suite(.enabled(if: NixSandbox.canEnter, "left out: no Nix, or nothing may be mounted here"))
struct ReproducibleTests {
    private let ci = CITemplate()
    private let nix: NixSandbox
    private let web: WebServer

    init() async throws {
        nix = try NixSandbox()
        web = try await WebServer()
        try ci.directory.makeDirectory("project")
        try web.put("x.txt", "pinned\n")
        try await pinr("init", "--bare")
        try await pinr("add", "file+\(web.url("/x.txt"))", "--name", "x")
    }

    private func pinr(_ arguments: String...) async throws {
        try await run([Binary.pinr] + arguments, environment: ci.variables(), directory: ci.directory.file("project"))
    }

    private func write(_ name: String, _ text: String) throws { try ci.directory.write("project/\(name)", text) }

    /// Two derivations of the pin: one that is always the same, and one of the given command.
    private func recipe(_ command: String) -> String {
        """
        let
          sources = import ./pins;
          make = name: command: derivation {
            inherit name;
            system = builtins.currentSystem;
            builder = "/bin/sh";
            args = [ "-c" "export PATH=/usr/bin:/bin; ${command}; exit" ];
            file = sources.x;
          };
        in
        {
          steady = make "steady" "cat $file > $out";
          tree = make "tree" "mkdir $out; cp $file $out/same; \(command)";
        }

        """
    }

    private func check(_ arguments: [String], in nix: NixSandbox? = nil) async throws -> ProcessResult {
        let nix = nix ?? self.nix
        var environment = ci.variables(nix.environmentInside)
        environment["HOME"] = ci.directory.file("home")
        // A store elsewhere, which stands for the second machine, always has a sandbox.
        environment["NIX_CONFIG", default: ""] += "\nsandbox-paths = /bin? /usr? /lib? /lib64?"
        environment["PATH"] = Binary.path(before: environment["PATH"])
        let result = try await runProcess(
            try nix.inside(["\(CITemplate.folder)/check-reproducible.sh"] + arguments), environment: environment,
            directory: ci.directory.file("project"), timeout: patience)
        #expect(ci.leftovers.filter { $0.hasPrefix("tmp.") }.isEmpty)
        return result
    }

    private func report() throws -> String { try ci.directory.readText("report.md") }
    private var reporting: [String] { ["--report", ci.directory.file("report.md")] }

    @Test func `what is the same twice and on the second machine is in order`() async throws {
        try write("default.nix", recipe("true"))
        let second = try ci.directory.makeDirectory("second")
        let result = try await check(reporting + ["--builder", "local?root=\(second) x86_64-linux - 1 1 - - -"])
        #expect(result.status == 0, "\(result)")
        #expect(result.lines.map { $0.split(separator: " ").last } == ["1-steady", "2-tree"], "\(result)")
        #expect(result.lines.allSatisfy { $0.hasPrefix("sha256:") }, "\(result)")
        #expect(try report().contains("# Reproducible"))
        #expect(FileManager.default.fileExists(atPath: "\(second)/nix/store"))
    }

    @Test(arguments: ["cat /proc/sys/kernel/random/uuid > $out/stamp", "date +%s%N > $out/stamp"])
    func `what is random or tells the time is found, and the report names the file`(_ command: String) async throws {
        try write("default.nix", recipe(command))
        let result = try await check(reporting)
        #expect(result.status == 104, "\(result)")
        let report = try report()
        #expect(report.contains("tree is not reproducible"), "\(report)")
        #expect(report.contains("| <code>/stamp</code> | contents, from byte "), "\(report)")
        #expect(!report.contains("/same") && !report.contains("steady"), "\(report)")
    }

    @Test func `only what is asked for is built`() async throws {
        try write("other.nix", recipe("cat /proc/sys/kernel/random/uuid > $out/stamp"))
        let result = try await check(["other.nix", "steady"])
        #expect(result.status == 0 && result.lines.count == 1, "\(result)")
    }

    @Test func `a second machine that builds another thing is found`() async throws {
        // The same each time on each of the two, which differ in a file outside.
        let flag = ci.directory.file("tmp/flag")
        try write("default.nix", recipe("if [ -e \(flag) ]; then echo here; else echo there; fi > $out/machine"))
        _ = ci.variables()
        try ci.directory.write("tmp/flag", "")
        let second = try ci.directory.makeDirectory("second")
        let result = try await check(reporting + ["--builder", "local?root=\(second) - - -"])
        #expect(result.status == 104, "\(result)")
        let report = try report()
        #expect(report.contains("<code>/machine</code> | contents, from byte 0"), "\(report)")
        #expect(!report.contains("| mode |"), "\(report)")
    }

    @Test func `what two machines saved is compared`() async throws {
        let flag = ci.directory.file("tmp/flag")
        try write("default.nix", recipe("if [ -e \(flag) ]; then echo here; else echo there; fi > $out/machine"))
        _ = ci.variables()
        let (one, two, three) = (ci.directory.file("one"), ci.directory.file("two"), ci.directory.file("three"))
        #expect(try await check(["--save", one]).status == 0)
        #expect(try await check(["--save", two], in: try NixSandbox()).status == 0)
        try ci.directory.write("tmp/flag", "")
        #expect(try await check(["--save", three], in: try NixSandbox()).status == 0)

        let same = try await ci.run("check-reproducible.sh", ["--compare", one, two] + reporting)
        #expect(same.status == 0 && same.lines.count == 2, "\(same)")
        #expect(try report().contains("# Reproducible"))
        let other = try await ci.run("check-reproducible.sh", ["--compare", one, three] + reporting)
        #expect(other.status == 104, "\(other)")
        #expect(try report().contains("<code>/machine</code>"))
        let full = try await check(["--save", one])
        #expect(full.status == 1 && full.stderr.contains("is not empty"), "\(full)")
    }

    @Test(arguments: ["../secret", ".hidden", "[a](b)", "a\u{1B}[31m"])
    func `what another machine lists leads nowhere`(_ name: String) async throws {
        try ci.directory.write("secret", "hidden-4711")
        for (folder, digest) in [("one", "sha256:1"), ("two", "sha256:2")] {
            try ci.directory.write("\(folder)/digests", "\(digest) \(name)\n")
        }
        let result = try await ci.run(
            "check-reproducible.sh", ["--compare", ci.directory.file("one"), ci.directory.file("two")] + reporting)
        #expect(result.status == 1 && result.stderr.contains("not as --save writes them"), "\(result)")
        #expect(!result.stderr.contains("hidden-4711") && !result.stderr.contains("\u{1B}"), "\(result)")
    }

    @Test func `a list that breaks off is not taken for the same`() async throws {
        for (folder, digest) in [("one", "sha256:1"), ("two", "sha256:2")] {
            try ci.directory.write("\(folder)/digests", "\(digest) 1-thing")
            try ci.directory.write("\(folder)/1-thing", folder)
        }
        let result = try await ci.run(
            "check-reproducible.sh", ["--compare", ci.directory.file("one"), ci.directory.file("two")] + reporting)
        #expect(result.status == 1 && result.stderr.contains("is not whole"), "\(result)")
        #expect(!FileManager.default.fileExists(atPath: ci.directory.file("report.md")))
    }

    /// So `container_build.sh --rebuild` ends, where a run before left an image of the same name.
    @Test func `an image that came out as another one than before is no failure of the command`() async throws {
        let result = try await check(reporting + ["--image-command", "echo as another one >&2; exit 104"])
        #expect(result.status == 104 && result.stderr.contains("as another one"), "\(result)")
        #expect(try report().contains("# The image is not reproducible"))
        let failed = try await check(["--image-command", "exit 7"])
        #expect(failed.status == 1 && failed.stderr.contains("it failed: exit 7"), "\(failed)")
    }

    @Test func `a source that was replaced stops it before anything is built`() async throws {
        try write("default.nix", recipe("true"))
        try web.put("x.txt", "replaced\n")
        let result = try await check([])
        #expect(result.status == 2 && result.stdout.isEmpty, "\(result)")
    }

    /// The line has a port and a pinned host key, as remote-builder.sh prints it.
    @Test(.enabled(if: SSHServer.isAvailable, "left out: no sshd"), arguments: ["ssh-ng", "ssh"])
    func `a machine that is reached by ssh builds the same, and no other answers for it`(_ scheme: String) async throws
    {
        try write("default.nix", recipe("true"))
        let second = try ci.directory.makeDirectory("second")
        // Who logs in has a Nix with a store of its own.
        for program in ["nix-daemon", "nix-store"] {
            let path = try await run(["sh", "-c", "command -v \(program)"]).trimmed
            try ci.directory.write(
                "programs/\(program)",
                """
                #!/bin/sh
                export HOME=\(second) NIX_REMOTE='local?root=\(second)' NIX_CONFIG='substituters =
                build-users-group =
                sandbox-paths = /bin? /usr? /lib? /lib64?'
                exec \(path) "$@"

                """, mode: 0o755)
        }
        let server = try await SSHServer(programs: ci.directory.file("programs"))
        let hostKey = Data(try server.hostKey().utf8).base64EncodedString()
        func line(_ hostKey: String) -> String {
            "\(scheme)://127.0.0.1:\(server.port) x86_64-linux \(server.keyFile) 2 1 big-parallel,benchmark - \(hostKey)"
        }
        let result = try await check(reporting + ["--builder", line(hostKey)])
        #expect(result.status == 0 && result.lines.count == 2, "\(result)")
        #expect(result.stderr.contains("tree.drv on ssh-ng://127.0.0.1:\(server.port)"), "\(result)")
        let built = try FileManager.default.contentsOfDirectory(atPath: "\(second)/nix/store")
        #expect(built.contains { $0.hasSuffix("-tree") }, "\(built)")

        let stranger = try Data(contentsOf: URL(fileURLWithPath: "\(server.strangersKeyFile).pub"))
        let refused = try await check(["--builder", line(stranger.base64EncodedString())])
        #expect(refused.status == 1 && refused.stderr.contains("Host key verification failed"), "\(refused)")
    }

    @Test func `a builder that is not there is said`() async throws {
        try write("default.nix", recipe("true"))
        let result = try await check(["--builder", "ssh-ng://builder@127.0.0.1:1 x86_64-linux - 1"])
        #expect(result.status == 1 && result.stderr.contains("is the builder up"), "\(result)")
    }

    @Test(arguments: [
        (["--nothing"], "no such option"), (["--save"], "wants a value"), (["--builder", ""], "wants a value"),
        (["--compare", "a"], "two folders"),
        (["--compare", "a", "b", "--builder", "c"], "builds nothing"), (["--builder", "ssh://x"], "wants a FILE"),
    ])
    func `wrong arguments are said`(_ arguments: [String], _ words: String) async throws {
        let result = try await ci.run("check-reproducible.sh", arguments)
        #expect(result.status == 64 && result.stderr.contains(words), "\(result)")
    }
}

/// The image that podman builds.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: Podman.isAvailable, Podman.absence))
struct ReproducibleImageTests {
    @Test(arguments: [
        ("echo always the same >/stamp", Int32(0)),
        ("cat /proc/sys/kernel/random/uuid >/stamp", 104),
        ("date +%s >/dev/null; echo $RANDOM$RANDOM >/stamp", 104),
    ])
    func `an image with something random in it is found`(_ command: String, _ status: Int32) async throws {
        let podman = try await Podman.shared(.rootful)
        let folder = try await podman.makeFolder()
        try FileManager.default.copyItem(atPath: ContainerTests.busybox, toPath: "\(folder)/busybox")
        for (name, text) in [
            ("Containerfile", "FROM scratch\nCOPY busybox /bin/sh\nRUN \(command)\n"),
            ("pins/pins.json", "{\n  \"pins\": {},\n  \"version\": 1\n}\n"),
        ] {
            let path = URL(fileURLWithPath: "\(folder)/\(name)")
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: path, atomically: true, encoding: .utf8)
        }
        // The tests have one podman.
        let tag = "localhost/\(URL(fileURLWithPath: folder).lastPathComponent.lowercased()):$ROUND"
        let build = "podman build --no-cache --network none --timestamp 0 --tag \(tag) . >&2 && echo \(tag)"
        let path = Binary.path(before: podman.environment["PATH"])
        let report = "\(folder)/report.md"
        let result = try await podman.runInside(
            ["\(CITemplate.folder)/check-reproducible.sh", "--report", report, "--image-command", build],
            environment: ["PATH": path], directory: folder)
        #expect(result.status == status, "\(result)")
        #expect(result.lines.count == 1 && result.stdout.hasSuffix(" image\n"), "\(result)")
        let text = try String(contentsOfFile: report, encoding: .utf8)
        if status == 0 {
            #expect(text.contains("# Reproducible"), "\(text)")
        } else {
            #expect(
                text.contains("### Layer 2") && text.contains("<code>/stamp</code> | contents, from byte"), "\(text)")
            #expect(!text.contains("/bin/sh</code> |"), "\(text)")
            #expect(text.contains("<code>built first</code>") && !text.contains("/tmp"), "\(text)")
        }
    }
}
