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
        case .nothingToUndo:
            self.init(
                .notFound, "there is no state to go back to: this machine remembers no command that wrote this lock",
                hint: "what is committed can be had from version control")
        case .nothingToRedo: self.init(.notFound, "nothing is undone that could be done again")
        case .changedOutside(let step, let left, let now):
            let who = step.command.map { "the last command (`\($0)`)" } ?? "the command before"
            self.init(
                .changedMeanwhile, "the lock is not what \(who) left: \(Self.difference(from: left, to: now))",
                hint: "`--force` takes that back too; `pinr undo --redo` brings it back then")
        case .alreadyBack(let step):
            self.init(
                .changedMeanwhile,
                "the lock is as it was before the last command (`\(step.command ?? "")`) already: it was put back by "
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

/// Texts about what happened to pins.
public enum Wording {
    /// As many pins as are named in one line.
    private static let mostNamed = 4

    /// What happened to pins, in one line.
    public static func summary(of events: [PinEvent]) -> String {
        var clauses: [(verb: String, objects: [String])] = []
        for event in events {
            let (verb, object) = words(for: event)
            if let index = clauses.firstIndex(where: { $0.verb == verb }) {
                clauses[index].objects.append(object)
            } else {
                clauses.append((verb, [object]))
            }
        }
        guard !clauses.isEmpty else { return "changed no pin" }
        return clauses.map { verb, objects in
            let rest = objects.count - mostNamed
            return "\(verb) " + objects.prefix(mostNamed).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
        }.joined(separator: "; ")
    }

    private static func words(for event: PinEvent) -> (verb: String, object: String) {
        let name = printable(event.name.text)
        switch event.what {
        case .added: return ("added", name)
        case .removed: return ("removed", name)
        case .renamed(let old): return ("renamed", "\(printable(old.text)) to \(name)")
        case .sourceChanged: return ("set the source of", name)
        case .moved(_, let old, let new):
            return (
                "moved",
                "\(name) \(printable(Summary.of(old, versus: new))) → \(printable(Summary.of(new, versus: old)))"
            )
        case .frozen: return ("froze", name)
        case .unfrozen: return ("unfroze", name)
        case .noted: return ("noted", name)
        case .touched: return ("changed details of", name)
        }
    }
}
