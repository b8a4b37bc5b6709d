import ArgumentParser
import JSON
import Lockfile
import PinrKit
import SourceTree
import Templates
import Updates

struct TemplateApply: PinrCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Put templates into a project, with the pins that they read.",
        usage: "pinr template apply <name> ... [<dir>] [<options>]",
        discussion: """
            The files go to DIR, the current folder when not given, and the pins to its folder pins. A pin of the same name \
            is kept. A file that is there and differs is never replaced without --force: then nothing is written at all, or \
            with --keep all the others. \
            `ci` is the template of the forge that the repository's remote is at.
            """)

    @OptionGroup var what: TemplateArguments

    @Flag(help: "Replace files that differ.")
    var force = false

    @Flag(help: "Leave files that differ as they are, and write the others.")
    var keep = false

    @Flag(name: .customLong("no-pins"), help: "Leave the pins alone.")
    var noPins = false

    @Flag(name: [.customShort("n"), .long], help: "Say what would be done, and write nothing.")
    var dryRun = false

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }
    var pinsFolder: String { what.pinsFolder }
    var recordedName: String { "template apply" }

    func validate() throws {
        if force && keep { throw ValidationError("`--force` and `--keep` cannot both be given.") }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        let (names, folder) = try await what.parsed()
        var request = ApplyRequest(names, in: folder)
        if force { request.differing = .replaced }
        if keep { request.differing = .left }
        request.addsPins = !noPins
        request.isDryRun = dryRun
        let report = try await session.pinr.apply(request, of: .embedded())
        session.print(json: report.json, lines: lines(of: report))
        for failure in report.failed { session.terminal.error(Problem(failure)) }
        return report.failed.isEmpty ? .done : .failed
    }

    private func lines(of report: ApplyReport) -> [String] {
        var lines = report.files.map { file in
            let verb =
                switch file.standing {
                case .missing: dryRun ? "would write" : "wrote"
                case .same: "unchanged:"
                case .changed, .otherMode:
                    switch report.differing {
                    case .left: dryRun ? "would leave" : "left as it is:"
                    case .replaced, .refused: dryRun ? "would replace" : "replaced"
                    }
                }
            return "\(verb) \(printable(ProjectFolder(report.folder).path(of: file.file.destination)))"
        }
        for (name, pin) in report.added {
            lines.append("\(dryRun ? "would add" : "added") the pin \(PinText.lines(name, pin)[0])")
        }
        lines += report.kept.map { "unchanged: the pin \(printable($0.text))" }
        if !report.failed.isEmpty {
            let names = report.failed.map { printable($0.name.text) }.joined(separator: ", ")
            lines.append("not pinned: \(names); the same command again adds what is missing")
        }
        if dryRun { lines.append("nothing was written") }
        return lines + next(of: report)
    }

    /// What there is to do, once all is there that it takes; who has it all already was told before.
    private func next(of report: ApplyReport) -> [String] {
        let isNew = report.files.contains { report.isWritten($0.standing) } || !report.added.isEmpty
        guard isNew, report.failed.isEmpty, !dryRun, !report.next.isEmpty else { return [] }
        return [report.folder == "." ? "next:" : "next, in \(printable(report.folder)):"]
            + report.next.map { "  \($0)" }
    }
}
