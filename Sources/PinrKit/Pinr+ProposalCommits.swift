internal import Credentials
internal import Git
internal import Lockfile
internal import Threads
internal import Updates

/// One proposal with all that is written for it.
struct DraftedProposal: Sendable {
    let wanted: ProposalPlan.Wanted
    let title: String
    let body: String
    /// Whether something in it was found by an earlier run, of which nobody can be asked today.
    let isCarried: Bool
}

extension Pinr {
    /// The changes of one proposal: what the update found, and of pins about which nothing is known today what is already
    /// proposed, so that a server that is down for an hour takes nothing back.
    ///
    /// - Parameters:
    ///   - found: the changes that the update found, by pin.
    ///   - proposed: the lock as the branch has it; nil where it is not ours.
    func changes(
        of scope: ProposalScope, found: [PinName: PinChange], unsettled: Set<PinName>, proposed: LockDocument?,
        on ground: ProposalGround
    ) async throws -> [PinChange] {
        let carried: [PinChange] = scope.pins.compactMap { name in
            guard found[name] == nil else { return nil }
            guard unsettled.contains(name), let base = ground.document.pins[name],
                let pin = proposed?.pins[name], pin.source == base.source, pin.locked != base.locked
            else { return nil }
            return PinChange(name: name, source: base.source, old: base.locked, new: pin.locked)
        }
        let all = scope.pins.compactMap { found[$0] } + (try await detailed(carried))
        return all.sorted { $0.name < $1.name }
    }

    /// The lock as a branch has it; nil where there is none that can be read.
    func proposedLock(_ branch: String, at tip: ObjectID, on ground: ProposalGround) async throws -> LockDocument? {
        let fetched = try await context.git.fetch(tip, of: ground.url, ref: RefName.ofBranch(branch)).repository
        let path = ground.lockPath
        return try await onThread { _ in
            defer { fetched.close() }
            return try fetched.file(path, in: tip).flatMap { try? LockDocument(parsing: $0) }
        }
    }

    /// Makes the commit of a proposal, and writes its title and body.
    ///
    /// Nothing refers to the commit: unless it is pushed, git removes it some day.
    /// - Parameter found: the pins whose changes were found by this run.
    /// - Throws: `LockfileError`, `Problem`, `WorkingRepositoryError`, `CommitError`
    func draft(
        _ changes: [PinChange], of scope: ProposalScope, on ground: ProposalGround, _ mark: ProposalMark,
        found: Set<PinName>, committer: WorkingRepository, signing: Bool, bodyLimit: Int
    ) async throws -> DraftedProposal {
        var document = ground.document
        for change in changes { try document.pins.modify(change.name) { $0.locked = change.new } }
        try Self.requireNoSecrets(in: document, before: ground.document, context.secrets)
        var files = [ground.lockPath: try document.serialized()]
        if let path = ground.defaultNixPath { files[path] = ground.defaultNix }
        let (made, tip) = (files, ground.tip)
        let report = ChangeReport(changes)
        let isCarried = changes.contains { !found.contains($0.name) }
        let message = context.secrets.redacted(CommitMessage.of(changes))
        let now = context.clock()
        let (commit, tree) = try await onThread { cancellation in
            try committer.makeCommit(made, onto: tip, signing: signing, at: now, cancellation: cancellation) {
                mark.sign(message, tree: $0, parent: tip)
            }
        }
        let footer = ProposalFooter.of(scope.branch)
        let body = report.markdown(limit: max(0, bodyLimit - footer.utf16.count)) + footer
        return DraftedProposal(
            wanted: ProposalPlan.Wanted(
                branch: scope.branch, pins: changes.map(\.name), base: tip, tree: tree, commit: commit),
            title: context.secrets.redacted(report.title), body: context.secrets.redacted(body),
            isCarried: isCarried)
    }
}
