import ArgumentParser
import JSON
import Lockfile
import Migration
import PinrKit
import SourceTree
import Updates

struct Import: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over the pins of npins, niv, a flake or lon.",
        discussion: """
            The pins keep the revisions and hashes that they are locked to there. What is hashed in another way there is \
            fetched at the same revision and hashed, and nothing is moved. A pin that cannot be taken is listed with the \
            reason, and the others are taken all the same; the exit status is then 1.
            """)

    @Argument(help: "The tool whose pins are taken.")
    var tool: ForeignToolName

    @Argument(
        help: ArgumentHelp(
            "The tool's lock, or the folder that it is in; where the tool keeps it when not given, as `npins/sources.json`."
        ),
        completion: .file())
    var path: String?

    @Flag(help: "Exit with 0 though some pins cannot be taken.")
    var skipUnsupported = false

    @Flag(help: "Replace pins of the same names.")
    var force = false

    @Flag(name: [.customShort("n"), .long], help: "Say what would be taken, and write nothing.")
    var dryRun = false

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }

    func perform(_ session: Session) async throws -> ExitStatus {
        var request = ImportRequest(tool.tool)
        request.path = path
        request.isForced = force
        request.isDryRun = dryRun
        let report = try await session.pinr.importPins(request)
        session.print(json: report.json, lines: lines(of: report))
        for failure in report.failed { session.terminal.error(Problem(failure)) }
        return report.failed.isEmpty && (report.skipped.isEmpty || skipUnsupported) ? .done : .failed
    }

    private func lines(of report: ImportReport) -> [String] {
        let reasons = Dictionary(report.rehashed.map { ($0.name, $0.sentence) }) { first, _ in first }
        var lines = report.taken.map { name, pin in
            "\(printable(name.text)): \(printable(Summary.of(pin.locked)))"
                + (reasons[name].map { ", hashed anew: \($0)" } ?? "")
        }
        lines += report.unchanged.map { "\(printable($0.text)): here already" }
        lines += report.skipped.map { "\(printable($0.name)): not taken, \($0.sentence)" }
        let count = report.taken.count
        lines.append(
            "\(dryRun ? "would take" : "took") \(count) \(count == 1 ? "pin" : "pins") from \(printable(report.path))")
        return lines
    }
}

/// A tool by its name on the command line.
struct ForeignToolName: ExpressibleByArgument {
    let tool: ForeignTool

    static let allValueStrings = ForeignTool.allCases.map(\.rawValue)

    init?(argument: String) {
        guard let tool = ForeignTool(rawValue: argument) else { return nil }
        self.tool = tool
    }
}
