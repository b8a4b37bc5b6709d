import ArgumentParser
import JSON
import Lockfile
import PinrKit

struct Rename: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give a pin another name.", usage: "pinr rename [<options>] <old> <new>")

    @Argument(help: "The pin.", completion: PinNames.completion)
    var old: String

    @Argument(help: "Its new name.")
    var new: String

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let renamed = try await session.pinr.rename(old, to: new)
        session.print(
            json: PinText.json([renamed]), lines: ["renamed \(printable(old)) to \(printable(renamed.name.text))"])
        return .done
    }
}
