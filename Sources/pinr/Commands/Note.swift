import ArgumentParser
import JSON
import Lockfile
import PinrKit

struct Note: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a remark to a pin.", usage: "pinr note [<options>] <name> <text>",
        discussion: "`show` shows it. An empty TEXT takes it away.")

    @Argument(help: "The pin.", completion: PinNames.completion)
    var name: String

    @Argument(help: "The remark, for those who wonder later.")
    var text: String

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let noted = try await session.pinr.note(name, text)
        session.print(
            json: PinText.json([noted]),
            lines: ["\(text.isEmpty ? "took the note from" : "noted") \(printable(noted.name.text))"])
        return .done
    }
}
