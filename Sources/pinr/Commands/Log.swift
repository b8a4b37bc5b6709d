import ArgumentParser
import JSON
import Lockfile
import PinrKit
import Updates

struct Log: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how a pin moved through the repository's history.", usage: "pinr log [<options>] <name>",
        discussion: """
            The newest first: when it was added, moved, frozen, renamed or removed, in which commit, and by whom. A pin \
            that was renamed is followed to its earlier names; one that is there no more is shown too.
            """)

    @Argument(help: "The pin.", completion: PinNames.completion)
    var name: String

    @Option(help: ArgumentHelp("Show so many events and no more.", valueName: "n"))
    var limit: Int?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("`--limit` is a number from 1.") }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        let log = try await session.pinr.log(name, limit: limit)
        for version in log.unreadable { session.terminal.warn(.unreadable(version)) }
        session.print(json: log.json, lines: Self.lines(of: log))
        return .done
    }

    private static func lines(of log: PinLog) -> [String] {
        var lines: [String] = []
        for entry in log.entries {
            let place =
                entry.commit.map { commit in
                    "\(PinText.day(commit.time))  \(Summary.short(commit.id))  \(printable(commit.author, limit: 60))"
                } ?? "not committed"
            lines.append("\(place)  \(Wording.sentence(of: entry.event, under: log.name))")
            if let url = entry.compareURL { lines.append("  \(printable(url))") }
        }
        if log.olderCount > 0 { lines.append("and \(log.olderCount) older") }
        return lines
    }
}
