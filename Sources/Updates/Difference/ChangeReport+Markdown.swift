internal import JSON
internal import Lockfile

extension ChangeReport {
    /// How many commits a pin is listed with.
    public static let listedCommits = 20

    /// The report in Markdown, such as the body of a pull request.
    ///
    /// What is least important is left out first until it fits: the oldest of the commits, then all that is said of single
    /// pins, then those that did not change, then pins; and it is said that something was. Nothing ends in its middle.
    /// - Parameter limit: how many characters it may have, counted as UTF-16 does, which is at least as many as there are by
    ///   any other count of characters.
    public func markdown(limit: Int = .max) -> String {
        let body = MarkdownBody(self)
        let lines = body.sections.map(\.commits.count).max() ?? 0
        let all = MarkdownBody.Extent(
            commits: lines, sections: body.sections.count, notes: body.notes.count, rows: body.rows.count)
        func fits(_ extent: MarkdownBody.Extent) -> Bool { body.text(extent).utf16.count <= limit }
        if fits(all) { return body.text(all) }
        var extent = all
        for part in [\MarkdownBody.Extent.commits, \.sections, \.notes, \.rows] {
            let most = extent[keyPath: part]
            extent[keyPath: part] = 0
            guard fits(extent) else { continue }
            // The largest number that fits, of one that never grows when another is smaller.
            var (low, high) = (0, most)
            while low < high {
                let middle = (low + high + 1) / 2
                extent[keyPath: part] = middle
                if fits(extent) { low = middle } else { high = middle - 1 }
            }
            extent[keyPath: part] = low
            return body.text(extent)
        }
        return ""
    }
}

/// The pieces of a report in Markdown, and how they are put together.
private struct MarkdownBody {
    /// How much of the pieces is told.
    struct Extent {
        /// How many commits of each pin.
        var commits: Int
        /// Of how many pins more than their row.
        var sections: Int
        /// How many remarks on what did not change, such as pins that failed.
        var notes: Int
        /// How many pins.
        var rows: Int
    }

    /// What is told of one pin.
    struct Section {
        /// Its heading, and everything but the commits.
        var head: String
        /// A line a commit, the newest first.
        var commits: [String] = []
        /// What is said above them.
        var summary = ""
        /// How many commits there are, as far as anybody knows.
        var count = 0
        var hasWarning = false
    }

    var rows: [String] = []
    var sections: [Section] = []
    var notes: [String] = []

    init(_ report: ChangeReport) {
        let difference = report.difference
        for changed in difference.changed {
            rows.append(Self.row(changed))
            if let section = Self.section(changed) { sections.append(section) }
        }
        for entry in difference.added {
            rows.append(
                Self.row(entry.name.text, "", SafeText.markdown(Summary.of(entry.pin.locked), limit: 80), "added"))
        }
        for entry in difference.removed {
            rows.append(
                Self.row(entry.name.text, SafeText.markdown(Summary.of(entry.pin.locked), limit: 80), "", "removed"))
        }
        for renamed in difference.renamed {
            rows.append(
                Self.row(renamed.new.text, "", "", "renamed; was " + SafeText.markdown(renamed.old.text, limit: 60)))
        }
        for pin in difference.unreadable {
            rows.append(
                Self.row(
                    pin.name, "", "",
                    "not understood; a later version of pinr wrote the \(pin.isOld ? "old" : "new") state"))
        }
        // Of those whose section is left out first nothing has to be looked at.
        sections = sections.filter(\.hasWarning) + sections.filter { !$0.hasWarning }

        for failure in report.failed {
            let message = failure.error["message"]?.string ?? ""
            notes.append(
                "- **Not updated:** \(SafeText.markdown(failure.name.text, limit: 60)): "
                    + SafeText.markdown(message, limit: 300))
        }
        for skipped in report.skipped {
            notes.append(
                "- Left alone: \(SafeText.markdown(skipped.name.text, limit: 60)): "
                    + SafeText.markdown(skipped.reason, limit: 300))
        }
        if let versions = difference.versions {
            notes.append("- The format of the file: version \(versions.old) → \(versions.new)")
        }
        for member in difference.otherMembers { notes.append("- Changed: \(SafeText.markdown(member, limit: 60))") }
        if let count = report.unchangedCount, count > 0 {
            notes.append("- \(ChangeReport.count(count, "pin")) up to date")
        }
    }

    // MARK: Pieces

    private static func row(_ name: String, _ old: String, _ new: String, _ what: String) -> String {
        "| \(SafeText.markdown(name, limit: 60)) | \(old) | \(new) | \(what) |"
    }

    private static func row(_ changed: LockDifference.Changed) -> String {
        let change = changed.change
        guard changed.hasMoved else {
            let what = changed.fields.map { SafeText.markdown($0, limit: 40) }.joined(separator: ", ")
            return row(change.name.text, "", "", "\(what) changed")
        }
        var what: [String] = []
        if change.isRewritten && change.commits?.isReturn != true { what.append("⚠ history rewritten") }
        if change.isOlder || change.commits?.isReturn == true { what.append("⚠ older") }
        if let count = ChangeReport.commitCount(change.commits) { what.append(count) }
        what += links(of: change)
        return row(
            change.name.text, state(change.old, change.new), state(change.new, change.old),
            what.joined(separator: " · "))
    }

    private static func links(of change: PinChange) -> [String] {
        [("compare", change.compareURL), ("release notes", change.releaseNotesURL)].compactMap { words, url in
            url.flatMap(SafeText.url).map { SafeText.link(words, to: $0) }
        }
    }

    /// One of two states in the fewest words.
    private static func state(_ locked: Locked, _ other: Locked) -> String {
        let text = Summary.of(locked, versus: other)
        return ChangeReport.isRevision(text, of: locked) ? "`\(text)`" : SafeText.markdown(text, limit: 80)
    }

    /// A state with its revision and date.
    private static func fullState(_ locked: Locked, _ other: Locked) -> String {
        var text = state(locked, other)
        let revision = locked.revision.map { Summary.short($0) }
        if let revision, revision.utf8.allSatisfy(\.isHexDigit), text != "`\(revision)`" { text += " `\(revision)`" }
        if let date = locked.day { text += " (\(date))" }
        return text
    }

    /// Nil where the row says all there is.
    private static func section(_ changed: LockDifference.Changed) -> Section? {
        let change = changed.change
        let warnings = ChangeReport.warnings(of: change)
        var lines = ["### \(SafeText.markdown(change.name.text, limit: 60))", ""]
        if changed.hasMoved {
            lines += [fullState(change.old, change.new) + " → " + fullState(change.new, change.old), ""]
        }
        let links = links(of: change)
        if !links.isEmpty { lines += [links.joined(separator: " · "), ""] }
        for warning in warnings { lines += ["**Warning:** \(warning).", ""] }
        for remark in change.remarks { lines += [SafeText.markdown(remark, limit: 400) + ".", ""] }
        for other in ChangeReport.otherChanges(of: changed) {
            // Behind a word of our own, so that nothing from outside is at the beginning of a line.
            lines += ["Changed: " + SafeText.markdown(other, limit: 400), ""]
        }
        var section = Section(head: lines.joined(separator: "\n"), hasWarning: !warnings.isEmpty)
        if let commits = change.commits, !commits.newest.isEmpty {
            section.count = commits.count
            section.summary = ChangeReport.commitCount(commits) ?? ""
            section.commits = commits.newest.map { commit in
                let id = commit.id.utf8.allSatisfy(\.isHexDigit) ? "`\(Summary.short(commit.id))` " : ""
                let subject = SafeText.markdown(commit.subject, limit: 100)
                return "- \(id)" + (subject.isEmpty ? "(no message)" : subject)
            }
        }
        return section
    }

    // MARK: The whole

    func text(_ extent: Extent) -> String {
        var parts: [String] = []
        if !rows.isEmpty && extent.rows > 0 {
            parts.append(
                (["| Pin | From | To | |", "| --- | --- | --- | --- |"] + rows.prefix(extent.rows)).joined(
                    separator: "\n"))
        }
        if rows.isEmpty { parts.append("No pins changed.") }
        if extent.rows < rows.count {
            parts.append(
                "_\(ChangeReport.count(rows.count - extent.rows, "pin")) more changed than there is room to list._")
        }
        for section in sections.prefix(extent.sections) { parts.append(text(section, extent.commits)) }
        let isCut = extent.sections < sections.count || sections.contains { extent.commits < $0.commits.count }
        if isCut && extent.rows == rows.count {
            let missing = sections.count - extent.sections
            parts.append(
                missing > 0
                    ? "_What there is to say of \(ChangeReport.count(missing, "pin")) was left out, for want of room._"
                    : "_Older commits were left out, for want of room._")
        }
        var notes = Array(notes.prefix(extent.notes))
        if extent.notes < self.notes.count {
            let missing = ChangeReport.count(self.notes.count - extent.notes, "remark")
            notes.append("- … and \(missing) more, for want of room")
        }
        if !notes.isEmpty { parts.append(notes.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func text(_ section: Section, _ limit: Int) -> String {
        let head = String(section.head.reversed().drop { $0 == "\n" }.reversed())
        let lines = section.commits.prefix(limit)
        guard !lines.isEmpty else { return head }
        let rest = section.count - lines.count
        let last = rest > 0 ? ["- … and \(ChangeReport.count(rest, "older commit"))"] : []
        return """
            \(head)

            <details>
            <summary>\(section.summary)</summary>

            \((lines + last).joined(separator: "\n"))

            </details>
            """
    }
}
