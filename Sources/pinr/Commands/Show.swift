import ArgumentParser
import JSON
import Lockfile
import PinrKit

struct Show: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the pins: what they track, and what they are locked to.",
        usage: "pinr show [<options>] [<names> ...]", aliases: ["ls"])

    @Argument(help: "Which pins; all of them when none is named.", completion: PinNames.completion)
    var names: [String] = []

    @Flag(help: "One line a pin, with tabs: name, type, version or revision, URL, hash.")
    var plain = false

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let pins = try await session.pinr.show(names)
        let times = try await session.pinr.verificationTimes()
        session.print(
            json: PinText.json(pins),
            lines: plain
                ? pins.map { PinText.plain($0.name, $0.pin) }
                : Array(
                    pins.map { PinText.lines($0.name, $0.pin, verified: times.time(of: $0.name, $0.pin)) }
                        .joined(separator: [""])))
        return .done
    }
}
