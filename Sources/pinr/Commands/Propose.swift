import ArgumentParser
import JSON
import Lockfile
import PinrKit
import SourceTree
import Updates

struct Propose: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Propose updates as pull requests on GitHub, GitLab or Forgejo.",
        discussion: """
            For a scheduled CI job, or by hand with a token. Updates the pins of the base branch, commits them on branches of \
            their own, pushes these, and opens, refreshes and closes pull requests until they are those that are needed. \
            Your files, your index and what is checked out are not touched, and neither is a branch that has something on it \
            that pinr did not put there.
            """)

    @Option(
        help: ArgumentHelp(
            "Which forge it is: github, gitlab or forgejo; told from the remote when not given.", valueName: "forge"),
        completion: .list(choices(of: ForgeProject.Kind.self)), transform: choice)
    var forge: ForgeProject.Kind?

    @Option(help: ArgumentHelp("The forge's host or base URL, when it is not the remote's.", valueName: "host"))
    var host: String?

    @Option(help: ArgumentHelp("The project on the forge, when it is not the remote's.", valueName: "owner/repo"))
    var repo: String?

    @Option(help: ArgumentHelp("The remote that is pushed to.", valueName: "name"))
    var remote = "origin"

    @Option(
        help: ArgumentHelp(
            "The branch to propose to; the project's default branch when not given.",
            valueName: "branch"))
    var base: String?

    @Option(
        help: ArgumentHelp(
            "One pull request for all pins, for each group, or for each pin: all, group or each.", valueName: "how"),
        completion: .list(choices(of: ProposalGrouping.self)), transform: choice)
    var group: ProposalGrouping = .all

    @Option(help: ArgumentHelp("What the names of the branches begin with.", valueName: "text"))
    var branchPrefix = "pinr/update"

    @Option(name: .customLong("label"), help: ArgumentHelp("A label; may be given several times.", valueName: "name"))
    var labels: [String] = []

    @Option(
        name: .customLong("reviewer"),
        help: ArgumentHelp(
            "Who is asked for a review, a user or ORG/TEAM; may be given several times.",
            valueName: "name"))
    var reviewers: [String] = []

    @Option(
        name: .customLong("assignee"),
        help: ArgumentHelp("Whom it is assigned to; may be given several times.", valueName: "name"))
    var assignees: [String] = []

    @Flag(help: "Open pull requests as drafts.")
    var draft = false

    @Option(
        help: ArgumentHelp(
            "Have the forge merge it once its checks pass: default, merge, squash or rebase.", valueName: "how"),
        completion: .list(choices(of: MergeMethod.self)), transform: choice)
    var autoMerge: MergeMethod?

    @Option(help: ArgumentHelp("How many may be open; further ones wait.", valueName: "n"))
    var maxOpen: Int?

    @Option(
        help: ArgumentHelp(
            "Who commits; git's configuration, or else the CI's own user, when not given.", valueName: "name <address>")
    )
    var author: String?

    @Flag(help: "Sign the commits, as git's configuration says.")
    var sign = false

    @Flag(help: "Update also what is to wait for its day or to be older.")
    var now = false

    @Flag(
        name: [.customShort("n"), .long], help: "Say what would be done; push nothing and change nothing on the forge.")
    var dryRun = false

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }

    func validate() throws {
        if let maxOpen, maxOpen < 1 { throw ValidationError("`--max-open` is a number from 1 on.") }
        if draft && autoMerge != nil { throw ValidationError("`--draft` and `--auto-merge` cannot both be given.") }
        for (name, value) in [("--host", host), ("--repo", repo), ("--base", base), ("--author", author)]
        where value == "" {
            throw ValidationError("`\(name)` needs a value.")
        }
        for list in [labels, reviewers, assignees] where list.contains("") {
            throw ValidationError("`--label`, `--reviewer` and `--assignee` need a name.")
        }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        var request = ProposeRequest()
        request.forge = ForgeOptions(kind: forge, url: host, project: repo)
        request.remote = remote
        request.base = base
        request.grouping = group
        request.branchPrefix = branchPrefix
        request.labels = labels
        request.reviewers = reviewers
        request.assignees = assignees
        request.isDraft = draft
        request.autoMerge = autoMerge
        request.maximumOpen = maxOpen
        request.author = author
        request.signs = sign
        request.isNow = now
        request.isDryRun = dryRun
        let report = try await session.pinr.propose(request)
        session.print(json: report.json, lines: lines(of: report))
        for failure in report.update.failed { session.terminal.error(Problem(failure)) }
        for proposal in report.proposals where proposal.action == .failed {
            session.terminal.error(Problem(proposal.error ?? [:]))
        }
        return report.hasFailed ? .failed : .done
    }

    private func lines(of report: ProposalReport) -> [String] {
        var lines = report.proposals.flatMap { self.lines(of: $0) }
        if report.proposals.isEmpty { lines.append("nothing to propose") }
        if dryRun { lines.append("nothing was pushed, and nothing changed on \(printable(report.project))") }
        return lines
    }

    private func lines(of proposal: ProposalReport.Proposal) -> [String] {
        let pins = proposal.pins.map { printable($0.text) }.joined(separator: ", ")
        var line = "\(printable(proposal.branch)): \(words(proposal.action))"
        if let url = proposal.url { line += " \(printable(url))" }
        if !pins.isEmpty { line += " (\(pins))" }
        if let reason = proposal.reason { line += ": \(printable(reason))" }
        var lines = [line]
        guard dryRun else { return lines }
        func short(_ id: String) -> String { String(id.prefix(12)) }
        switch (proposal.old, proposal.new) {
        case (let old?, let new?): lines.append("  would push: \(short(old)) → \(short(new))")
        case (nil, let new?): lines.append("  would push: \(short(new)), a new branch")
        case (let old?, nil) where proposal.action == .closed:
            lines.append("  would delete the branch, at \(short(old))")
        default: break
        }
        guard proposal.action == .created || proposal.action == .refreshed else { return lines }
        if let title = proposal.title { lines.append("  title: \(printable(title))") }
        for (name, values) in [("labels", labels), ("reviewers", reviewers), ("assignees", assignees)]
        where !values.isEmpty {
            lines.append("  \(name): \(values.map { printable($0) }.joined(separator: ", "))")
        }
        if draft && proposal.action == .created { lines.append("  as a draft") }
        if let autoMerge { lines.append("  merged automatically: \(autoMerge.rawValue)") }
        if let body = proposal.body {
            lines.append("  body:")
            lines += body.split(separator: "\n", omittingEmptySubsequences: false).map {
                $0.isEmpty ? "" : "    \(printable(String($0)))"
            }
        }
        return lines
    }

    /// What was done; what would be done in a dry run, where nothing is.
    private func words(_ action: ProposalReport.Action) -> String {
        switch action {
        case .created: dryRun ? "would be proposed" : "proposed"
        case .refreshed: dryRun ? "would be refreshed" : "refreshed"
        case .closed: dryRun ? "would be closed" : "closed"
        case .unchanged: "unchanged"
        case .stopped: "left alone"
        case .postponed: "waits"
        case .failed: "failed"
        }
    }
}

/// Reads one of a few words.
private func choice<Choice: CaseIterable & RawRepresentable>(_ text: String) throws -> Choice
where Choice.RawValue == String {
    if let choice = Choice(rawValue: text) { return choice }
    throw ValidationError("`\(printable(text))` is none of \(choices(of: Choice.self).joined(separator: ", ")).")
}

private func choices<Choice: CaseIterable & RawRepresentable>(of type: Choice.Type) -> [String]
where Choice.RawValue == String {
    type.allCases.map(\.rawValue)
}
