import Foundation
import JSON
import Support
import Testing

/// Keys, agents and hosts, with real servers of ssh: nobody is asked, and nothing is taken on trust.
@Suite(.enabled(if: SSHServer.isAvailable, "left out: sshd is not installed"))
struct SecureShellTests {
    private struct Scene {
        let server: SSHServer
        let repository: Repository
        let folder = TemporaryDirectory()
        let asked: String
        var project: Project

        init() async throws {
            server = try await SSHServer()
            repository = try await Upstream.shared().github()
            asked = folder.file("asked")
            let askpass = try folder.write("askpass", "#!/bin/sh\ntouch '\(asked)'\necho secret\n", mode: 0o755)
            project = try Project([
                "SSH_ASKPASS": askpass, "GIT_ASKPASS": askpass, "DISPLAY": ":0", "SSH_ASKPASS_REQUIRE": "force",
            ])
            try folder.write("known_hosts", "[127.0.0.1]:\(server.port) \(server.hostKey())")
        }

        /// Adds the repository with these settings of ssh.
        func add(_ settings: String..., environment: [String: String] = [:]) async throws -> Run {
            let common = ["GlobalKnownHostsFile none", "UserKnownHostsFile \(folder.file("known_hosts"))"]
            let command = try server.command(settings + common)
            let run = try await project.pinr(
                "add", server.baseURL + repository.bare.path, "--name", "x",
                environment: environment.merging(["GIT_SSH_COMMAND": command]) { $1 })
            #expect(!FileManager.default.fileExists(atPath: asked), "somebody was asked")
            return run
        }

        var key: [String] { ["IdentityFile \(server.keyFile)", "IdentitiesOnly yes", "IdentityAgent none"] }
    }

    @Test func aHostThatIsNotKnownIsRefused() async throws {
        let scene = try await Scene()
        try scene.folder.write("known_hosts", "")
        for checking in ["ask", "yes"] {
            let run = try await scene.add(scene.key.joined(separator: "\n"), "StrictHostKeyChecking \(checking)")
            run.expectFailure(saying: "`ssh-keyscan -p \(scene.server.port) 127.0.0.1`", "known_hosts")
        }
        #expect(try scene.folder.readText("known_hosts").isEmpty)
        #expect(!scene.server.log().contains("Accepted"))
    }

    @Test func aHostWithAnotherKeyIsRefused() async throws {
        let scene = try await Scene()
        let other = try await SSHServer()
        let line = "[127.0.0.1]:\(scene.server.port) \(try other.hostKey())"
        try scene.folder.write("known_hosts", line)
        let run = try await scene.add(scene.key.joined(separator: "\n"))
        run.expectFailure(saying: "a new key or somebody stands in between", "ssh-keygen -R")
        #expect(try scene.folder.readText("known_hosts") == line)
        #expect(!scene.server.log().contains("Accepted"))
    }

    @Test func aKeyInTheAgentIsEnough() async throws {
        let scene = try await Scene()
        let socket = scene.folder.file("agent")
        let agent = try BackgroundProcess(["ssh-agent", "-D", "-a", socket])
        defer { agent.stop() }
        #expect(
            try await eventually(while: { agent.isRunning }) { FileManager.default.fileExists(atPath: socket) },
            "\(agent.output())")
        try await run(["ssh-add", "-q", scene.server.keyFile], environment: ["SSH_AUTH_SOCK": socket])
        let added = try await scene.add("IdentityFile none", environment: ["SSH_AUTH_SOCK": socket])
        added.expect(0, quietly: false)
        #expect(try scene.project.pin("x")["locked"]?["hash"] != nil)
        #expect(scene.server.log().contains("Accepted publickey"))
    }

    @Test func aKeyThatIsNotLetInIsSaidSo() async throws {
        let scene = try await Scene()
        let key = scene.folder.file("stranger")
        try await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
        let refused = try await scene.add("IdentityFile \(key)", "IdentitiesOnly yes", "IdentityAgent none")
        refused.expectFailure(saying: "Permission denied", "the server knows none of your keys", "ssh-add -l")
        try expectError(
            "auth",
            await scene.project.pinr(
                "add", scene.server.baseURL + "/x", "--json",
                environment: ["GIT_SSH_COMMAND": scene.server.strangersCommand]))
    }

    @Test(.timeLimit(.minutes(10))) func nobodyIsAskedForAPassphrase() async throws {
        let scene = try await Scene()
        let key = scene.folder.file("locked")
        try FileManager.default.copyItem(atPath: scene.server.keyFile, toPath: key)
        try setMode(key, 0o600)
        try await run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", key])
        let refused = try await scene.add("IdentityFile \(key)", "IdentitiesOnly yes", "IdentityAgent none")
        refused.expectFailure(saying: "Permission denied", "nobody is asked for it")
        #expect(!scene.server.log().contains("Accepted"))
    }

    /// A `SendEnv` in somebody's settings finds no token to send.
    @Test func sshHasNoTokens() async throws {
        let scene = try await Scene()
        let names = [
            "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "FORGEJO_TOKEN", "GITEA_TOKEN", "CODEBERG_TOKEN",
            "BITBUCKET_TOKEN",
            "SOURCEHUT_TOKEN", "SRHT_TOKEN", "PINR_TOKEN_127_0_0_1", "PINR_TOKEN_x", "CI_JOB_TOKEN",
        ]
        var tokens = Dictionary(uniqueKeysWithValues: names.map { ($0, "t0ken-\($0)") })
        tokens["NIX_CONFIG"] = "access-tokens = 127.0.0.1=t0ken"
        let seen = scene.folder.file("environment")
        let ssh = try scene.folder.write("ssh", "env > '\(seen)'; cat /proc/$PPID/cmdline >> '\(seen)'; exit 1\n")
        let run = try await scene.project.pinr(
            "add", scene.server.baseURL + "/x",
            environment: tokens.merging(["GIT_SSH_COMMAND": "sh '\(ssh)'", "OTHER": "stays"]) { $1 })
        #expect(run.status == 1)
        let environment = try scene.folder.readText("environment")
        #expect(environment.contains("OTHER=stays") && environment.contains("GIT_PROTOCOL=version=2"))
        #expect(!environment.contains("t0ken"), "\(environment)")
    }
}
