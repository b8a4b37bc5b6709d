public import Git
public import Lockfile

/// What has to be done so that the pull requests are those that are wanted.
///
/// A function of what is known, and nothing else: it asks nobody and changes nothing.
public struct ProposalPlan: Sendable, Equatable {
    /// A proposal that there is to be.
    public struct Wanted: Sendable, Equatable {
        public let branch: String
        /// The pins that it moves.
        public let pins: [PinName]
        /// The commit that it is made on: where the base branch is now.
        public let base: ObjectID
        public let tree: ObjectID
        /// The commit that there would be, made but not yet sent.
        public let commit: ObjectID

        public init(branch: String, pins: [PinName], base: ObjectID, tree: ObjectID, commit: ObjectID) {
            self.branch = branch
            self.pins = pins
            self.base = base
            self.tree = tree
            self.commit = commit
        }
    }

    /// What a branch of the remote repository has.
    public enum Branch: Sendable, Equatable {
        case absent
        /// One commit, as pinr made it.
        case own(tip: ObjectID, base: ObjectID, tree: ObjectID)
        /// A commit that the base branch leads to: nothing is on it that would be lost.
        case empty(tip: ObjectID)
        /// Something else, which is somebody's work.
        case foreign(tip: ObjectID)

        public var tip: ObjectID? {
            switch self {
            case .absent: nil
            case .own(let tip, _, _), .empty(let tip), .foreign(let tip): tip
            }
        }
    }

    /// What is known when the plan is made.
    public struct Situation: Sendable {
        public var wanted: [Wanted] = []
        /// Every proposal that there could be, with its pins.
        public var scopes: [ProposalScope] = []
        /// Pins of which it is not known whether they are up to date: they failed, or it was not their turn.
        public var unsettled: Set<PinName> = []
        /// The branches of the remote repository; what is not in here is not there.
        public var branches: [String: Branch] = [:]
        /// The pull requests that are open and whose branch can be one of ours.
        public var open: [PullRequest] = []
        /// The branch that is proposed to.
        public var base = ""
        /// How many may be open; nil for any number.
        public var maximumOpen: Int?

        public init() {}
    }

    /// One thing to do, about one branch.
    public enum Step: Sendable, Equatable {
        /// Open a pull request, after moving the branch where that is due.
        case create(Wanted, push: RefUpdate?)
        /// Make one that is open say what is wanted, after moving the branch where that is due.
        case refresh(Wanted, PullRequest, push: RefUpdate?)
        /// Close one whose pins are up to date or gone, and then delete its branch where it is still ours.
        case close(PullRequest, delete: RefUpdate?)
        /// Leave one as it is, because it is not known whether it is still needed.
        case keep(PullRequest)
        /// Leave a branch alone, because it has something on it that pinr did not put there: what, is at `tip`. Without a tip
        /// it is the pull request that pinr did not make.
        case stop(branch: String, pins: [PinName], tip: ObjectID?, PullRequest?)
        /// Open none now: so many are open already.
        case postpone(Wanted)
    }

    /// In the order in which they are to be done.
    public let steps: [Step]

    /// The same situation always gives the same plan.
    public init(_ situation: Situation) {
        let open = Self.byBranch(situation.open, base: situation.base)
        var steps: [Step] = []
        let wanted = Set(situation.wanted.map { Array($0.branch.utf8) })
        var left = 0
        for (branch, request) in open.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
        where !wanted.contains(Array(branch.utf8)) {
            guard let step = Self.step(unwanted: request, situation) else { continue }
            if case .close = step {} else { left += 1 }
            steps.append(step)
        }
        // Those that are open already count, whatever becomes of them; new ones get the room that is left.
        left += situation.wanted.count { open[$0.branch] != nil }
        for wanted in situation.wanted.sorted(by: { $0.branch.utf8.lexicographicallyPrecedes($1.branch.utf8) }) {
            let step = Self.step(wanted, open[wanted.branch], situation)
            if case .create = step {
                if let most = situation.maximumOpen, left >= most {
                    steps.append(.postpone(wanted))
                    continue
                }
                left += 1
            }
            steps.append(step)
        }
        self.steps = steps
    }

    /// One pull request a branch: that to our base branch if there is one, for a branch can be proposed to several.
    private static func byBranch(_ open: [PullRequest], base: String) -> [String: PullRequest] {
        var found: [String: PullRequest] = [:]
        for request in open.sorted(by: { $0.number < $1.number }) {
            if let other = found[request.head], other.base == base || request.base != base { continue }
            found[request.head] = request
        }
        return found
    }

    /// - Returns: nil for one that is none of ours: that its branch begins as ours do says nothing.
    private static func step(unwanted request: PullRequest, _ situation: Situation) -> Step? {
        let scope = situation.scopes.first { $0.branch.utf8.elementsEqual(request.head.utf8) }
        let pins = scope?.pins ?? []
        var deletion: RefUpdate?
        switch situation.branches[request.head] ?? .absent {
        case .foreign(let tip):
            return scope.map { .stop(branch: $0.branch, pins: pins, tip: tip, request) }
        case .own(let tip, _, _):
            deletion = RefUpdate(ref: RefName.ofBranch(request.head), old: tip, new: nil)
        case .absent, .empty:
            // Nothing is left on the branch by which it could be known.
            guard ProposalFooter.isBelow(request.body), request.base.utf8.elementsEqual(situation.base.utf8)
            else { return nil }
        }
        if pins.contains(where: situation.unsettled.contains) { return .keep(request) }
        return .close(request, delete: deletion)
    }

    private static func step(_ wanted: Wanted, _ request: PullRequest?, _ situation: Situation) -> Step {
        var push: RefUpdate?
        switch situation.branches[wanted.branch] ?? .absent {
        case .foreign(let tip): return .stop(branch: wanted.branch, pins: wanted.pins, tip: tip, request)
        // What it would be replaced by is what it has: the date alone is another.
        case .own(_, wanted.base, wanted.tree): break
        // Somebody has begun something on a branch of that name.
        case .absent where request.map { !ProposalFooter.isBelow($0.body) } ?? false,
            .empty where request.map { !ProposalFooter.isBelow($0.body) } ?? false:
            return .stop(branch: wanted.branch, pins: wanted.pins, tip: nil, request)
        case let branch:
            push = RefUpdate(ref: RefName.ofBranch(wanted.branch), old: branch.tip, new: wanted.commit)
        }
        return request.map { .refresh(wanted, $0, push: push) } ?? .create(wanted, push: push)
    }
}
