import ArgumentParser
import JSON
import Lockfile
import PinrKit

struct Remove: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove pins.", usage: "pinr remove [<options>] <names> ...",
        discussion: "All of those named, or none when one of them is not there.",
        aliases: ["rm", "drop"])

    @Argument(help: "Which pins.", completion: PinNames.completion)
    var names: [String]

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let removed = try await session.pinr.remove(names)
        session.print(
            json: ["removed": .array(removed.map { .string($0.text) })],
            lines: removed.map { "removed \(printable($0.text))" })
        return .done
    }
}
