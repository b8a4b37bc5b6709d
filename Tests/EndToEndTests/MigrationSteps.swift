import Foundation
import Support
import Testing

/// The steps of a page of `docs/migrate`, as they stand there.
enum MigrationSteps {
    static func of(_ page: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(packageRoot)/docs/migrate/\(page).md", encoding: .utf8)
        return text.components(separatedBy: "```sh\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    }

    /// Runs them with the shell as a person would, with `pinr` on the path.
    static func run(_ steps: String, in project: Project, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let folder = URL(fileURLWithPath: Binary.pinr).deletingLastPathComponent().path
        let path = "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
        let result = try await runProcess(
            ["sh", "-e", "-c", steps], environment: project.variables(project.newTemporaryFolder(), ["PATH": path]),
            directory: project.path)
        #expect(result.status == 0, "\(result.stdout)\(result.stderr)", sourceLocation: sourceLocation)
    }
}
