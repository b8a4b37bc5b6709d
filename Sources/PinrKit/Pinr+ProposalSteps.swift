internal import Git
internal import Lockfile
internal import Updates

/// What the steps of a plan are done with.
struct ProposalWork: Sendable {
    let request: ProposeRequest
    let ground: ProposalGround
    let forge: any PullRequests
    let drafts: [String: DraftedProposal]

    /// How the pull request of a proposal is to be.
    func wanted(_ draft: DraftedProposal) -> WantedPullRequest {
        WantedPullRequest(
            title: draft.title, body: draft.body, head: draft.wanted.branch, base: ground.base,
            labels: request.labels, reviewers: request.reviewers, assignees: request.assignees,
            isDraft: request.isDraft, autoMerge: request.autoMerge)
    }
}

extension Pinr {
    typealias Proposal = ProposalReport.Proposal

    /// Does what a plan says, or says what it would do.
    ///
    /// Branches come first, in one push; then each pull request; then those that are not needed any more, and their branches.
    /// - Throws: `CancellationError`
    func perform(_ steps: [ProposalPlan.Step], _ work: ProposalWork) async throws -> [Proposal] {
        let pushed = try await push(steps.compactMap(\.push), work)
        let steps = try await checking(steps, work)
        var proposals: [Proposal] = []
        var deletions: [RefUpdate] = []
        for step in steps {
            try Task.checkCancellation()
            if let push = step.push, let problem = pushed[push.ref] {
                var proposal = Self.failed(step.branch, step.pins, problem)
                proposal.url = step.request?.url
                proposals.append(proposal)
                continue
            }
            do {
                let proposal = try await perform(step, work)
                proposals.append(proposal)
                if case .close(_, let deletion?) = step { deletions.append(deletion) }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                var proposal = Self.failed(step.branch, step.pins, error)
                proposal.url = step.request?.url
                proposals.append(proposal)
            }
        }
        for (ref, problem) in try await push(deletions, work) {
            let branch = printable(RefName.branch(of: ref) ?? ref)
            context.console.warn(
                Notice("the branch `\(branch)` is still there: \(problem.message)", hint: problem.hint))
        }
        return proposals
    }

    /// Looks once more at the branches of what is to be closed, for the work before that may have taken a while: who has pushed
    /// onto one since has something to say there.
    private func checking(_ steps: [ProposalPlan.Step], _ work: ProposalWork) async throws -> [ProposalPlan.Step] {
        let deletions = steps.compactMap { step in if case .close(_, let deletion?) = step { deletion } else { nil } }
        guard !deletions.isEmpty, !work.request.isDryRun else { return steps }
        let refs = try await context.git.refs(of: work.ground.url, matching: deletions.map { .named($0.ref) })
        return steps.map { step in
            guard case .close(let request, let deletion?) = step, let tip = refs[deletion.ref]?.id, tip != deletion.old
            else { return step }
            return .stop(branch: request.head, pins: work.pins(of: request.head), tip: tip, request)
        }
    }

    static func failed(_ branch: String, _ pins: [PinName], _ error: any Error) -> Proposal {
        var proposal = Proposal(.failed, branch: branch, pins: pins)
        proposal.error = Problem(describing: error).json
        return proposal
    }

    /// Moves branches; what became of those that were not moved.
    private func push(_ updates: [RefUpdate], _ work: ProposalWork) async throws -> [String: Problem] {
        guard !updates.isEmpty, !work.request.isDryRun else { return [:] }
        context.console.progress("pushing to \(work.ground.url.text)")
        var problems: [String: Problem] = [:]
        do {
            let outcomes = try await context.git.push(
                updates, objectsOf: work.ground.repository, to: work.ground.url, known: [work.ground.tip])
            for outcome in outcomes {
                problems[outcome.ref] = Problem(outcome, at: work.ground.url.text)
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            for update in updates { problems[update.ref] = Problem(describing: error) }
        }
        return problems
    }

    private func perform(_ step: ProposalPlan.Step, _ work: ProposalWork) async throws -> Proposal {
        let isDryRun = work.request.isDryRun
        var proposal = Proposal(.unchanged, branch: step.branch, pins: step.pins, url: step.request?.url)
        switch step {
        case .create(let wanted, let push), .refresh(let wanted, _, let push):
            guard let draft = work.drafts[wanted.branch] else { return proposal }
            var text = work.wanted(draft)
            // What an earlier run could tell stays told.
            if push == nil, draft.isCarried, let existing = step.request {
                (text.title, text.body) = (existing.title, existing.body)
            }
            (proposal.title, proposal.body) = (text.title, text.body)
            if let push {
                (proposal.old, proposal.new) = (push.old?.hex, push.new?.hex)
                proposal.action = .refreshed
            }
            if let existing = step.request {
                if isDryRun {
                    if existing.lacks(text) { proposal.action = .refreshed }
                } else {
                    context.console.progress("refreshing \(existing.url)")
                    let now = try await work.forge.refresh(existing, to: text)
                    if !now.isLike(existing) { proposal.action = .refreshed }
                    tell(now)
                }
            } else {
                proposal.action = .created
                if !isDryRun {
                    context.console.progress("opening a pull request for \(wanted.branch)")
                    let made = try await work.forge.create(text)
                    proposal.url = made.url
                    tell(made)
                }
            }
        case .close(let existing, let deletion):
            proposal.action = .closed
            proposal.old = deletion?.old?.hex
            proposal.reason = "its pins are up to date, frozen or gone"
            proposal.pins = work.pins(of: existing.head)
            if !isDryRun {
                context.console.progress("closing \(existing.url)")
                let warnings = try await work.forge.close(
                    existing, comment: "Nothing is left to propose here: the pins are up to date, frozen or gone.")
                for warning in warnings { context.console.warn(Notice(warning, on: existing.url)) }
            }
        case .keep(let existing):
            proposal.pins = work.pins(of: existing.head)
            proposal.reason = "whether its pins are up to date is not known today"
        case .stop(_, _, let tip, _):
            proposal.action = .stopped
            proposal.old = tip?.hex
            let isBranch = tip != nil
            let reason =
                isBranch
                ? "has something on it that pinr did not put there" : "has a pull request open that pinr did not make"
            proposal.reason = "the branch \(reason)"
            context.console.warn(
                Notice(
                    "the branch `\(step.branch)` is left alone: it \(reason)",
                    hint: isBranch
                        ? "merge it, or delete it, and it will be proposed anew"
                        : "merge or close that, or let `--branch-prefix` name another beginning"))
        case .postpone:
            proposal.action = .postponed
            proposal.title = work.drafts[step.branch]?.title
            proposal.reason = "\(work.request.maximumOpen ?? 0) are open already"
        }
        return proposal
    }

    private func tell(_ request: PullRequest) {
        for warning in request.warnings { context.console.warn(Notice(warning, on: request.url)) }
    }
}

extension ProposalWork {
    /// The pins that a branch could be about.
    func pins(of branch: String) -> [PinName] {
        ProposalScope.scopes(
            of: ground.document.pins.map { ($0.name, $0.pin.source.group) }, by: request.grouping,
            prefix: request.branchPrefix
        ).first { $0.branch.utf8.elementsEqual(branch.utf8) }?.pins ?? []
    }
}

extension ProposalPlan.Step {
    var branch: String {
        switch self {
        case .create(let wanted, _), .refresh(let wanted, _, _), .postpone(let wanted): wanted.branch
        case .close(let request, _), .keep(let request): request.head
        case .stop(let branch, _, _, _): branch
        }
    }

    var pins: [PinName] {
        switch self {
        case .create(let wanted, _), .refresh(let wanted, _, _), .postpone(let wanted): wanted.pins
        case .stop(_, let pins, _, _): pins
        case .close, .keep: []
        }
    }

    /// The pull request that is open.
    var request: PullRequest? {
        switch self {
        case .refresh(_, let request, _), .close(let request, _), .keep(let request): request
        case .stop(_, _, _, let request): request
        case .create, .postpone: nil
        }
    }

    /// What is pushed before.
    var push: RefUpdate? {
        switch self {
        case .create(_, let push), .refresh(_, _, let push): push
        case .close, .keep, .stop, .postpone: nil
        }
    }
}

extension PullRequest {
    /// Whether something is wanted that it has not. Whether it merges itself not every forge tells.
    func lacks(_ wanted: WantedPullRequest) -> Bool {
        func isSame(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }
        func has(_ all: [String], _ some: [String]) -> Bool {
            some.allSatisfy { one in all.contains { $0.lowercased() == one.lowercased() } }
        }
        return !isSame(title, wanted.title) || !isSame(body, wanted.body) || !isSame(base, wanted.base)
            || !has(labels, wanted.labels) || !has(reviewers, wanted.reviewers) || !has(assignees, wanted.assignees)
            || (wanted.autoMerge != nil && !mergesItself && !isDraft)
    }

    /// Whether it says the same as before.
    fileprivate func isLike(_ other: PullRequest) -> Bool {
        title.utf8.elementsEqual(other.title.utf8) && body.utf8.elementsEqual(other.body.utf8) && base == other.base
            && isDraft == other.isDraft && labels == other.labels && reviewers == other.reviewers
            && assignees == other.assignees && mergesItself == other.mergesItself
    }
}
