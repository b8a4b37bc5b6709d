import ArgumentParser
import JSON
import NixHash
import PinrKit

struct Path: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print where pins are in the Nix store, and have Nix fetch what is not there.",
        usage: "pinr path [<options>] <names> ...",
        discussion: """
            A path a line, in the order of the names, computed without Nix and printed in any case. Exits with 1 when a \
            source is not in the store afterwards: when there is no Nix in PATH, or it cannot fetch it.
            """)

    @Argument(help: "Which pins.", completion: PinNames.completion)
    var names: [String]

    @Option(
        help: ArgumentHelp(
            "Keep what is there from being collected as garbage, by a link for each pin in this folder.",
            valueName: "dir"),
        completion: .directory)
    var gcRoot: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if gcRoot == "" { throw ValidationError("`--gc-root` needs the path of a folder.") }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        let report = try await session.pinr.paths(names, gcRoots: gcRoot)
        session.print(json: report.json, lines: report.entries.map(\.path.description))
        for failure in report.failed { session.terminal.error(Problem(failure)) }
        return report.isComplete ? .done : .failed
    }
}
