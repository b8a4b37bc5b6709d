public import JSON
public import Lockfile

/// What became of the pull requests of a run, or would become of them.
public struct ProposalReport: Sendable, Equatable {
    /// What was done about one branch.
    public enum Action: String, Sendable, CaseIterable {
        case created
        case refreshed
        case unchanged
        case closed
        /// The branch has commits of somebody else, and was left alone.
        case stopped
        /// So many are open already.
        case postponed
        case failed
    }

    /// One pull request, open or wanted.
    public struct Proposal: Sendable, Equatable {
        public var action: Action
        /// Without `refs/heads/`.
        public var branch: String
        /// The pins that it moves; of one that is not wanted any more, those that it could.
        public var pins: [PinName]
        /// Its page; nil where there is none yet.
        public var url: String?
        public var title: String?
        /// What is written into it; nil where nothing is.
        public var body: String?
        /// Where the branch was, if it was there, and where it is, or would be: hexadecimal digits.
        public var old: String?
        public var new: String?
        /// Why it was left alone.
        public var reason: String?
        /// The `error` object of what failed.
        public var error: JSONObject?

        public init(_ action: Action, branch: String, pins: [PinName], url: String? = nil) {
            self.action = action
            self.branch = branch
            self.pins = pins
            self.url = url
        }

        /// - Parameter isDryRun: whether what would be written is told too.
        func json(isDryRun: Bool) -> JSON {
            var object: JSONObject = [
                "action": .string(action.rawValue), "branch": .string(branch),
                "pins": .array(pins.map { .string($0.text) }),
            ]
            for (key, value) in [("url", url), ("title", title), ("old", old), ("new", new), ("reason", reason)] {
                object[key] = value.map { .string($0) }
            }
            if isDryRun { object["body"] = body.map { .string($0) } }
            object["error"] = error.map { .object($0) }
            return .object(object)
        }
    }

    /// The page of the repository that pull requests were asked of.
    public var project: String
    /// The branch that is proposed to.
    public var base: String
    /// In the order in which they were worked on.
    public var proposals: [Proposal] = []
    /// What the update found, before it was divided.
    public var update: UpdateReport
    public var isDryRun: Bool

    public init(project: String, base: String, update: UpdateReport, isDryRun: Bool) {
        self.project = project
        self.base = base
        self.update = update
        self.isDryRun = isDryRun
    }

    /// Whether something failed, be it a pin or a proposal.
    public var hasFailed: Bool { !update.failed.isEmpty || proposals.contains { $0.action == .failed } }

    /// The document of `propose --json`: that of `update`, and what became of each pull request.
    public var json: JSON {
        var object = update.json.object ?? [:]
        object["project"] = .string(project)
        object["base"] = .string(base)
        object["proposals"] = .array(proposals.map { $0.json(isDryRun: isDryRun) })
        if isDryRun { object["dryRun"] = true }
        return .object(object)
    }
}
