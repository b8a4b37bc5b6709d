import Foundation
import Support
import Testing

/// The mistakes of earlier setups, looked for in everything that is handed out and in this repository's own jobs.
@Suite struct MistakesTests {
    private static let files = (try? TemplateFile.all(below: "templates") + TemplateFile.all(below: ".github")) ?? []

    @Test func thereIsSomethingToLookAt() {
        #expect(Self.files.count { $0.path.hasPrefix("templates/") } >= 6)
        #expect(Self.files.contains { $0.kind == .yaml } && Self.files.contains { $0.kind == .shell })
    }

    @Test(arguments: files)
    func noMistakeIsMade(_ file: TemplateFile) {
        // What is for people to read may speak of mistakes.
        guard !file.path.hasSuffix(".md") else { return }
        for mistake in Mistake.allCases {
            for line in mistake.lines(in: file) {
                Issue.record("\(file.path):\(line): \(mistake.rawValue)")
            }
        }
    }

    @Test(arguments: Mistake.allCases)
    func eachMistakeIsFound(_ mistake: Mistake) throws {
        for sample in try #require(MistakeSample.bad[mistake], "no sample") {
            let found = mistake.lines(in: TemplateFile(sample.file, sample.text))
            #expect(!found.isEmpty, "not found in \(sample.file):\n\(sample.text)")
        }
    }

    @Test func whatIsInOrderIsLeftInPeace() {
        for sample in MistakeSample.good {
            for mistake in Mistake.allCases {
                let found = mistake.lines(in: TemplateFile(sample.file, sample.text))
                #expect(found.isEmpty, "\(mistake) on lines \(found) of \(sample.file):\n\(sample.text)")
            }
        }
    }

    /// Where a line begins that a comment swallows is told, for the one who has to find it.
    @Test func theLineIsTold() {
        let text = "FROM scratch\n\nRUN a \\\n  && b # c \\\n  && d\n"
        #expect(Mistake.swallowedLine.lines(in: TemplateFile("Containerfile", text)) == [4])
        #expect(Mistake.privileged.lines(in: TemplateFile("a.sh", "true\nrun \\\n  --privileged\n")) == [2])
    }
}

/// Scripts that ignored what they were told, or could not be run at all.
@Suite struct TemplateScriptTests {
    private static let scripts = ((try? TemplateFile.all(below: "templates")) ?? []).filter { $0.kind == .shell }

    /// What people and jobs run. Not those that nix-shell has to run, which the tests of their template do, nor those whose
    /// arguments are not theirs: a client's command (sshd) and the kernel's.
    private static let commands = scripts.filter { script in
        !isTakenIn(script) && !script.text.contains("\n#!nix-shell ")
            && !["alpine/serve.sh", "remote-builder/vm/init.sh", "remote-builder/vm/run.sh"]
                .contains { script.path == "templates/\($0)" }
    }

    /// Whether it is no program, but what others read.
    private static func isTakenIn(_ script: TemplateFile) -> Bool {
        guard let name = script.path.split(separator: "/").last else { return false }
        return scripts.contains { $0.code.contains { $0.text.hasPrefix("source ") && $0.text.hasSuffix("/\(name)\"") } }
    }

    /// One that is made for the tests, to show that they bite.
    private static let deaf = TemplateFile("deaf.sh", "#!/bin/sh\necho made the image\n")

    @Test(arguments: scripts)
    func scriptsCanBeRun(_ script: TemplateFile) throws {
        let path = "\(packageRoot)/\(script.path)"
        let isExecutable = FileManager.default.isExecutableFile(atPath: path)
        if Self.isTakenIn(script) {
            #expect(!isExecutable, "\(script.path) is taken in by others, and does nothing by itself")
            return
        }
        #expect(script.text.hasPrefix("#!"), "\(script.path) has no first line")
        #expect(isExecutable, "\(script.path) is not executable")
    }

    @Test(arguments: commands)
    func scriptsHearWhatTheyAreTold(_ script: TemplateFile) async throws {
        let help = try await run(script, "--help")
        #expect(help.status == 0 && !help.stdout.isEmpty, "\(script.path) --help: \(help)")
        let unknown = try await run(script, "--no-such-option")
        #expect(unknown.status == 64, "\(script.path) --no-such-option: \(unknown)")
        #expect(
            unknown.stderr.contains("--no-such-option"),
            "\(script.path) does not name what it does not know: \(unknown)")
        // In the same words everywhere.
        #expect(unknown.stdout.isEmpty && unknown.stderr.hasSuffix(" (--help says how it is called)\n"), "\(unknown)")
    }

    /// By itself it does nothing, and shellcheck knows for which shell it is.
    @Test(arguments: scripts.filter(isTakenIn))
    func whatIsTakenInDoesNothingByItself(_ script: TemplateFile) async throws {
        #expect(script.text.hasPrefix("# shellcheck shell=bash\n# "), "\(script.path)")
        let result = try await run(script)
        #expect(result.status == 0 && result.stdout.isEmpty && result.stderr.isEmpty, "\(script.path): \(result)")
    }

    /// As root one of them would change the accounts of a machine, another one mount over its files or switch it off.
    @Test(arguments: [
        "alpine/accounts.sh", "alpine/entrypoint.sh", "remote-builder/vm/init.sh", "remote-builder/vm/run.sh",
    ])
    func whatBelongsIntoAnImageDoesNothingOutsideOfIt(_ path: String) async throws {
        let script = try #require(Self.scripts.first { $0.path == "templates/\(path)" })
        let result = try await run(script)
        #expect([64, 78].contains(result.status), "\(path): \(result)")
        #expect(
            ["the image", "the virtual machine"].contains { result.stderr.contains($0) }, "\(path): \(result)")
    }

    @Test func aDeafScriptIsNoticed() async throws {
        let result = try await run(Self.deaf, "--no-such-option")
        #expect(result.status != 64 && result.stdout == "made the image\n")
    }

    /// Runs a copy of it, with all of its template beside it, as a user who may change nothing here: it may not hear.
    private func run(_ script: TemplateFile, _ arguments: String...) async throws -> ProcessResult {
        let directory = TemporaryDirectory()
        let parts = script.path.split(separator: "/").map(String.init)
        if parts.count > 1 {
            try FileManager.default.copyItem(
                atPath: "\(packageRoot)/\(parts[0])", toPath: directory.file(parts[0]))
        } else {
            try directory.write(script.path, script.text)
        }
        let home = try directory.makeDirectory("home")
        try setMode(home, 0o777)
        try setMode(directory.path, 0o755)
        let shell = script.text.prefix { $0 != "\n" }.contains("bash") ? "bash" : "sh"
        let nobody =
            geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"] : []
        return try await runProcess(
            nobody + [shell, directory.file(script.path)] + arguments, environment: isolatedEnvironment(home: home),
            directory: "/")
    }
}
