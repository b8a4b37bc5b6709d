import Foundation
import Support
import Testing

/// Everything is done in the program itself: with no other program to be found, and none looked for.
@Suite struct NoProcessTests {
    private let commands = [
        ["update"], ["update", "--refetch"], ["verify"], ["show"], ["hash", "tree"], ["hash", "a.tar.xz", "--unpack"],
    ]

    private func project() async throws -> Project {
        var project = try await Sources.project()
        project.environment["PATH"] = "/nowhere"
        try project.write("tree/a", "a\n")
        try await run(["tar", "-cJf", "a.tar.xz", "tree"], directory: project.path)
        return project
    }

    @Test func worksWithoutAnyOtherProgram() async throws {
        let project = try await project()
        for command in commands { try await project.pinr(command).expect(0) }
        let repository = try await Upstream.shared().github()
        try await project.pinr("add", repository.notation, "--name", "more").expect(0)
        try await project.pinr("add", "git+\(repository.url)", "--name", "and-more").expect(0)
    }

    // A container may forbid it.
    static let canTrace = isInstalled("strace") && succeeds(["strace", "-f", "-o", "/dev/null", "true"])

    @Test(.enabled(if: canTrace, "left out: strace is not installed, or not allowed"))
    func startsNoProcess() async throws {
        let project = try await project()
        let repository = try await Upstream.shared().github()
        let adding = [
            ["add", repository.notation, "--name", "more"], ["add", "git+\(repository.url)", "--name", "yet-more"],
        ]
        for command in commands + adding {
            let temporary = try project.newTemporaryFolder()
            let trace = project.directory.file("trace")
            let result = try await runProcess(
                ["strace", "-f", "-e", "trace=execve,fork,vfork", "-o", trace, Binary.pinr] + command,
                environment: project.variables(temporary, ["PATH": "/usr/local/bin:/usr/bin:/bin"]),
                directory: project.path, timeout: patience)
            #expect(result.status == 0, "\(command): \(result.stderr)")
            let calls = try project.directory.readText("trace").split(separator: "\n")
                .filter { $0.contains("execve(") || $0.contains("fork(") }
            #expect(calls.count == 1 && calls.allSatisfy { $0.contains("/pinr\"") }, "\(command): \(calls)")
        }
    }
}
