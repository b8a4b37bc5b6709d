import ArgumentParser
import JSON
import Lockfile
import PinrKit

struct Upgrade: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring pins.json and default.nix to the newest format.",
        discussion: """
            The pins stay what they are. Commands that write do the same; this one does nothing else. A default.nix that \
            was edited by hand is left alone: `pinr init --force` replaces it.
            """)

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let report = try await session.pinr.upgrade()
        var lines = report.written.map { "wrote \(printable($0))" }
        if report.from != report.to {
            lines.insert("brought the format from version \(report.from) to \(report.to)", at: 0)
        }
        session.print(json: report.json, lines: lines.isEmpty ? ["everything is of the newest format"] : lines)
        return .done
    }
}
