import ArgumentParser
import JSON
import PinrKit
import Templates

struct TemplateDifference: PinrCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show how a project's copy of templates differs from what they are now.",
        usage: "pinr template diff <name> ... [<dir>] [<options>]",
        discussion: """
            The patch leads from the copy in DIR to the templates, and to all that they need. Its paths are below DIR: \
            `git apply` takes it there, and `git apply --directory=DIR` from here.
            """)

    @OptionGroup var what: TemplateArguments

    @Flag(help: "Exit with 2 when there is a difference.")
    var exitCode = false

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let (names, folder) = try await what.parsed()
        let diff = try await session.pinr.templateDiff(names, of: .embedded(), in: folder)
        session.terminal.clearProgress()
        if session.isJSON {
            StandardOutput.write(json: diff.json)
        } else {
            for change in diff.changes { StandardOutput.write(patch: change.patch) }
        }
        return exitCode && !diff.changes.isEmpty ? .difference : .done
    }
}
