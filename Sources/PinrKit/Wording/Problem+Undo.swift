internal import Lockfile
internal import NixHash
internal import Updates

extension Problem {
    init(_ error: UndoError) {
        switch error {
        case .nowhere:
            self.init(
                .notFound, "there is no state to go back to: neither `XDG_STATE_HOME` nor `HOME` says where it is kept",
                hint: "what is committed can be had from version control")
        case .unusable(let error):
            self.init(error)
            message = "there is no state to go back to: \(message)"
            hint = "what is committed can be had from version control"
        case .nothingToUndo(isAllUndone: true):
            self.init(
                .notFound, "there is no state to go back to: all that this machine remembers of this lock is undone",
                hint: "`pinr undo --redo` goes forward; `pinr undo --list` lists it all")
        case .nothingToUndo(isAllUndone: false):
            self.init(
                .notFound, "there is no state to go back to: this machine remembers no command that wrote this lock",
                hint: "what is committed can be had from version control")
        case .nothingToRedo: self.init(.notFound, "nothing is undone that could be done again")
        case .changedOutside(let step, let left, let now):
            let who = step.command.map { "the last command (`\(printable($0))`)" } ?? "the command before"
            self.init(
                .changedMeanwhile, "the lock is not what \(who) left: \(Self.difference(from: left, to: now))",
                hint: "`--force` takes that back too; `pinr undo --redo` brings it back then")
        case .alreadyBack(let step):
            self.init(
                .changedMeanwhile,
                "the lock is as it was before the last command (`\(printable(step.command ?? "pinr"))`) already: it was put back by "
                    + "other means, or the command was ended before it could write",
                hint: "`pinr undo --redo` does it again; `--force` goes back one command further")
        case .secretInLock:
            self.init(
                .badLock, "a secret stands in the lock, and to be undone it would have to be kept",
                hint: "take it out by hand")
        case .stateLost(let folder):
            self.init(
                .notFound, "what the lock was is not in `\(printable(folder))` any more, or is damaged",
                hint: "what is committed can be had from version control")
        }
    }

    /// In one clause what was changed by others.
    private static func difference(from old: [UInt8]?, to new: [UInt8]?) -> String {
        guard let new else { return "it was removed" }
        let now: Pins
        do throws(LockfileError) {
            now = try LockDocument(parsing: new).pins
        } catch {
            return "it cannot be read now: \(Problem(error).message)"
        }
        guard let old, let before = try? LockDocument(parsing: old).pins else { return "it was changed since" }
        let events = PinEvent.between(before, now)
        return events.isEmpty ? "its pins are the same, and its text is not" : Wording.summary(of: events)
    }
}
