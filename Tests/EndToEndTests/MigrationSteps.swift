import Foundation
import Support
import Testing

/// What docs/migrate.md says to do, as it stands there.
enum MigrationSteps {
    /// The one block of commands below a heading, such as `From npins`.
    static func of(_ heading: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let blocks = try blocks("sh", below: heading)
        try #require(blocks.count == 1, "\(heading)", sourceLocation: sourceLocation)
        return blocks[0]
    }

    /// The blocks of a language between a heading and the next one.
    static func blocks(_ language: String, below heading: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(packageRoot)/docs/migrate.md", encoding: .utf8)
        // A single # begins a comment of the code, or the page.
        let section = text.split(separator: #/\n##+ /#).first { $0.hasPrefix("\(heading)\n") }
        let blocks = try #require(section, "no heading says \(heading)").components(separatedBy: "```\(language)\n")
        return blocks.dropFirst().map { $0.components(separatedBy: "```")[0] }
    }

    /// Runs commands with the shell as a person would, with `pinr` on the path.
    static func run(_ steps: String, in project: Project, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let result = try await runProcess(
            ["sh", "-e", "-c", steps],
            environment: project.variables(project.newTemporaryFolder(), ["PATH": Binary.path()]),
            directory: project.path)
        #expect(result.status == 0, "\(result.stdout)\(result.stderr)", sourceLocation: sourceLocation)
    }
}
