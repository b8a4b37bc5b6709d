internal import Credentials
internal import Git
internal import Lockfile
internal import Resolvers
internal import Threads
internal import Transfer
public import Updates

extension Pinr {
    /// Updates pins on branches of a remote repository, and sees to it that the pull requests of its forge are those that are
    /// wanted.
    ///
    /// The lock in the work tree is not touched. A pin or a proposal that fails does not keep the others from being made.
    /// - Throws: `Problem`, `ForgeError`, `GitError`, `TransferError`, `WorkingRepositoryError`, `LockfileError`,
    ///   `CancellationError` for what concerns all of them.
    public func propose(_ request: ProposeRequest) async throws -> ProposalReport {
        try Self.check(request)
        let repository = try await proposalRepository()
        let name = request.remote
        let remote = try await onThread { _ in
            try repository.setting("remote.\(name).pushurl") ?? repository.setting("remote.\(name).url")
        }
        let project = try ForgeProject.find(request.forge, remote: remote, environment: context.environment)
        let url = try Self.pushURL(project, remote: remote, request)
        let forge = Forge(page: project.page, requests: project.pullRequests(over: context.transfer))
        return try await propose(request, in: repository, to: url, on: forge)
    }

    /// A project's page and its pull requests.
    struct Forge: Sendable {
        let page: String
        let requests: any PullRequests
    }

    /// The same, once it is known where everything is.
    func propose(
        _ request: ProposeRequest, in repository: WorkingRepository, to url: GitURL, on forge: Forge
    ) async throws -> ProposalReport {
        // Nobody waits for updates that then cannot be committed.
        let committer = try await committer(request, repository)
        let base: String
        if let given = request.base { base = given } else { base = try await forge.requests.defaultBranch() }
        guard RefName.isValid(base) else { throw GitError.invalidRefName(base) }
        try Self.check(base, request)
        let ground = try await proposalGround(repository, at: url, base: base)
        await context.credentials.learnSecrets()
        let mark = ProposalMark(lock: ground.lockPath, base: base)

        var update = UpdateRequest()
        update.isDryRun = true
        update.isNow = request.isNow
        context.upstream.announceCommits(limit: ChangeReport.listedCommits)
        var found = try await outdated(in: ground.document, update).report
        found.changed = try await detailed(found.changed)

        var situation = ProposalPlan.Situation()
        situation.base = base
        situation.maximumOpen = request.maximumOpen
        situation.scopes = ProposalScope.scopes(
            of: ground.document.pins.map { ($0.name, $0.pin.source.group) }, by: request.grouping,
            prefix: request.branchPrefix)
        situation.unsettled = Set(found.failed.map(\.name))
            .union(found.skipped.map(\.name).filter { ground.document.pins[$0]?.frozen == nil })
        situation.open = try await forge.requests.open(headPrefix: request.branchPrefix)
            .filter { ProposalScope.isBranch($0.head, prefix: request.branchPrefix) }
        situation.branches = try await branches(of: situation, on: ground, mark)

        var drafts: [String: DraftedProposal] = [:]
        var broken: [ProposalReport.Proposal] = []
        let changes = Dictionary(uniqueKeysWithValues: found.changed.map { ($0.name, $0) })
        for scope in situation.scopes {
            do {
                let proposed = try await carried(scope, changes, situation, on: ground)
                let all = try await self.changes(
                    of: scope, found: changes, unsettled: situation.unsettled, proposed: proposed, on: ground)
                guard !all.isEmpty else { continue }
                let draft = try await draft(
                    all, of: scope, on: ground, mark, found: Set(changes.keys), committer: committer,
                    signing: request.signs,
                    bodyLimit: forge.requests.bodyLimit)
                drafts[scope.branch] = draft
                situation.wanted.append(draft.wanted)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                broken.append(Self.failed(scope.branch, scope.pins, error))
                // Whether it is still needed nobody can say.
                situation.unsettled.formUnion(scope.pins)
            }
        }
        var report = ProposalReport(project: forge.page, base: base, update: found, isDryRun: request.isDryRun)
        let work = ProposalWork(request: request, ground: ground, forge: forge.requests, drafts: drafts)
        // Of one that could not be made it is enough to say that.
        let failed = Set(broken.map(\.branch))
        let done = try await perform(ProposalPlan(situation).steps, work)
        report.proposals = broken + done.filter { !failed.contains($0.branch) }
        return report
    }

    // MARK: Beginnings

    private static func check(_ request: ProposeRequest) throws {
        guard RefName.isValid(request.branchPrefix), RefName.isValid(request.branchPrefix + "-x") else {
            throw Problem(.usage, "`\(printable(request.branchPrefix))` cannot begin the name of a branch")
        }
        if let base = request.base { try check(base, request) }
    }

    /// A branch that could be a proposal's would be moved itself, and nobody would have looked at what came onto it. On some
    /// servers case makes no difference to the names of branches.
    private static func check(_ base: String, _ request: ProposeRequest) throws {
        if ProposalScope.isBranch(base.lowercased(), prefix: request.branchPrefix.lowercased()) {
            throw Problem(
                .usage, "the branch `\(printable(base))` cannot be proposed to: its name is one of a proposal's",
                hint: "`--branch-prefix` names another beginning for them")
        }
    }

    /// Where branches go: where the remote is, without a user name and password in it; and where somebody named a project,
    /// there.
    static func pushURL(_ project: ForgeProject, remote: String?, _ request: ProposeRequest) throws -> GitURL {
        guard let remote, request.forge.project == nil, request.forge.url == nil else {
            return try GitURL(parsing: project.page + ".git")
        }
        if remote.hasPrefix("/") { return try GitURL(parsing: "file://" + remote) }
        // Runners of GitLab write their token into the remote's URL, which no other program may see there.
        return try GitURL(parsing: RemoteAddress.withoutUser(remote))
    }

    private func committer(
        _ request: ProposeRequest, _ repository: WorkingRepository
    ) async throws -> WorkingRepository {
        let environment = context.environment
        return try await onThread { _ in
            let variables = try ProposalAuthor.variables(given: request.author, environment: environment) {
                try repository.setting($0)
            }
            let committer = repository.withVariables(variables)
            try committer.requireCommitter(signing: request.signs)
            return committer
        }
    }

    /// What is on every branch that is wanted or open.
    private func branches(
        of situation: ProposalPlan.Situation, on ground: ProposalGround, _ mark: ProposalMark
    ) async throws -> [String: ProposalPlan.Branch] {
        let names = Set(situation.scopes.map(\.branch) + situation.open.map(\.head)).filter(RefName.isValid)
        guard !names.isEmpty else { return [:] }
        let refs = try await context.git.refs(of: ground.url, matching: names.map { .named(RefName.ofBranch($0)) })
        var branches: [String: ProposalPlan.Branch] = [:]
        for name in names {
            branches[name] = try await branch(name, at: refs[RefName.ofBranch(name)]?.id, on: ground, mark)
        }
        return branches
    }

    /// The lock of a proposal's branch, where something of it is to be kept.
    private func carried(
        _ scope: ProposalScope, _ changes: [PinName: PinChange], _ situation: ProposalPlan.Situation,
        on ground: ProposalGround
    ) async throws -> LockDocument? {
        guard case .own(let tip, _, _)? = situation.branches[scope.branch],
            scope.pins.contains(where: { situation.unsettled.contains($0) && changes[$0] == nil }),
            situation.open.contains(where: { $0.head.utf8.elementsEqual(scope.branch.utf8) })
        else { return nil }
        return try await proposedLock(scope.branch, at: tip, on: ground)
    }
}
