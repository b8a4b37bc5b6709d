import Foundation
import Support
import Testing

/// Keys of remote builders, where something goes wrong while they are made.
@Suite(.enabled(if: ["bash", "ssh-keygen"].allSatisfy(isInstalled), "left out: bash or ssh-keygen is not installed"))
struct BuilderKeyTests {
    private let home = TemporaryDirectory()
    private let folder = "state/nix-remote-builder/nix-builder"

    private func run(
        _ arguments: [String], script: String = "remote-builder.sh", with programs: [String: String] = [:]
    ) async throws -> ProcessResult {
        var environment = isolatedEnvironment(home: home.path)
        environment["XDG_STATE_HOME"] = home.file("state")
        return try await StandIns(programs).run(
            ["\(Fleet.scripts)/\(script)"] + arguments, environment: environment)
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: home.file(folder)).sorted()
    }

    @Test func `a key that was not made leaves nothing`() async throws {
        // As when the disk is full.
        let failing = #"for file; do :; done; echo half >"$file"; echo No space left on device >&2; exit 1"#
        let result = try await run(["keys"], with: ["ssh-keygen": failing])
        #expect(result.status == 1 && result.stdout.isEmpty, "\(result)")
        #expect(result.stderr.contains("No space left") && result.stderr.contains("made no key"), "\(result)")
        #expect(try files(folder) == ["host"])
    }

    @Test func `a broken key takes nothing else along, and other keys make an end of the old one`() async throws {
        #expect(try await run(["keys"]).status == 0)
        let old = try home.readText("\(folder)/client_key.pub")
        try home.write("\(folder)/client_key", "broken\n", mode: 0o600)
        let broken = try await run(["keys"])
        #expect(broken.status == 1 && broken.stderr.contains("--rotate makes others"), "\(broken)")
        #expect(try home.readText("\(folder)/client_key.pub") == old)
        #expect(try await run(["keys", "--rotate"]).status == 0)
        #expect(
            try home.readText("\(folder)/host/authorized_keys") == home.readText("\(folder)/client_key.pub"))
        #expect(try home.readText("\(folder)/client_key.pub") != old)
    }

    @Test func `who else may build here is not lost when the file cannot be written`() async throws {
        #expect(try await run(["keys"]).status == 0)
        let lines = try home.readText("\(folder)/host/authorized_keys") + "ssh-ed25519 AAAA colleague\n"
        try home.write("\(folder)/host/authorized_keys", lines, mode: 0o600)
        let key = try home.readText("\(folder)/client_key")
        let failing = #"case $1 in -v*) exit 2 ;; *) exec /usr/bin/env -i PATH=/usr/bin:/bin grep "$@" ;; esac"#
        let result = try await run(["keys", "--rotate"], with: ["grep": failing])
        #expect(result.status == 1 && result.stderr.contains("stays as it is"), "\(result)")
        #expect(try home.readText("\(folder)/host/authorized_keys") == lines)
        #expect(try home.readText("\(folder)/client_key") == key)
    }

    @Test(arguments: ["secret", "machines"])
    func `of a cluster all keys are printed, or none`(_ command: String) async throws {
        let failing = """
            for word; do case $word in */nix-builder-2.*) echo out of luck >&2; exit 1 ;; esac; done
            PATH=${PATH#*:} exec ssh-keygen "$@"
            """
        let result = try await run([command], script: "kube.sh", with: ["ssh-keygen": failing])
        #expect(result.status == 1 && result.stdout.isEmpty, "\(result)")
        #expect(result.stderr.contains("out of luck"), "\(result)")
        #expect(try files("\(folder)/cluster").allSatisfy { !$0.contains("nix-builder-2") })
        // The next time it goes on with those that there are.
        let key = try home.readText("\(folder)/cluster/nix-builder-1")
        #expect(try await run([command], script: "kube.sh").status == 0)
        #expect(try home.readText("\(folder)/cluster/nix-builder-1") == key)
    }

    /// The tools of macOS know fewer options.
    @Test func `keys for a cluster can be printed on macOS`() async throws {
        let programs = [
            "base64": #"[ $# -eq 0 ] || { echo "base64: invalid option" >&2; exit 64; }; PATH=${PATH#*:} exec base64"#,
            "uname": #"case ${1-} in -m) echo arm64 ;; *) PATH=${PATH#*:} exec uname "$@" ;; esac"#,
            "nproc": "exit 127",
        ]
        let secret = try await run(["secret", "--replicas", "1"], script: "kube.sh", with: programs)
        #expect(secret.status == 0, "\(secret)")
        let word = try #require(secret.lines.last?.split(separator: " ").last)
        let key = try #require(Data(base64Encoded: String(word)))
        #expect(String(decoding: key, as: UTF8.self).hasPrefix("-----BEGIN OPENSSH PRIVATE KEY-----\n"))
        // The pod's containers are Linux's, in a machine of podman's.
        let line = try await run(["machines-line"], script: "kube.sh", with: programs)
        #expect(line.status == 0 && line.stdout.contains(" aarch64-linux "), "\(line)")
    }

    @Test func `a podman that does not work is not an absent builder`() async throws {
        let broken = ["podman": "echo 'Error: the storage is broken' >&2; exit 125"]
        for command in ["status", "stop", "down"] {
            let result = try await run([command], with: broken)
            #expect(result.status == 1 && result.stdout.isEmpty, "\(command): \(result)")
            #expect(result.stderr.contains("podman cannot say"), "\(command): \(result)")
        }
    }
}
