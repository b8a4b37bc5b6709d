import Foundation
import Support
import Testing
import Transfer

@testable import Credentials

/// The person's own helpers, through a real git.
@Suite struct GitCredentialsTests {
    /// A home with a helper that is told apart by what it wrote down.
    struct Home {
        let directory = TemporaryDirectory()
        let environment: [String: String]

        /// - Parameter body: the helper's answer to `get`, a shell script.
        init(_ body: String, configuration: String = "") throws {
            let helper = try directory.write(
                "helper",
                """
                #!/bin/sh
                input=$(cat)
                { echo "$1"; echo "$input"; echo; } >> '\(directory.file("log"))'
                [ "$1" = get ] || exit 0
                \(body)
                """, mode: 0o755)
            try directory.write("gitconfig", "[credential]\n\thelper = !sh \(helper)\n\(configuration)")
            var environment = isolatedEnvironment(home: directory.file("home"))
            environment["GIT_CONFIG_GLOBAL"] = directory.file("gitconfig")
            environment["GIT_TERMINAL_PROMPT"] = nil
            self.environment = environment
        }

        /// The questions that the helper was asked, `get` and what came with it.
        var questions: [String] {
            ((try? directory.readText("log")) ?? "").components(separatedBy: "\n\n").filter { !$0.isEmpty }
        }
    }

    private func query(_ text: String) throws -> CredentialQuery { try CredentialsTests.query(text) }

    @Test func aHelperIsAskedOnceForAServer() async throws {
        let home = try Home("sleep 0.2; echo username=me; echo password=s3cr3t-of-git")
        let secrets = Secrets()
        let git = GitCredentials(environment: home.environment, secrets: secrets)
        let urls = ["https://h.example:8443/o/r.git/info/refs", "https://h.example:8443/other"]
        let found = try await withThrowingTaskGroup { group in
            for _ in 1...4 {
                for url in urls { group.addTask { try await git.credential(for: query(url)) } }
            }
            return try await group.reduce(into: [String?]()) { $0.append($1?.user) }
        }
        #expect(found == Array(repeating: "me", count: 8))
        #expect(home.questions.count == 1)
        #expect(home.questions[0].hasPrefix("get\nprotocol=https\nhost=h.example:8443"), "\(home.questions)")
        #expect(secrets.redacted("s3cr3t-of-git") == "***")
        _ = try await git.credential(for: query("https://other.example/"))
        #expect(home.questions.count == 2)
    }

    @Test func aPathCountsWhereGitIsToldSo() async throws {
        let home = try Home(
            "echo username=me; echo password=p-$(echo \"$input\" | sed -n 's/^path=//p' | tr / -)",
            configuration: "\tuseHttpPath = true\n")
        let git = GitCredentials(environment: home.environment, secrets: Secrets())
        for (url, count) in [
            ("https://h/o/a.git/info/refs", 1), ("https://h/o/a.git/git-upload-pack", 1),
            ("https://h/o/b.git/info/refs", 2),
            ("https://h/o/a.git/info/refs", 2),
        ] {
            #expect(try await git.credential(for: query(url)) != nil)
            #expect(home.questions.count == count, "\(url)")
        }
        #expect(home.questions.map { $0.contains("path=o/a.git") } == [true, false])
    }

    @Test func nobodyIsAsked() async throws {
        let home = try Home("exit 1")
        var environment = home.environment
        let asked = home.directory.file("asked")
        let askpass = try home.directory.write("askpass", "#!/bin/sh\ntouch '\(asked)'\necho x\n", mode: 0o755)
        for name in ["GIT_ASKPASS", "SSH_ASKPASS"] { environment[name] = askpass }
        environment["DISPLAY"] = ":0"
        let git = GitCredentials(environment: environment, secrets: Secrets())
        #expect(try await git.credential(for: query("https://h/x")) == nil)
        #expect(try await git.credential(for: query("https://h/x")) == nil)
        #expect(home.questions.count == 1)
        #expect(!FileManager.default.fileExists(atPath: asked))
        // Nor is the helper ever told to keep or to forget anything.
        #expect(home.questions.allSatisfy { $0.hasPrefix("get\n") })
    }

    @Test(arguments: ["echo username=me", "echo password=", "echo quit=1", "exit 3", "kill -9 $$", "echo nonsense", ""])
    func whatIsNoAnswerIsNone(_ body: String) async throws {
        let home = try Home(body)
        let git = GitCredentials(environment: home.environment, secrets: Secrets())
        #expect(try await git.credential(for: query("https://h/x")) == nil)
    }

    @Test(.timeLimit(.minutes(10))) func aHelperThatHangsIsGivenUp() async throws {
        let home = try Home("exec sleep 600")
        let git = GitCredentials(environment: home.environment, secrets: Secrets(), limit: .milliseconds(500))
        #expect(try await git.credential(for: query("https://h/x")) == nil)
        let patient = GitCredentials(environment: home.environment, secrets: Secrets())
        let task = Task { try await patient.credential(for: query("https://h/x")) }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func withoutGitThereIsNone() async throws {
        // The program is looked for in this process's own path, so that another name stands for its absence.
        let home = try Home("exit 1")
        var environment = home.environment
        environment["GIT_EXEC_PATH"] = "/nowhere"
        let git = GitCredentials(environment: environment, secrets: Secrets())
        #expect(try await git.credential(for: query("https://h/x")) == nil)
    }

    @Test func aBrokenAnswerIsNamedAndNotShown() async throws {
        let home = try Home("printf 'username=me\\npassword=s3c\\033r3t\\n'")
        let git = GitCredentials(environment: home.environment, secrets: Secrets())
        await #expect(throws: TransferError.unusableCredential(.git)) {
            try await git.credential(for: query("https://h/x"))
        }
    }

    @Test(arguments: [
        ("/o/r.git/info/refs", "o/r.git"), ("/o/r.git/git-upload-pack", "o/r.git"),
        ("/o/r/info/lfs/objects/batch", "o/r"),
        ("/a%20b", "a b"), ("/", ""), ("/x%0ahost=evil", nil), ("/x%00", nil), ("/x%zz", nil),
    ])
    func thePathOfARepository(_ path: String, _ expected: String?) {
        #expect(GitCredentials.repositoryPath(path) == expected)
    }
}
