import Foundation
import Support
import Testing

@testable import Git

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Who commits, and how commits are signed, compared with git.
struct CommitterTests {
    private func world(_ configuration: String = "") async throws -> LocalWorld {
        let world = try await LocalWorld()
        try world.write("home/.gitconfig", configuration)
        try world.repository.write("f", "1")
        try await world.repository.commit("first")
        return world
    }

    private func commit(_ world: LocalWorld, signing: Bool = false) throws -> ObjectID {
        let found = try world.open()
        return try found.makeCommit(
            ["f": Array("2".utf8)], onto: try found.head().commit, message: "m", signing: signing, at: 1_800_000_000)
    }

    /// The lines of a commit that say who made it, made here and made by git.
    private func compare(_ world: LocalWorld) async throws {
        let made = try commit(world)
        let tree = try await world.git("rev-parse", "\(made.hex)^{tree}")
        let gits = try await world.git("commit-tree", "-p", "HEAD", "-m", "m", tree)
        func people(_ id: String) async throws -> [String] {
            // Without the dates, which git takes from the clock.
            try await world.git("show", "-s", "--format=%an <%ae>%n%cn <%ce>", id).split(separator: "\n").map(
                String.init)
        }
        #expect(try await people(made.hex) == (try await people(gits)))
    }

    @Test func `Names come from where git takes them`() async throws {
        var world = try await world("[user]\nname = \" , A <U> Thor. \"\nemail = <u@example.org>\n")
        try await compare(world)
        try await world.git("config", "author.name", "Another Ä")
        try await world.git("config", "committer.email", "c@example.org")
        try await compare(world)
        world.environment["GIT_AUTHOR_NAME"] = "From \"the\" environment"
        world.environment["GIT_COMMITTER_EMAIL"] = "e@example.org"
        try await compare(world)
        var other = try await self.world("[user]\nname = A\n")
        other.environment["EMAIL"] = "mail@example.org"
        try await compare(other)
    }

    @Test func `A name that git would guess is none`() async throws {
        var world = try await world()
        #expect(throws: CommitError.noIdentity(.author, .name)) { try commit(world) }
        world.environment["GIT_AUTHOR_NAME"] = "A"
        #expect(throws: CommitError.noIdentity(.author, .email)) { try commit(world) }
        world.environment["GIT_AUTHOR_EMAIL"] = "a@example.org"
        #expect(throws: CommitError.noIdentity(.committer, .name)) { try commit(world) }
        world.environment["GIT_COMMITTER_NAME"] = "..."
        world.environment["GIT_COMMITTER_EMAIL"] = "a@example.org"
        #expect(throws: CommitError.emptyIdentity(.committer, .name)) { try commit(world) }
    }

    @Test(arguments: [
        "1700000000 +0130", "@12345 -0800", "@0 +0000", "2024-02-29T23:59:59+05:30", "2024-03-01 00:00:00 -0330",
        "2005-04-07T22:13:13Z", "2005-04-07T22:13:13", "Thu, 07 Apr 2005 22:13:13 +0200",
        "Thu Apr 7 22:13:13 2005 +0200",
        "2005.04.07 22:13:13 +0200", "2023-02-30 12:00:00 +0000", "2005-04-07 22:13 +0200",
        "2005-04-07 22:13:13.25 +0200", "1700000000",
    ])
    func `Dates mean what they mean to git`(date: String) async throws {
        var world = try await world("[user]\nname = A\nemail = a@example.org\n")
        world.environment["GIT_AUTHOR_DATE"] = date
        world.environment["GIT_COMMITTER_DATE"] = date
        let made = try commit(world)
        let tree = try await world.git("rev-parse", "\(made.hex)^{tree}")
        #expect(try await world.git("commit-tree", "-p", "HEAD", "-m", "m", tree) == made.hex)
    }

    @Test(arguments: [
        "yesterday", "12:00", "2024-13-01 00:00:00", "2024-01-01 25:00:00", "x", "2024-01-01T00:00:00 junk!",
    ])
    func `A date that is none is refused`(date: String) async throws {
        var world = try await world("[user]\nname = A\nemail = a@example.org\n")
        world.environment["GIT_AUTHOR_DATE"] = date
        #expect(throws: CommitError.illegalDate(variable: "GIT_AUTHOR_DATE", value: date)) { try commit(world) }
    }

    // MARK: Signing

    private static let person = "[user]\nname = A U Thor\nemail = author@example.org\n"

    @Test func `ssh signs with a file, with a key that is written out, and with what a command says`() async throws {
        var world = try await world(Self.person + "[gpg]\nformat = ssh\n")
        let key = world.folder.file("home/key")
        try await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], environment: world.environment)
        let publicKey = try world.folder.readText("home/key.pub").split(separator: "\n")[0]
        try world.write("home/signers", "author@example.org \(publicKey)\n")
        try await world.git("config", "gpg.ssh.allowedSignersFile", world.folder.file("home/signers"))
        #expect(throws: CommitError.noSigningKey) { try commit(world, signing: true) }
        func expectSigned(_ id: ObjectID) async throws {
            #expect(try await world.git("show", "-s", "--format=%G?%GS", id.hex) == "Gauthor@example.org")
            #expect(try await world.git("fsck", "--strict", "--no-dangling") == "")
        }
        try await world.git("config", "user.signingKey", "~/key")
        try await expectSigned(try commit(world, signing: true))
        #expect(try await world.git("show", "-s", "--format=%G?", try commit(world).hex) == "N")
        try await world.git("config", "commit.gpgSign", "true")
        try await expectSigned(try commit(world))

        let agent = try await run(["ssh-agent", "-s"], environment: world.environment).stdout
        func value(_ name: String) -> String? {
            agent.split(whereSeparator: { ";\n".contains($0) }).first { $0.hasPrefix("\(name)=") }
                .map { String($0.dropFirst(name.count + 1)) }
        }
        let socket = try #require(value("SSH_AUTH_SOCK"))
        let process = try #require(value("SSH_AGENT_PID").flatMap { pid_t($0) })
        defer { kill(process, SIGTERM) }
        world.environment["SSH_AUTH_SOCK"] = socket
        try await run(["ssh-add", "-q", key], environment: world.environment)
        try await run(["rm", key])
        try await world.git("config", "user.signingKey", "key::\(publicKey)")
        try await expectSigned(try commit(world))
        try await world.git("config", "--unset", "user.signingKey")
        try await world.git("config", "gpg.ssh.defaultKeyCommand", "ssh-add -L")
        try await expectSigned(try commit(world))
        try await world.git("config", "gpg.ssh.defaultKeyCommand", "echo none")
        #expect(throws: CommitError.noSigningKey) { try commit(world) }
    }

    @Test func `gpg signs as the committer, or with the key that is named`() async throws {
        var world = try await world(Self.person)
        // The path of an agent's socket is short.
        let home = "/tmp/pinr-gpg-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: home, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        world.environment["GNUPGHOME"] = home
        let generate = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key"]
        try await run(generate + ["A U Thor <author@example.org>", "ed25519", "sign"], environment: world.environment)
        let id = try commit(world, signing: true)
        #expect(try await world.git("show", "-s", "--format=%G?|%GS", id.hex) == "G|A U Thor <author@example.org>")
        try await world.git("config", "user.signingKey", "nobody@example.org")
        #expect {
            try commit(world, signing: true)
        } throws: {
            if case CommitError.signingFailed(program: "gpg", status: 2, let words) = $0 {
                !words.isEmpty
            } else {
                false
            }
        }
        try await world.git("config", "gpg.program", "~/no-such-program")
        #expect(
            throws: CommitError.signerNotStarted(program: world.folder.file("home/no-such-program"), errnum: ENOENT)
        ) { try commit(world, signing: true) }
        try await world.git("config", "gpg.format", "pgp")
        #expect(throws: CommitError.unknownSignatureFormat("pgp")) { try commit(world, signing: true) }
        try await run(["gpgconf", "--kill", "all"], environment: world.environment)
        try await run(["rm", "-rf", home])
    }

    @Test func `A program that is configured gets what git gives it`() async throws {
        let world = try await world(Self.person)
        let program = try world.folder.write(
            "signer",
            """
            #!/bin/sh
            echo "$@" >"$HOME/arguments"
            cat >"$HOME/input"
            printf '\\n[GNUPG:] SIG_CREATED x\\n' >&2
            printf -- '-----BEGIN SIGNED MESSAGE-----\\r\\nx\\n-----END SIGNED MESSAGE-----\\n'

            """, mode: 0o755)
        try await world.git("config", "gpg.format", "x509")
        try await world.git("config", "gpg.x509.program", program)
        let made = try commit(world, signing: true)
        #expect(
            try world.folder.readText("home/arguments") == "--status-fd=2 -bsau A U Thor <author@example.org>\n")
        let text = try await world.git("cat-file", "commit", made.hex)
        #expect(
            text.contains(
                "\ngpgsig -----BEGIN SIGNED MESSAGE-----\n x\n -----END SIGNED MESSAGE-----\n\nm"), "\(text)")
        let signed =
            text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("gpgsig ") && !$0.hasPrefix(" ") }.joined(separator: "\n") + "\n"
        #expect(try world.folder.readText("home/input") == signed)
        try world.folder.write("signer", "#!/bin/sh\ncat >/dev/null; echo fine; exit 0\n", mode: 0o755)
        #expect(throws: CommitError.signingFailed(program: program, status: 0, message: "")) {
            try commit(world, signing: true)
        }
    }

    // MARK: Owners

    @Test func `A repository inside of another is refused where its user says so`() async throws {
        var world = try await world(Self.person)
        // As somebody may have put it into what one clones, with a program of theirs in its configuration.
        let inner = world.top + "/inner"
        try await run(["git", "init", "--quiet", "--bare", "--template=", inner], environment: world.environment)
        try await run(["git", "config", "-f", inner + "/config", "core.bare", "false"])
        try await run(["git", "config", "-f", inner + "/config", "core.worktree", inner])
        let embedded = try world.open(inner)
        #expect(embedded.gitDirectory == inner && embedded.workTree == inner)
        try embedded.requireCommitter(signing: false)
        try world.write("home/.gitconfig", Self.person + "[safe]\n\tbareRepository = explicit\n")
        let refused = CommitError.bareRepository(path: inner)
        #expect(throws: refused) { try world.open(inner).requireCommitter(signing: false) }
        #expect(throws: refused) { try world.open(inner).set("a.b", to: "c") }
        // Everybody else's is as it was, and so is one that is named.
        _ = try commit(world)
        let linked = world.top + "-linked"
        try await world.git("worktree", "add", "--quiet", linked)
        try world.open(linked).requireCommitter(signing: false)
        world.environment["GIT_DIR"] = inner
        try world.open(inner).requireCommitter(signing: false)
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives files away"))
    func `A repository of another user is not written to, unless its user says so`() async throws {
        var world = try await world(Self.person)
        try await run(["chown", "-R", "12345", world.top])
        let refused = CommitError.foreignOwner(path: world.top)
        #expect(throws: refused) { try commit(world) }
        #expect(throws: refused) { try world.open().set("a.b", to: "c") }
        #expect(throws: refused) { try world.open().unset("user.name") }
        // Reading runs nothing.
        #expect(try world.open().head().commit != nil)
        // What the repository says of itself does not count.
        try await run(["git", "config", "-f", world.top + "/.git/config", "safe.directory", "*"])
        #expect(throws: refused) { try commit(world) }
        for (value, isSafe) in [
            (world.top, true), ("*", true), (world.top + "/", true), (world.folder.path, false), ("/other", false),
            (world.folder.path + "/*", true), ("*\n\tdirectory =", false),
        ] {
            try world.write("home/.gitconfig", Self.person + "[safe]\n\tdirectory = \(value)\n")
            if isSafe {
                _ = try commit(world)
            } else {
                #expect(throws: refused, "\(value)") { try commit(world) }
            }
        }
        try world.write("home/.gitconfig", Self.person)
        world.environment["SUDO_UID"] = "12345"
        _ = try commit(world)
        world.environment["SUDO_UID"] = "12346"
        #expect(throws: refused) { try commit(world) }
        world.environment["GIT_CONFIG_COUNT"] = "1"
        world.environment["GIT_CONFIG_KEY_0"] = "safe.directory"
        world.environment["GIT_CONFIG_VALUE_0"] = world.top
        _ = try commit(world)
    }
}
