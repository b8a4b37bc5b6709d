import Foundation
import JSON
import Support
import Testing

/// The commands of `templates/ci` and `action.yml`, taken from the files and run as a runner of each forge would run them.
@Suite struct RunnerTests {
    private static func text(_ file: String) throws -> String {
        try String(contentsOfFile: "\(packageRoot)/\(file)", encoding: .utf8)
    }

    /// What a template runs to propose updates, and the name of the variable that it gives the token in.
    struct Step {
        let command: String
        let tokenVariable: String

        init(_ kind: PullRequestForge.Kind) throws {
            let file =
                switch kind {
                case .github: "templates/ci/github/pins-update.yml"
                case .gitlab: "templates/ci/gitlab/pins.gitlab-ci.yml"
                case .forgejo: "templates/ci/forgejo/pins-update.yml"
                }
            let lines = try RunnerTests.text(file).split(separator: "\n").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            let commands = lines.filter { !$0.hasPrefix("#") && $0.contains("pinr propose") }
            #expect(commands.count == 1, "\(commands)")
            let line = try #require(commands.first)
            command = String(line.trimmingPrefix(kind == .gitlab ? "- " : "run: "))
            // On GitLab it is a variable of the project, which the comment names.
            let named = lines.compactMap { line in
                kind == .gitlab
                    ? line.firstMatch(of: /CI\/CD variable ([A-Z_]+),/)?.1
                    : line.firstMatch(of: /^([A-Z_]+): \$\{\{ secrets\.PINS_TOKEN \|\| github\.token \}\}/)?.1
            }
            #expect(named.count == 1, "\(named)")
            tokenVariable = String(try #require(named.first))
        }
    }

    /// The variables of a job: those that the forge documents.
    static func variables(_ forge: PullRequestForge) -> [String: String] {
        switch forge.kind {
        case .github:
            [
                "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": forge.baseURL,
                "GITHUB_API_URL": forge.apiURL, "GITHUB_REPOSITORY": forge.project, "GITHUB_REF": "refs/heads/main",
                "GITHUB_REF_NAME": "main", "GITHUB_ACTOR": "octo",
            ]
        case .gitlab:
            [
                "CI": "true", "GITLAB_CI": "true", "CI_SERVER_URL": forge.baseURL, "CI_API_V4_URL": forge.apiURL,
                "CI_PROJECT_PATH": forge.project, "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BRANCH": "main",
                "CI_JOB_TOKEN": "j0b-t0ken-that-may-not", "GITLAB_USER_NAME": "Ann",
                "GITLAB_USER_EMAIL": "ann@example.org",
            ]
        case .forgejo:
            [
                "CI": "true", "GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true", "FORGEJO_ACTIONS": "true",
                "GITHUB_SERVER_URL": forge.baseURL, "GITHUB_API_URL": forge.apiURL,
                "GITHUB_REPOSITORY": forge.project, "GITHUB_REF": "refs/heads/main", "GITHUB_ACTOR": "octo",
            ]
        }
    }

    /// Runs a shell's command in a checkout as runners make it: the newest commit alone, no branch, no credential that is kept,
    /// and nobody's name.
    static func run(
        _ command: String, for checkout: ProposeTests.Checkout, _ variables: [String: String]
    ) async throws -> ProcessResult {
        let (forge, project) = (checkout.forge, checkout.project)
        let path = try project.directory.makeDirectory("job-\(UUID().uuidString)")
        let clone = TestRepository(existing: path)
        try await clone.git("init", "--quiet", "--template=")
        let main = try await forge.repository.revision("main")
        try await clone.git("fetch", "--quiet", "--depth", "1", "file://" + forge.repository.path, main)
        try await clone.git("checkout", "--quiet", "FETCH_HEAD")
        // GitLab's runners write the job's token into the URL, which is good for reading alone.
        let remote =
            forge.kind == .gitlab
            ? forge.remote.replacingOccurrences(of: "://", with: "://gitlab-ci-token:j0b-t0ken-that-may-not@")
            : forge.remote
        try await clone.git("remote", "add", "origin", remote)
        var environment = project.variables(try project.newTemporaryFolder(), variables)
        for role in ["AUTHOR", "COMMITTER"] {
            environment["GIT_\(role)_NAME"] = nil
            environment["GIT_\(role)_EMAIL"] = nil
        }
        environment["PINR_TOKEN_127_0_0_1"] = nil
        environment["PATH"] = Binary.path(before: environment["PATH"])
        return try await runProcess(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command], environment: environment,
            directory: path, timeout: patience)
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func theTemplateProposes(_ kind: PullRequestForge.Kind) async throws {
        let step = try Step(kind)
        // The name that pinr sends beside that variable's token; GitLab takes any.
        let checkout = try await ProposeTests.Checkout(kind, user: kind == .gitlab ? "oauth2" : "x-access-token")
        let (a, b) = (try await checkout.a.advance(), try await checkout.b.advance())
        let forge = checkout.forge
        let variables = Self.variables(forge).merging([step.tokenVariable: forge.token]) { $1 }
        let first = try await Self.run(step.command, for: checkout, variables)
        #expect(first.status == 0, "\(first)")
        let pulls = try checkout.open()
        #expect(pulls.map(\.head).sorted() == ["pinr/update-a", "pinr/update-b"], "\(first)")
        #expect(pulls.allSatisfy { $0.base == "main" && !$0.draft })
        #expect(try await checkout.revision("a", on: "pinr/update-a") == a)
        #expect(try await checkout.revision("b", on: "pinr/update-b") == b)
        // A label has a colour on Forgejo, for people to choose: it is left out, and that is said.
        if kind == .forgejo {
            #expect(first.stderr.contains("warning: ") && first.stderr.contains("pins"), "\(first)")
            #expect(pulls.allSatisfy { $0.labels == [] })
            try forge.obey(#""labels": ["pins"]"#)
        } else {
            #expect(first.stderr == "", "\(first)")
            #expect(pulls.allSatisfy { $0.labels == ["pins"] })
        }
        let author = try await forge.repository.git("log", "-1", "--format=%an", "pinr/update-a")
        #expect(author == [.github: "github-actions[bot]", .gitlab: "Ann", .forgejo: "forgejo-actions"][kind])

        // The next week.
        let newer = try await checkout.a.advance("three")
        let second = try await Self.run(step.command, for: checkout, variables)
        #expect(second.status == 0, "\(second)")
        #expect(try await checkout.revision("a", on: "pinr/update-a") == newer)
        #expect(try checkout.open().count == 2)
        for run in [first, second] {
            for secret in [forge.token, "j0b-t0ken"] {
                #expect(!run.stdout.contains(secret) && !run.stderr.contains(secret), "\(run)")
            }
        }
        #expect(forge.violations() == [])
    }

    /// Newer runners of Forgejo have variables of its own name, and Gitea's have a token of theirs.
    @Test(arguments: [
        ("FORGEJO_TOKEN", ["FORGEJO_ACTIONS": "true"], "FORGEJO"), ("GITEA_TOKEN", ["GITEA_ACTIONS": "true"], "GITHUB"),
        ("FORGEJO_TOKEN", ["GITEA_ACTIONS": "true"], "GITHUB"),
    ])
    func aRunnersTokenReachesItsServer(_ token: String, _ sign: [String: String], _ prefix: String) async throws {
        let checkout = try await ProposeTests.Checkout(.forgejo)
        let revision = try await checkout.a.advance()
        let forge = checkout.forge
        let variables = [
            token: forge.token, "\(prefix)_SERVER_URL": forge.baseURL, "\(prefix)_API_URL": forge.apiURL,
            "\(prefix)_REPOSITORY": forge.project, "GITHUB_ACTIONS": "true",
        ].merging(sign) { $1 }
        let run = try await Self.run("pinr propose", for: checkout, variables)
        #expect(run.status == 0, "\(run)")
        #expect(try await checkout.revision("a", on: "pinr/update") == revision)
        // To no other server: where the pins are, it was not shown.
        let others = try await Upstream.shared().forge.accessLog()
        #expect(!others.contains { $0.uri.contains("/api/v1/repos/\(checkout.a.owner)/") })
        // Elsewhere than on such a runner it is for Codeberg alone.
        var elsewhere = variables
        for name in sign.keys { elsewhere[name] = nil }
        let refused = try await Self.run("pinr propose --forge forgejo", for: checkout, elsewhere)
        #expect(refused.status == 1 && forge.requests().last?.isAuthorised == false, "\(refused)")
    }

    // MARK: action.yml

    /// The shell of the step that says which build is wanted.
    private static func keyStep() throws -> String {
        let text = try text("action.yml")
        let step = try #require(text.firstMatch(of: /name: Find out which build is wanted\n(?:.*\n)*? +run: \|\n/))
        let lines = text[step.range.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("        ") }
        return lines.map { String($0.dropFirst(8)) }.joined(separator: "\n")
    }

    /// What the step writes for a folder with these files.
    private func outputs(_ files: [String: String], at path: String, image: String? = "ubuntu24") async throws
        -> [String]
    {
        let folder = TemporaryDirectory()
        for (name, text) in files { try folder.write("\(path)/\(name)", text) }
        try folder.write("elsewhere/x", "")
        let output = try folder.write("output file", "before=1\n")
        var environment = isolatedEnvironment(home: folder.file("home"))
        environment.merge([
            "GITHUB_ACTION_PATH": folder.file(path), "GITHUB_OUTPUT": output, "RUNNER_TEMP": "/tmp/a temp",
            "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "PATH": "/usr/bin:/bin",
        ]) { $1 }
        environment["ImageOS"] = image
        let result = try await runProcess(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", try Self.keyStep()], environment: environment,
            directory: folder.file("elsewhere"))
        #expect(result.status == 0 && result.stderr == "" && result.stdout == "", "\(result)")
        return try folder.readText("output file").split(separator: "\n").map(String.init)
    }

    @Test func theKeyOfABuildIsThatOfItsSources() async throws {
        let files = [
            "Makefile": "all:\n", "Package.swift": "1\n", "Package.resolved": "2\n", "Sources/a/a b.swift": "3\n",
            "Sources/a/new\nline.swift": "4\n", "docs/x.md": "5\n", "Plugins/p/p.swift": "6\n", "templates/t/x": "7\n",
        ]
        let path = "the action's folder"
        let outputs = try await outputs(files, at: path)
        #expect(outputs.count == 3 && outputs.first == "before=1" && outputs.last == "folder=/tmp/a temp/pinr")
        let key = outputs[1]
        #expect(key.wholeMatch(of: /key=pinr-ubuntu24-X64-[0-9a-f]{64}/) != nil, "\(key)")
        // The same sources at another place, with another page of documentation.
        var same = files
        same["docs/x.md"] = "6\n"
        #expect(try await self.outputs(same, at: "elsewhere2")[1] == key)
        // Anything else makes another one.
        var keys: Set = [key]
        for name in files.keys where name != "docs/x.md" {
            var other = files
            other[name] = "changed\n"
            keys.insert(try await self.outputs(other, at: path)[1])
            // By another name it is another thing.
            if name.hasPrefix("Sources") {
                other = files
                other["Sources/b.swift"] = other.removeValue(forKey: name)
                keys.insert(try await self.outputs(other, at: path)[1])
            }
        }
        #expect(keys.count == 10)
        #expect(try await self.outputs(files, at: path, image: nil)[1].hasPrefix("key=pinr-Linux-X64-"))
    }
}
