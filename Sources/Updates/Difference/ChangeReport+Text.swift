internal import Lockfile

extension ChangeReport {
    /// How many commits a report in text lists of all pins together.
    private static let listedLines = 400

    /// The report in lines for a terminal.
    public func text() -> [String] {
        let listed = difference.changed.count { !($0.change.commits?.newest.isEmpty ?? true) }
        let most = min(10, max(1, Self.listedLines / max(1, listed)))
        var lines = difference.changed.flatMap { Self.lines(of: $0, commits: most) }
        let name = { (name: String) in SafeText.line(name, limit: 80) }
        let state = { (pin: Pin) in SafeText.line(Summary.of(pin.locked), limit: 200) }
        lines += difference.added.map { "\(name($0.name.text)): added, \(state($0.pin))" }
        lines += difference.removed.map { "\(name($0.name.text)): removed, \(state($0.pin))" }
        lines += difference.renamed.map { "\(name($0.new.text)): renamed, was \(name($0.old.text))" }
        lines += difference.unreadable.map {
            "\(name($0.name)): not understood; a later version of pinr wrote the \($0.isOld ? "old" : "new") state"
        }
        if let versions = difference.versions {
            lines.append("the format of the file: version \(versions.old) → \(versions.new)")
        }
        lines += difference.otherMembers.map { "\(name($0)): changed" }
        lines += skipped.map { "\(name($0.name.text)): skipped, \(SafeText.line($0.reason, limit: 300))" }
        if let count = unchangedCount, count > 0 {
            lines.append(count == 1 ? "1 pin is up to date" : "\(count) pins are up to date")
        }
        return lines
    }

    private static func lines(of changed: LockDifference.Changed, commits most: Int) -> [String] {
        let change = changed.change
        let name = SafeText.line(change.name.text, limit: 80)
        var rows: [(String, String)] = []
        var head = "\(name): "
        if changed.hasMoved {
            head +=
                SafeText.line(Summary.of(change.old, versus: change.new), limit: 200) + " → "
                + SafeText.line(Summary.of(change.new, versus: change.old), limit: 200)
            let dates = [change.old, change.new].map(\.day)
            if let old = dates[0], let new = dates[1] { rows.append(("dates", "\(old) → \(new)")) }
        } else {
            head += changed.fields.map { SafeText.line($0, limit: 40) }.joined(separator: ", ") + " changed"
        }
        for warning in warnings(of: change) { rows.append(("warning", warning)) }
        for remark in change.remarks { rows.append(("note", SafeText.line(remark, limit: 400))) }
        for other in otherChanges(of: changed) { rows.append(("changed", SafeText.line(other, limit: 400))) }
        if let url = change.compareURL.flatMap(SafeText.url) { rows.append(("compare", url)) }
        if let url = change.releaseNotesURL.flatMap(SafeText.url) { rows.append(("news", url)) }
        if let count = commitCount(change.commits) { rows.append(("commits", count)) }
        var lines = [head]
        lines += rows.map { "  \($0)" + String(repeating: " ", count: max(1, 9 - $0.utf8.count)) + $1 }
        guard let commits = change.commits else { return lines }
        let shown = commits.newest.prefix(most)
        for commit in shown {
            lines.append("    \(SafeText.line(Summary.short(commit.id))) \(SafeText.line(commit.subject, limit: 100))")
        }
        if commits.count > shown.count && !shown.isEmpty {
            lines.append("    … and \(count(commits.count - shown.count, "older commit"))")
        }
        return lines
    }
}
