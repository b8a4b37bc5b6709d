import ArgumentParser
import JSON
import Lockfile
import PinrKit
import Resolvers
import SourceTree

struct Add: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pin a source.",
        discussion: """
            SOURCE is one of:
              NAME, NAME/REF
                  a short name, such as nixpkgs, home-manager or one of your own
            \(forms)
            A REF that is a branch is tracked; a tag or a revision stays where it is.
            """)

    /// Every way to write a source, one below the other.
    private static let forms = SourceTypes.all.flatMap { $0.forms }
        .map { "  \($0.notation)\n" + indented($0.meaning) }.joined(separator: "\n")

    /// A text in lines that are indented and fit a terminal: ArgumentParser would break a longer one, and not indent the rest.
    private static func indented(_ text: String) -> String {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let line = lines.last, line.count + word.count < 79 - 6 {
                lines[lines.count - 1] = "\(line) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.map { "      \($0)" }.joined(separator: "\n")
    }

    @Argument(help: "What to pin.", completion: SourceNotations.completion)
    var source: String

    @Option(help: "The pin's name; one is taken from the source when not given.")
    var name: String?

    @Flag(help: "Freeze the pin: `update` leaves it alone.")
    var frozen = false

    @Flag(help: "Replace a pin of that name.")
    var force = false

    @Flag(name: [.customShort("n"), .long], help: "Resolve and hash, but write nothing.")
    var dryRun = false

    @OptionGroup(title: "What is tracked") var sourceOptions: SourceOptionGroup

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }

    func perform(_ session: Session) async throws -> ExitStatus {
        var request = AddRequest(source: source)
        request.name = name
        request.options = sourceOptions.options
        request.policy = sourceOptions.policy
        request.isNow = sourceOptions.now
        request.isFrozen = frozen
        request.isForced = force
        request.isDryRun = dryRun
        let outcome = try await session.pinr.add(request)
        let verb =
            switch outcome.change {
            case .added: dryRun ? "would add" : "added"
            case .replaced: dryRun ? "would replace" : "replaced"
            case .unchanged: "unchanged:"
            }
        var lines = PinText.lines(outcome.name, outcome.pin)
        lines[0] = "\(verb) \(lines[0])"
        if !outcome.twins.isEmpty {
            lines.append("  also    pinned as " + outcome.twins.map { printable($0.text) }.joined(separator: ", "))
        }
        session.print(json: PinText.json([(outcome.name, outcome.pin)]), lines: lines)
        return .done
    }
}
