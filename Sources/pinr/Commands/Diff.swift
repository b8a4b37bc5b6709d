import ArgumentParser
import JSON
import PinrKit
import Updates

/// How changes of pins are told.
enum ReportForm: String, CaseIterable, ExpressibleByArgument, Sendable {
    case text, markdown, json

    /// What a comment or a pull request may have, at the forge that takes least: GitHub.
    static let markdownLimit = 65_536
}

extension Session {
    /// Prints changes in a form; `--json` is that of JSON.
    func print(
        _ report: @autoclosure () -> ChangeReport, as form: ReportForm, json: @autoclosure () -> JSON,
        more: [String] = []
    ) {
        switch isJSON ? .json : form {
        case .json:
            terminal.clearProgress()
            StandardOutput.write(json: json())
        case .text: print(json: .null, lines: report().text() + more)
        case .markdown:
            // A line of its own comes behind it.
            let markdown = report().markdown(limit: ReportForm.markdownLimit - 1)
            print(json: .null, lines: [markdown.hasSuffix("\n") ? String(markdown.dropLast()) : markdown])
        }
    }
}

struct Diff: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what changed between two states of the pins.",
        discussion: """
            OLD and NEW are revisions of git or files, REVISION:FILE is the file in a revision. Without NEW the state is \
            compared with the file as it is now, and without OLD that with HEAD. The commits in between are those that the \
            repositories of the pins tell; with --offline none are asked for.
            """)

    @Argument(help: "A revision of git or a file; HEAD when none is given.", completion: .file(extensions: ["json"]))
    var old: String?

    @Argument(help: "The same; the file as it is now when none is given.", completion: .file(extensions: ["json"]))
    var new: String?

    @Option(help: ArgumentHelp("How to tell it: text, markdown or json.", valueName: "form"))
    var report: ReportForm = .text

    @Flag(help: "Exit with 2 when there is a difference.")
    var exitCode = false

    @OptionGroup var global: GlobalOptions

    var isJSON: Bool { global.json || report == .json }

    func validate() throws {
        if old == "" || new == "" { throw ValidationError("A revision or a file has a name.") }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        var request = DiffRequest()
        request.old = old
        request.new = new
        let found = try await session.pinr.diff(request)
        session.print(ChangeReport(found.difference), as: report, json: found.json)
        return exitCode && !found.difference.isEmpty ? .difference : .done
    }
}
