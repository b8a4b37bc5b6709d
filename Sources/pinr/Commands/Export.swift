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

    @Argument(help: "For which tool: \(names).", completion: .list(ForeignTool.writable.map(\.rawValue)))
    var tool: ForeignToolName

    @Argument(
        help: ArgumentHelp("The file to write; where the tool keeps it when not given, as `npins/sources.json`."),
        completion: .file())
    var path: String?

    @Flag(help: "Exit with 0 though some pins cannot be written.")
    var skipUnsupported = false

    @Flag(help: "Replace the file where there is one.")
    var force = false

    @OptionGroup var global: GlobalOptions

    private static let names = ForeignTool.writable.map { "`\($0.rawValue)`" }.joined(separator: " or ")

    func validate() throws {
        guard ForeignTool.writable.contains(tool.tool) else {
            throw ValidationError("Pins can be exported to \(Self.names), and not to `\(tool.tool.rawValue)`.")
        }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        let report = try await session.pinr.export(to: tool.tool, at: path, isForced: force)
        let count = report.exported.count
        session.print(
            json: report.json,
            lines: report.skipped.map { "\(printable($0.name)): left out, \($0.sentence)" }
                + ["wrote \(count) \(count == 1 ? "pin" : "pins") to \(printable(report.path))"])
        return report.skipped.isEmpty || skipUnsupported ? .done : .failed
    }
}
