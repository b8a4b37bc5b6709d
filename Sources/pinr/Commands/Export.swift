import ArgumentParser
import JSON
import Migration
import PinrKit

struct Export: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the pins as the lock of npins or niv.",
        discussion: """
            The file has the revisions and hashes that are locked here. A pin that the tool has no way to hold is listed \
            with the reason; the exit status is then 1.
            """)

    @Argument(help: "The tool that the pins are for.")
    var tool: WritableToolName

    @Argument(
        help: ArgumentHelp("The file to write; where the tool keeps it when not given, as `npins/sources.json`."),
        completion: .file())
    var file: String?

    @Flag(help: "Exit with 0 though some pins cannot be written.")
    var skipUnsupported = false

    @Flag(help: "Replace the file where there is one.")
    var force = false

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let report = try await session.pinr.export(to: tool.tool, at: file, isForced: force)
        let count = report.exported.count
        session.print(
            json: report.json,
            lines: report.skipped.map { "\(printable($0.name)): left out, \($0.sentence)" }
                + ["wrote \(count) \(count == 1 ? "pin" : "pins") to \(printable(report.path))"])
        return report.skipped.isEmpty || skipUnsupported ? .done : .failed
    }
}

/// A tool whose lock pinr writes, by its name on the command line.
struct WritableToolName: ExpressibleByArgument {
    let tool: ForeignTool

    static let allValueStrings = ForeignTool.writable.map(\.rawValue)

    init?(argument: String) {
        guard let tool = ForeignTool.writable.first(where: { $0.rawValue == argument }) else { return nil }
        self.tool = tool
    }
}
