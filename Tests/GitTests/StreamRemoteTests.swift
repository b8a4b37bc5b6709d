import Foundation
import Support
import Testing
import Threads
import Transfer

@testable import Git

/// `git://` against git's own daemon, ssh against sshd, and both against what does not answer.
@Suite struct StreamRemoteTests {
    private static func remotes(
        _ environment: [String: String] = [:], in folder: TemporaryDirectory, timeout: Int = 120,
        overall: Duration? = nil,
        isOffline: Bool = false
    ) -> GitRemotes {
        GitRemotes(
            transfer: TransferEngine(configuration: TransferConfiguration()), environment: environment,
            temporaryDirectory: folder.path, stallTimeout: timeout, overallTimeout: overall, isOffline: isOffline)
    }

    /// The same questions and the same answers, whatever carries them.
    private static func expectSample(_ remotes: GitRemotes, _ text: String, _ commits: [ObjectID]) async throws {
        let url = try GitURL(parsing: text)
        let refs = try await remotes.refs(of: url, matching: [.head, .named("both"), .tags("v1")])
        #expect(refs.head == "refs/heads/trunk")
        #expect(refs.headCommit == commits[4])
        #expect(refs.branch("both")?.commit == commits[2])
        #expect(refs.tag("both")?.commit == commits[3])
        #expect(refs.tag("v1-again")?.commit == commits[1])
        let repository = try await remotes.fetch(commits[4], of: url, ref: "trunk").repository
        #expect(repository.contains(commits[4]))
        #expect(!repository.contains(commits[3]))
        let older = try await remotes.fetch(commits[1], of: url, ref: "trunk").repository
        #expect(try older.commit(commits[1]).parents == [commits[0]])
        let missing = try #require(ObjectID(hex: ProtocolTests.one))
        await #expect(throws: GitError.revisionNotOnServer(missing, url: url.text)) {
            try await remotes.fetch(missing, of: url, ref: nil)
        }
    }

    @Test func daemon() async throws {
        let root = TemporaryDirectory()
        let (_, commits) = try await HTTPRemoteTests.sample(at: root.file("x"))
        let server = try await GitDaemon(root: root.path)
        let remotes = Self.remotes(in: root)
        try await Self.expectSample(remotes, server.baseURL + "/x", commits)
        let absent = try GitURL(parsing: server.baseURL + "/nope")
        await #expect(throws: GitError.self) { try await remotes.refs(of: absent, matching: [.head]) }
        server.stop()
        await #expect(throws: GitError.connectionFailed(url: absent.text, errnum: ECONNREFUSED)) {
            try await remotes.refs(of: absent, matching: [.head])
        }
    }

    /// A stand-in for ssh that runs the command on this machine, and one that speaks version 0 only.
    @Test(arguments: ["", "unset GIT_PROTOCOL; "])
    func sshCommand(_ setting: String) async throws {
        let root = TemporaryDirectory()
        let (_, commits) = try await HTTPRemoteTests.sample(at: root.file("it's"))
        let program = try root.write(
            "ssh", "#!/bin/sh\necho \"$@\" >> \(root.path)/log\nfor last; do :; done\n\(setting)eval \"$last\"\n")
        var environment = isolatedEnvironment(home: root.file("home"))
        environment["GIT_SSH_COMMAND"] = "sh " + program
        let remotes = Self.remotes(environment, in: root)
        if setting.isEmpty {
            try await Self.expectSample(remotes, "ssh://git@host.example:2222\(root.path)/it's", commits)
            #expect(try root.readText("log").contains("-p 2222 git@host.example git-upload-pack '"))
        } else {
            let url = try GitURL(parsing: "git@host.example:\(root.path)/it's")
            let refs = try await remotes.refs(of: url, matching: [.all])
            #expect(refs.tag("v1-again")?.commit == commits[1])
            let repository = try await remotes.fetch(commits[2], of: url, ref: "trunk").repository
            #expect(repository.contains(commits[2]))
        }
    }

    @Test func sshArguments() throws {
        let url = try GitURL(parsing: "ssh://me@[::1]:2200/~you/it's!")
        #expect(
            SecureShell.arguments(for: url, [:]).suffix(4) == [
                "-p", "2200", "me@::1", "git-upload-pack '~you/it'\\''s'\\!''",
            ])
        #expect(SecureShell.arguments(for: url, [:]).contains("BatchMode=yes"))
        #expect(
            SecureShell.arguments(for: url, ["GIT_SSH_COMMAND": "ssh -F x", "GIT_SSH": "y"]).prefix(3) == [
                "/bin/sh", "-c", "ssh -F x \"$@\"",
            ])
    }

    @Test func sshFailuresAreTold() async throws {
        let root = TemporaryDirectory()
        let program = try root.write(
            "ssh", "#!/bin/sh\necho 'Host key verification failed.' >&2\nexit 255\n")
        let url = try GitURL(parsing: "ssh://host.example/x")
        await #expect(
            throws: GitError.sshFailed(url: url.text, status: 255, message: "Host key verification failed.")
        ) {
            try await Self.remotes(["GIT_SSH_COMMAND": "sh " + program], in: root).refs(of: url, matching: [.head])
        }
        await #expect(throws: GitError.sshUnsupported(program: root.file("none"), errnum: ENOENT)) {
            try await Self.remotes(["GIT_SSH": root.file("none")], in: root).refs(of: url, matching: [.head])
        }
    }

    @Test(.timeLimit(.minutes(10))) func silenceEnds() async throws {
        let root = TemporaryDirectory()
        let program = try root.write("ssh", "#!/bin/sh\nexec sleep 600\n")
        let url = try GitURL(parsing: "ssh://host.example/x")
        await #expect(throws: GitError.timedOut(url: url.text, seconds: 1)) {
            try await Self.remotes(["GIT_SSH_COMMAND": "sh " + program], in: root, timeout: 1).refs(
                of: url, matching: [.head])
        }
        let task = Task {
            try await Self.remotes(["GIT_SSH_COMMAND": "sh " + program], in: root).refs(of: url, matching: [.head])
        }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    /// A server that never stops listing refs; in packets as long as can be, so that it does not take long.
    @Test(.timeLimit(.minutes(10))) func refsComeToAnEnd() async throws {
        let root = TemporaryDirectory()
        let program = try root.write(
            "ssh",
            """
            #!/bin/sh
            printf '000eversion 2\\n000cls-refs\\n0000'
            # A server answers when it is asked, and no sooner.
            head -c 1 >/dev/null
            exec yes "fff0\(ProtocolTests.one) $(head -c 65474 /dev/zero | tr '\\0' x)"
            """)
        let url = try GitURL(parsing: "ssh://host.example/x")
        await #expect(throws: GitError.malformedResponse(url: url.text, .tooLong)) {
            try await Self.remotes(["GIT_SSH_COMMAND": "sh " + program], in: root).refs(of: url, matching: [.head])
        }
    }

    /// A server that goes on speaking is no stall, and is ended all the same.
    @Test(.timeLimit(.minutes(10))) func aConversationMayTakeSoLongAndNoLonger() async throws {
        let root = TemporaryDirectory()
        let program = try root.write(
            "ssh", "#!/bin/sh\nwhile printf '0040%s refs/heads/x%06d\\n' \(ProtocolTests.one) 1; do sleep 0.1; done\n")
        let url = try GitURL(parsing: "ssh://host.example/x")
        let limit = Duration.milliseconds(700)
        await #expect(throws: TransferError.timedOut(url: url.text, phase: .overall, after: limit)) {
            try await Self.remotes(["GIT_SSH_COMMAND": "sh " + program], in: root, overall: limit).refs(
                of: url, matching: [.head])
        }
    }

    /// A server that takes the connection and says nothing.
    @Test(.timeLimit(.minutes(10))) func silentDaemonEndsInTime() async throws {
        let root = TemporaryDirectory()
        let program = """
            import socket, sys, time
            s = socket.create_server(('127.0.0.1', int(sys.argv[1])), backlog=99)
            print('listening', flush=True)
            time.sleep(600)
            """
        let (port, server) = try await listenOnFreePort { port in
            try BackgroundProcess(
                ["python3", "-c", program, "\(port)"], environment: isolatedEnvironment(home: root.file("home")))
        } until: {
            $0.output().contains("listening")
        }
        defer { server.stop() }
        let url = try GitURL(parsing: "git://127.0.0.1:\(port)/x")
        let limit = Duration.milliseconds(300)
        await #expect(throws: TransferError.timedOut(url: url.text, phase: .overall, after: limit)) {
            try await Self.remotes(in: root, overall: limit).refs(of: url, matching: [.head])
        }
        await #expect(throws: GitError.timedOut(url: url.text, seconds: 1)) {
            try await Self.remotes(in: root, timeout: 1).refs(of: url, matching: [.head])
        }
    }

    /// A lookup goes on where nothing ends it, and nobody waits for it any more.
    @Test(.timeLimit(.minutes(10))) func lookupIsGivenUp() async throws {
        let answer = ByteChannel()
        let begin = { @Sendable in
            try UnendingCall { _ in
                var chunk: [UInt8] = []
                _ = try? answer.next(&chunk)
                return [SocketAddress(family: 1, type: 2, protocol: 3, bytes: chunk)]
            }
        }
        let url = try GitURL(parsing: "git://host.example/x")
        let limit = Duration.milliseconds(200)
        await #expect(throws: TransferError.timedOut(url: url.text, phase: .overall, after: limit)) {
            try await onThread { try begin().wait(for: url, Patience(stall: 60, overall: limit), $0) }
        }
        await #expect(throws: GitError.timedOut(url: url.text, seconds: 1)) {
            try await onThread { try begin().wait(for: url, Patience(stall: 1), $0) }
        }
        let task = Task { try await onThread { try begin().wait(for: url, Patience(stall: 60), $0) } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        answer.finish()
        let found = try await onThread { try begin().wait(for: url, Patience(stall: 60), $0) }
        #expect(found.map(\.family) == [1])
    }

    /// Neither is a host looked for nor a program started.
    @Test(arguments: ["git://host.invalid/x", "ssh://host.invalid/x"])
    func offlineForbidsBoth(_ text: String) async throws {
        let root = TemporaryDirectory()
        let program = try root.write("ssh", "#!/bin/sh\ntouch \(root.file("started"))\nexit 1\n")
        let remotes = Self.remotes(["GIT_SSH_COMMAND": "sh " + program], in: root, isOffline: true)
        let url = try GitURL(parsing: text)
        await #expect(throws: TransferError.offline(url: url.text)) {
            try await remotes.refs(of: url, matching: [.head])
        }
        let commit = try #require(ObjectID(hex: ProtocolTests.one))
        await #expect(throws: TransferError.offline(url: url.text)) {
            try await remotes.fetch(commit, of: url, ref: nil)
        }
        #expect(!FileManager.default.fileExists(atPath: root.file("started")))
    }

    @Test(.enabled(if: SSHServer.isAvailable, "left out: there is no sshd"))
    func secureShell() async throws {
        let root = TemporaryDirectory()
        let (_, commits) = try await HTTPRemoteTests.sample(at: root.file("x"))
        let server = try await SSHServer()
        let url = server.baseURL + root.file("x")
        var environment = isolatedEnvironment(home: root.file("home"))

        // A host that is not known is not taken on trust.
        environment["GIT_SSH_COMMAND"] =
            server.command + " -o StrictHostKeyChecking=ask -o UserKnownHostsFile='\(root.file("known"))'"
        do {
            _ = try await Self.remotes(environment, in: root).refs(of: try GitURL(parsing: url), matching: [.head])
            Issue.record("an unknown host was accepted")
        } catch GitError.sshFailed(_, let status, let message) {
            #expect(status == 255)
            #expect(message.contains("Host key verification failed"))
        }
        environment["GIT_SSH_COMMAND"] = server.command
        try await Self.expectSample(Self.remotes(environment, in: root), url, commits)
    }
}
