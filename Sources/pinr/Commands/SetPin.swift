import ArgumentParser
import JSON
import PinrKit
import Resolvers
import SourceTree

struct SetPin: PinrCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change what a pin tracks, and resolve it anew.",
        discussion: """
            The options change one thing each and leave the rest; SOURCE is a whole new source, in the notation of \
            `add`. The pin keeps its name and its note.
            """)

    @Argument(help: "The pin.", completion: PinNames.completion)
    var name: String

    @Argument(help: "What to track instead.", completion: SourceNotations.completion)
    var source: String?

    @OptionGroup(title: "What is tracked") var sourceOptions: SourceOptionGroup

    @OptionGroup(title: "What is tracked") var channelOption: ChannelOption

    @Flag(name: [.customShort("n"), .long], help: "Resolve and hash, but write nothing.")
    var dryRun = false

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }

    func perform(_ session: Session) async throws -> ExitStatus {
        var request = SetRequest(name: name)
        request.source = source
        request.options = sourceOptions.options
        request.policy = sourceOptions.policy
        request.isNow = sourceOptions.now
        request.options.channel = channelOption.channel
        request.isDryRun = dryRun
        let outcome = try await session.pinr.set(request)
        var lines = PinText.lines(outcome.name, outcome.pin)
        lines[0] = (outcome.hasChanged ? dryRun ? "would set " : "set " : "unchanged: ") + lines[0]
        session.print(json: PinText.json([(outcome.name, outcome.pin)]), lines: lines)
        return .done
    }
}

/// What of a source only `set` changes: `add` has it in the notation.
struct ChannelOption: ParsableArguments {
    @Option(help: "Track this channel, instead of the one before.")
    var channel: String?
}
