import Foundation
import Support
import Testing

/// What remote-builder.sh does without a container: keys, and what it says of its command line.
@Suite(.enabled(if: isInstalled("ssh-keygen"), "left out: ssh-keygen is not installed"))
struct RemoteBuilderScriptTests {
    private let directory = TemporaryDirectory()
    private var script: String { "\(Fleet.scripts)/remote-builder.sh" }

    @Test("keys are made once, for each installation and each builder its own, and for nobody else to read")
    func keys() async throws {
        var seen: Set<String> = []
        for (home, name) in [("a", "one"), ("a", "two"), ("b", "one")] {
            let result = try await run(["keys", "--name", name], home: home)
            #expect(result.status == 0, "\(result.stderr)")
            let folder = "\(home)/nix-remote-builder/\(name)"
            for file in ["client_key", "host/ssh_host_ed25519_key"] {
                let text = try directory.readText("\(folder)/\(file)")
                #expect(text.hasPrefix("-----BEGIN OPENSSH PRIVATE KEY-----"))
                #expect(seen.insert(text).inserted)
                #expect(try mode("\(folder)/\(file)") == 0o600)
            }
            for file in ["", "/host"] { #expect(try mode(folder + file) == 0o700) }
            let before = try everything(below: folder)
            let again = try await run(["keys", "--name", name], home: home)
            #expect(again.status == 0)
            #expect(again.stdout == result.stdout)
            #expect(try everything(below: folder) == before)
        }
    }

    @Test("what is mounted into the container is the host key and who may come, not the client's key")
    func mounted() async throws {
        _ = try await run(["keys"], home: "a")
        let folder = "a/nix-remote-builder/nix-builder"
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.file("\(folder)/host")).sorted()
        #expect(files == ["authorized_keys", "ssh_host_ed25519_key"])
        #expect(
            try directory.readText("\(folder)/host/authorized_keys") == directory.readText("\(folder)/client_key.pub"))
    }

    @Test("rotating makes others, and keeps the lines that somebody added for other clients")
    func rotate() async throws {
        _ = try await run(["keys"], home: "a")
        let folder = "a/nix-remote-builder/nix-builder"
        let colleague = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA colleague"
        let old = try directory.readText("\(folder)/client_key.pub")
        let host = try directory.readText("\(folder)/host_key.pub")
        try directory.write("\(folder)/host/authorized_keys", old + colleague + "\n", mode: 0o600)
        let result = try await run(["keys", "--rotate"], home: "a")
        #expect(result.status == 0, "\(result.stderr)")
        let new = try directory.readText("\(folder)/client_key.pub")
        #expect(new != old)
        #expect(try directory.readText("\(folder)/host_key.pub") != host)
        #expect(try directory.readText("\(folder)/host/authorized_keys") == colleague + "\n" + new)
    }

    @Test("a key that others can read is not used, and a folder with a space is not taken")
    func badFolders() async throws {
        _ = try await run(["keys"], home: "a")
        try setMode(directory.file("a/nix-remote-builder/nix-builder/client_key"), 0o644)
        let open = try await run(["keys"], home: "a")
        #expect(open.status == 1)
        #expect(open.stderr.contains("can be read by others"), "\(open.stderr)")
        let space = try await run(["keys"], home: "with space")
        #expect(space.status == 1)
        #expect(space.stderr.contains("a space in it"), "\(space.stderr)")
        for home in ["a;b", "a%d", "a:b", "a'b", "a\"b", "a#b", "a$b", "a\\b", "a|b"] {
            let odd = try await run(["keys"], home: home)
            #expect(odd.status == 1, "\(home)")
            #expect(odd.stderr.contains("has a character in it that"), "\(odd.stderr)")
            #expect(!FileManager.default.fileExists(atPath: directory.file(home)))
        }
    }

    @Test("a folder for state that is not absolute does not count, for any of the scripts")
    func relativeFolder() async throws {
        var environment = isolatedEnvironment(home: directory.file("home"))
        environment["XDG_STATE_HOME"] = "relative"
        let state = directory.file("home/.local/state/nix-remote-builder/nix-builder")
        let keys = try await runProcess([script, "keys"], environment: environment, directory: directory.path)
        #expect(keys.stdout.hasPrefix("client key  \(state)/client_key\n"), "\(keys.stderr)")
        let unit = try await runProcess(
            ["\(Fleet.scripts)/quadlet.sh", "print", "--image", "localhost/x:1"], environment: environment,
            directory: directory.path)
        #expect(unit.stdout.contains("\nVolume=\(state)/host:/etc/nix-builder:"), "\(unit.stderr)")
        #expect(!FileManager.default.fileExists(atPath: directory.file("relative")))
    }

    @Test(
        "what it does not know is an error",
        arguments: [
            [], ["start"], ["up", "now"], ["up", "--privileged"], ["keys", "--image", "x:1"], ["down", "--port", "1"],
            ["up", "--port"], ["up", "--port", "0"], ["up", "--port", "70000"], ["up", "--port", "22x"],
            ["up", "--image", "localhost/x"], ["up", "--image", "localhost/x:latest"],
            ["up", "--image", "127.0.0.1:5000/x"],
            ["status", "--name", "../x"], ["status", "--name", "-x"], ["up", "--volume", "/host"],
            ["down", "--keep=1"],
            ["machines-line", "--protocol", "http"], ["machines-line", "--jobs", "-1"],
            ["machines-line", "--systems", "x y"], ["machines-line", "--features", "a;b"], ["up", "--timeout", "x"],
            ["up", "--emulate", "riscv64-linux"],
        ])
    func usage(arguments: [String]) async throws {
        let result = try await run(arguments, home: "a")
        #expect(result.status == 64)
        #expect(result.stdout.isEmpty)
        #expect(result.stderr.hasPrefix("remote-builder.sh: "), "\(result)")
        #expect(result.stderr.hasSuffix(" (--help says how it is called)\n"), "\(result)")
        #expect(!FileManager.default.fileExists(atPath: directory.file("a")))
    }

    @Test("--help lists every command and option", arguments: [["--help"], ["up", "--help"]])
    func help(arguments: [String]) async throws {
        let result = try await run(arguments, home: "a")
        #expect(result.status == 0)
        let names = [
            "up", "stop", "down", "status", "check", "keys", "machines-line", "ssh-options", "--name", "--image",
            "--port",
            "--volume", "--no-sandbox", "--timeout", "--keep", "--rotate", "--protocol", "--jobs", "--speed",
            "--systems",
            "--features",
        ]
        for name in names { #expect(result.stdout.contains("\n  \(name)"), "\(name)") }
    }

    private func run(_ arguments: [String], home: String) async throws -> ProcessResult {
        var environment = isolatedEnvironment(home: directory.file("home"))
        environment["XDG_STATE_HOME"] = directory.file(home)
        return try await runProcess([script] + arguments, environment: environment, directory: "/")
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.file(path))
        return (attributes[.posixPermissions] as? Int) ?? -1
    }

    private func everything(below folder: String) throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory.file(folder)) {
            contents[path] = try? directory.read("\(folder)/\(path)")
        }
        return contents
    }
}
