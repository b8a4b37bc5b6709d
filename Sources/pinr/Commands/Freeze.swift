import ArgumentParser
import JSON
import Lockfile
import PinrKit

struct Freeze: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make `update` leave pins alone.", usage: "pinr freeze [<options>] <names> ...",
        discussion: "`show` shows since when, and why. An empty reason takes away the one that is there.")

    @Argument(help: "Which pins.", completion: PinNames.completion)
    var names: [String]

    @Option(help: ArgumentHelp("Why, for those who wonder later.", valueName: "text"))
    var reason: String?

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let pins = try await session.pinr.freeze(names, reason: reason)
        session.print(json: PinText.json(pins), lines: pins.map { "froze \(printable($0.name.text))" })
        return .done
    }
}

struct Unfreeze: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let `update` move pins again.", usage: "pinr unfreeze [<options>] <names> ...")

    @Argument(help: "Which pins.", completion: PinNames.completion)
    var names: [String]

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let pins = try await session.pinr.unfreeze(names)
        session.print(json: PinText.json(pins), lines: pins.map { "unfroze \(printable($0.name.text))" })
        return .done
    }
}
