import ArgumentParser
import JSON
import Lockfile
import PinrKit

struct Undo: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Go back to what pins.json was before the last command that wrote it.",
        discussion: """
            Once more goes back one command further, and --redo forward again; nothing is lost by either. When pins.json \
            is not what that command left, because it was edited by hand or by git, nothing is done without --force. What \
            commands did is remembered on this machine alone, in $XDG_STATE_HOME/pinr (~/.local/state/pinr).
            """)

    @Flag(help: "Do again what was undone last.")
    var redo = false

    @Flag(help: "List what can be undone and done again, the newest first.")
    var list = false

    @Flag(help: "Take back changes too that were made by hand or by git.")
    var force = false

    @Flag(name: [.customShort("n"), .long], help: "Say what would be done, and write nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if list && (redo || force || dryRun) {
            throw ValidationError("`--list` goes with none of `--redo`, `--force` and `--dry-run`.")
        }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        if list {
            let steps = try await session.pinr.undoSteps()
            session.print(
                json: ["steps": .array(steps.map(\.json))],
                lines: steps.isEmpty ? ["nothing is remembered"] : steps.map(Self.line))
            return .done
        }
        let report = try await session.pinr.undo(isRedo: redo, isForced: force, isDryRun: dryRun)
        session.print(json: report.json, lines: lines(of: report, session))
        return .done
    }

    private func lines(of report: UndoReport, _ session: Session) -> [String] {
        let would = dryRun ? "would " : ""
        let path = printable(session.pinr.context.store.location.path)
        var lines: [String]
        switch report.action {
        case .restore: lines = ["\(would)put \(path) back as it was left"]
        case .undo: lines = report.steps.map { "\(dryRun ? "would undo" : "undid") \(Self.name(of: $0))" }
        case .redo: lines = report.steps.map { "\(dryRun ? "would do" : "did") \(Self.name(of: $0)) again" }
        }
        if report.isLockGone {
            lines.append("\(dryRun ? "would remove" : "removed") \(path), which was not there before")
        } else if let events = report.events {
            lines += events.map { "  \(Wording.summary(of: [$0]))" }
        }
        if dryRun { lines.append("nothing was written") }
        return lines
    }

    private static func name(of step: UndoStep) -> String {
        (step.command.map { "`\(printable($0))` of " } ?? "what was changed outside of pinr, as noticed at ")
            + PinText.time(step.time)
    }

    private static func line(of step: UndoStep) -> String {
        let command = printable(step.command ?? "(outside of pinr)")
        var text =
            "\(PinText.time(step.time))  \(command)"
            + String(repeating: " ", count: max(0, 9 - command.count)) + " "
        if step.isCreation { text += "made the lock" }
        if step.isRemoval { text += "removed the lock" }
        if let events = step.events {
            if !events.isEmpty { text += (step.isCreation || step.isRemoval ? ": " : "") + Wording.summary(of: events) }
            if events.isEmpty && !step.isCreation && !step.isRemoval { text += "changed no pin" }
        } else {
            text += "changed what cannot be read"
        }
        return step.isUndone ? text + " (undone)" : text
    }
}
