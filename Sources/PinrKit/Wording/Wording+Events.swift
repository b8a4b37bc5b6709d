public import Lockfile
public import Updates

/// Texts about what happened to pins, safe for a terminal.
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
            return "\(verb) " + objects.prefix(mostNamed).joined(separator: ", ")
                + (rest > 0 ? " and \(rest) more" : "")
        }.joined(separator: "; ")
    }

    private static func words(for event: PinEvent) -> (verb: String, object: String) {
        let name = printable(event.name.text)
        switch event.what {
        case .added: return ("added", name)
        case .removed: return ("removed", name)
        case .renamed(let old): return ("renamed", "\(printable(old.text)) to \(name)")
        case .sourceChanged: return ("set the source of", name)
        case .moved(_, let old, let new): return ("moved", "\(name) \(way(from: old, to: new))")
        case .frozen: return ("froze", name)
        case .unfrozen: return ("unfroze", name)
        case .noted: return ("noted", name)
        case .touched: return ("changed details of", name)
        }
    }

    /// What happened to one pin, without its name.
    ///
    /// - Parameter name: the name by which the pin was asked for, which may be one that it has no more.
    public static func sentence(of event: PinEvent, under name: PinName) -> String {
        switch event.what {
        case .added(let pin):
            // What has neither version nor revision is told by its URL, which is said once.
            let (source, locked) = (pin.source.summary, Summary.of(pin.locked))
            return "added: \(printable(source))" + (source.hasSuffix(locked) ? "" : ", \(printable(locked))")
                + (pin.frozen.map { ", \(clause($0))" } ?? "")
        case .removed(let pin): return "removed: it was \(printable(Summary.of(pin.locked)))"
        case .renamed(let old):
            return event.name == name || old != name
                ? "renamed from \(printable(old.text))"
                    + (event.name == name ? "" : " to \(printable(event.name.text))")
                : "renamed to \(printable(event.name.text))"
        case .sourceChanged(let old, let new):
            return "source changed: \(printable(old.summary)) → \(printable(new.summary))"
        case .moved(_, let old, let new): return "moved: \(way(from: old, to: new))"
        case .frozen(let frozen): return clause(frozen)
        case .unfrozen(let frozen):
            return "unfrozen" + (frozen.reason.map { ": it was frozen for \(printable($0))" } ?? "")
        case .noted(let note): return note.map { "noted: \(printable($0))" } ?? "the note was taken away"
        case .touched: return "details changed"
        }
    }

    private static func way(from old: Locked, to new: Locked) -> String {
        "\(printable(Summary.of(old, versus: new))) → \(printable(Summary.of(new, versus: old)))"
    }

    private static func clause(_ frozen: Frozen) -> String {
        "frozen" + (frozen.reason.map { ": \(printable($0))" } ?? "")
    }
}

extension Notice {
    /// A version of the lock that was passed over.
    public static func unreadable(_ version: PinHistory.Unreadable) -> Notice {
        Notice(
            "passed over the lock \(version.commit.map { "of \(Summary.short($0.id))" } ?? "as it is now"): "
                + Problem(describing: version.error).message)
    }
}
