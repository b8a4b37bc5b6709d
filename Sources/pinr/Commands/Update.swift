import ArgumentParser
import JSON
import Lockfile
import PinrKit
import SourceTree
import Updates

struct Update: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring pins to the newest of what they track.",
        discussion: "A pin that fails stays as it was; the others are saved, and the exit status is 1.")

    @Argument(help: "Which pins; all of them when none is named.", completion: PinNames.completion)
    var names: [String] = []

    @Flag(name: [.customShort("n"), .long], help: "Say what would change, and write nothing.")
    var dryRun = false

    @Flag(help: "Write nothing, and exit with 2 when something is outdated.")
    var check = false

    @Flag(help: "Fetch and hash also what has not moved.")
    var refetch = false

    @Flag(help: "Update frozen pins too.")
    var frozen = false

    @Option(
        help: ArgumentHelp("Only the pins of this group; can be given more than once.", valueName: "name"),
        completion: PinGroups.completion)
    var group: [String] = []

    @Flag(help: "Whatever the pins' policies say: on any day, and however new.")
    var now = false

    @Option(
        help: ArgumentHelp(
            "Move the one pin that is named to this tag, revision or version, for now: the next update moves it on.",
            valueName: "ref"))
    var to: String?

    @Flag(help: "Commit the files that were written, and nothing else, to the git repository that they are in.")
    var commit = false

    @Flag(help: "Sign the commit, as git's configuration says how.")
    var sign = false

    @Option(
        help: ArgumentHelp(
            "Tell also what lies between, with the newest commits of each pin: as text, markdown or json.",
            valueName: "form"))
    var report: ReportForm?

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }

    var isJSON: Bool { global.json || report == .json }

    func validate() throws {
        if to != nil && (names.count != 1 || !group.isEmpty) {
            throw ValidationError("`--to` needs the name of one pin.")
        }
        if sign && !commit { throw ValidationError("`--sign` goes with `--commit`.") }
        if commit && (dryRun || check) {
            throw ValidationError(
                "`--commit` needs something to be written: leave out `\(check ? "--check" : "--dry-run")`.")
        }
        if to == "" { throw ValidationError("`--to` needs a tag, a revision or a version.") }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        var request = UpdateRequest()
        request.names = names
        request.groups = group
        request.isNow = now
        request.isDryRun = dryRun || check
        request.refetches = refetch
        request.includesFrozen = frozen
        request.target = to
        request.commits = commit
        request.signs = sign
        request.wantsCommits = report != nil
        let outcome = try await session.pinr.update(request)
        if let report {
            session.print(ChangeReport(outcome), as: report, json: outcome.json, more: remarks(on: outcome))
        } else {
            session.print(json: outcome.json, lines: lines(of: outcome))
        }
        for failure in outcome.failed { session.terminal.error(Problem(failure)) }
        if let error = outcome.commitError { session.terminal.error(Problem(error)) }
        if !outcome.failed.isEmpty || outcome.commitError != nil { return .failed }
        return check && !outcome.changed.isEmpty ? .difference : .done
    }

    private func lines(of report: UpdateReport) -> [String] {
        var lines = report.changed.map { change in
            "\(printable(change.name.text)): \(printable(Summary.of(change.old, versus: change.new))) → "
                + printable(Summary.of(change.new, versus: change.old))
        }
        lines += report.skipped.map { "\(printable($0.name.text)): skipped, \(printable($0.reason))" }
        let count = report.unchanged.count
        if count > 0 { lines.append(count == 1 ? "1 pin is up to date" : "\(count) pins are up to date") }
        return lines + remarks(on: report)
    }

    private func remarks(on report: UpdateReport) -> [String] {
        if let commit = report.commit { return ["committed as \(Summary.short(commit))"] }
        return !report.changed.isEmpty && (dryRun || check) ? ["nothing was written"] : []
    }
}
