internal import JSON
internal import Lockfile

/// What people are told of pins that changed: in text, in Markdown for a pull request, and as a title.
///
/// Names, versions, messages of commits and whatever else comes from outside are made safe where they are written
/// (`SafeText`).
public struct ChangeReport: Sendable, Equatable {
    public var difference: LockDifference
    /// Pins that failed, and kept what they were locked to.
    public var failed: [Failure] = []
    /// Pins that were left alone on purpose.
    public var skipped: [UpdateReport.Skipped] = []
    /// How many pins are up to date; nil where that was not the question.
    public var unchangedCount: Int?

    public init(_ difference: LockDifference) { self.difference = difference }

    /// Pins that moved, each with what is known of it.
    public init(_ changes: [PinChange]) { difference = LockDifference(changes) }

    /// What an update did.
    public init(_ report: UpdateReport) {
        self.init(report.changed)
        failed = report.failed
        skipped = report.skipped
        unchangedCount = report.unchanged.count
    }

    // MARK: Title

    /// One line that says what changed, such as the title of a pull request: plain text in which no forge finds anything to
    /// link.
    public var title: String {
        let names = difference.changed.map { SafeText.title($0.name.text, limit: 60) }
        switch names.count {
        case 0: return otherTitle
        case 1:
            let change = difference.changed[0].change
            guard difference.changed[0].hasMoved else { return "Change \(names[0])" }
            let (old, new) = (
                Self.titleState(of: change.old, versus: change.new), Self.titleState(of: change.new, versus: change.old)
            )
            let title = "Update \(names[0]) from \(old) to \(new)"
            return title.unicodeScalars.count <= 100 ? title : "Update \(names[0])"
        case 2, 3: return "Update " + names.dropLast().joined(separator: ", ") + " and \(names[names.count - 1])"
        default: return "Update \(names[0]), \(names[1]) and \(names.count - 2) other pins"
        }
    }

    private var otherTitle: String {
        let counts = [
            (difference.added.count, "Add"), (difference.removed.count, "Remove"), (difference.renamed.count, "Rename"),
        ]
        let words = counts.filter { $0.0 > 0 }.map { "\($0.1) \(Self.count($0.0, "pin"))" }
        return words.isEmpty ? "No pins changed" : words.joined(separator: ", ")
    }

    /// A revision of somewhere else is no reference here, and stays whole.
    private static func titleState(of locked: Locked, versus other: Locked) -> String {
        let text = Summary.of(locked, versus: other)
        return isRevision(text, of: locked) ? text : SafeText.title(text, limit: 40)
    }

    // MARK: Words that every form has

    /// Whether a summary is the beginning of the locked revision, which is nothing but hexadecimal digits.
    static func isRevision(_ text: String, of locked: Locked) -> Bool {
        guard let revision = locked.revision else { return false }
        return text == Summary.short(revision) && text.utf8.allSatisfy(\.isHexDigit)
    }

    /// A number of things.
    static func count(_ number: Int, _ thing: String) -> String { number == 1 ? "1 \(thing)" : "\(number) \(thing)s" }

    /// How many commits lie between; nil where nobody knows.
    static func commitCount(_ commits: CommitsBetween?) -> String? {
        guard let commits else { return nil }
        if commits.isReturn { return "back by \(count(commits.gone ?? 0, "commit"))" }
        return (commits.isAtLeast ? "at least " : "") + count(commits.count, "commit")
    }

    /// What is to be looked at before anybody relies on a change.
    static func warnings(of change: PinChange) -> [String] {
        var warnings: [String] = []
        let gone = change.commits?.gone ?? 0
        if change.isRewritten && change.commits?.isReturn != true {
            let lost =
                gone > 0
                ? ": \(count(gone, "commit")) of what was locked \(gone == 1 ? "is" : "are") not in it any more" : ""
            warnings.append("the history was rewritten\(lost)")
        } else if gone > 0 && change.commits?.isReturn != true {
            warnings.append(
                "the two are on different branches: \(count(gone, "commit")) of what was locked \(gone == 1 ? "is" : "are") "
                    + "not in the new one")
        }
        if change.commits?.isReturn == true {
            warnings.append("the new revision is older: it was in the history already")
        }
        if change.isOlder { warnings.append("the new version is older than the one before") }
        return warnings
    }

    /// What else than the lock of a pin changed, in words; the texts in it are from outside.
    static func otherChanges(of changed: LockDifference.Changed) -> [String] {
        changed.fields.compactMap { field in
            switch field {
            case "locked": return nil
            case "source": return "source: " + sourceChange(changed.old.source, changed.new.source)
            case "frozen":
                switch (changed.old.frozen, changed.new.frozen) {
                case (nil, let frozen?): return "frozen" + (frozen.reason.map { ": \($0)" } ?? "")
                case (_?, nil): return "no longer frozen"
                default: return "frozen for another reason" + (changed.new.frozen?.reason.map { ": \($0)" } ?? "")
                }
            case "note": return changed.new.note.map { "note: \($0)" } ?? "note removed"
            default: return "`\(field)` changed"
            }
        }
    }

    /// The fields that are not the same, each with what it was and is.
    private static func sourceChange(_ old: Source, _ new: Source) -> String {
        let (before, after) = (old.json.object ?? [:], new.json.object ?? [:])
        func text(_ value: JSON?) -> String {
            guard let value else { return "nothing" }
            return value.string ?? String(decoding: value.serializedCompactly(), as: UTF8.self)
        }
        return before.keys(differingFrom: after).map { "\($0) \(text(before[$0])) → \(text(after[$0]))" }.joined(
            separator: ", ")
    }
}

extension UInt8 {
    var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
