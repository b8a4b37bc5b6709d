internal import Git
public import JSON
public import Lockfile
internal import OCI
internal import Resolvers
internal import Versions

/// Why a pin is where it is, and what upstream has.
public struct Explanation: Sendable, Equatable {
    /// What an update would do.
    public enum Action: String, Sendable {
        /// Nothing: there is nothing new, or the pin stays where it is.
        case none
        case move
        /// It would fetch what is behind the URL once more: only that shows whether it has changed.
        case fetch
        /// Nothing for now: the pin's policy has it wait for another day, or until what is new is old enough.
        case wait
        /// Nothing, though upstream has something else, which nobody should follow without a look.
        case hold
        /// It would fail: upstream has nothing that the pin could be at.
        case fail
    }

    /// What the source means now.
    public struct Newest: Sendable, Equatable {
        /// How it would be fetched: `tarball`, `file`, `git` or `oci`.
        public let fetcher: String
        /// What would be fetched: its URL, or of an image the name and the digest.
        public let url: String
        /// The full name of the ref that leads there.
        public let ref: String?
        public let revision: String?
        public let version: String?
        /// When it was made, in seconds since 1970 UTC, where upstream states it.
        public let made: Int64?
    }

    /// A tag or version that upstream has.
    public struct Seen: Sendable, Equatable {
        /// As upstream calls it.
        public let name: String
        public let version: String?
        /// A word for what became of it.
        public let verdict: String
        /// Why, as a sentence without its full stop; nil for what won and for what is older than that.
        public let reason: String?
        public let isLocked: Bool
    }

    public let name: PinName
    public let pin: Pin
    public let action: Action
    /// Why, where the action does not say it all.
    public let reason: String?
    /// nil when upstream has nothing, or is not asked.
    public let newest: Newest?
    /// Everything there was to choose from, the newest first; empty where nothing was chosen.
    public let seen: [Seen]
    /// What is odd about what upstream has.
    public let remarks: [String]
    /// Why an update would fail.
    public let problem: Problem?
    /// What the pin's policy does; nil where it has none.
    public var policy: PolicyEffect?

    /// The document of `explain --json`.
    public var json: JSON {
        var update: JSONObject = ["action": .string(action.rawValue)]
        update["reason"] = reason.map { .string($0) }
        var object: JSONObject = [
            "name": .string(name.text), "source": pin.source.json, "tracked": .string(pin.source.summary),
            "locked": pin.locked.json, "update": .object(update), "seen": .array(seen.map(\.json)),
            "remarks": .array(remarks.map { .string($0) }),
        ]
        object["frozen"] = pin.frozen.flatMap { _ in pin.json["frozen"] }
        object["newest"] = newest?.json
        object["policy"] = policy?.json
        object["error"] = problem.map { .object($0.json) }
        return .object(object)
    }
}

extension Explanation.Newest {
    var json: JSON {
        var object: JSONObject = ["fetcher": .string(fetcher), "url": .string(url)]
        object["ref"] = ref.map { .string($0) }
        object["revision"] = revision.map { .string($0) }
        object["version"] = version.map { .string($0) }
        return .object(object)
    }

    init(_ resolution: Resolution) {
        (fetcher, url) =
            switch resolution.fetch {
            case .tarball(let url): ("tarball", url)
            case .file(let url, _): ("file", url)
            case .git(let url, _, _, _): ("git", url.text)
            case .oci(let image): ("oci", "\(image.name.text)@\(image.digest.imageText)")
            }
        ref = resolution.ref
        revision = resolution.revision
        version = resolution.version
        made = if case .stated(let time) = resolution.dating { time } else { nil }
    }
}

extension Explanation.Seen {
    fileprivate var json: JSON {
        var object: JSONObject = ["name": .string(name), "verdict": .string(verdict)]
        object["version"] = version.map { .string($0) }
        object["reason"] = reason.map { .string($0) }
        if isLocked { object["locked"] = true }
        return .object(object)
    }

    init(_ candidate: ReleaseChoice.Candidate, locked: Locked) {
        name = candidate.text
        version = candidate.version?.text
        (verdict, reason) = Self.words(for: candidate.verdict)
        isLocked = version.map { $0.utf8.elementsEqual((locked.version ?? "").utf8) } ?? false
    }
}

extension Pinr {
    /// Asks upstream what there is, and says why a pin is where it is; writes and fetches nothing.
    /// - Throws: `LockfileError`, and what asking upstream throws; not that upstream has nothing to choose.
    public func explain(_ name: String) async throws -> Explanation {
        let document = try await read()
        for unreadable in document.unreadable where unreadable.name.utf8.elementsEqual(name.utf8) {
            throw unreadable.error
        }
        guard let (name, pin) = try Self.select([name], from: document.pins).first else {
            throw LockfileError(.noSuchPin(name, nearest: []))
        }
        let source: any SourceType
        do {
            source = try SourceTypes.read(pin.source)
        } catch let error as LockfileError {
            throw error.inPin(name.text)
        }
        var explanation = try await explain(name, pin, source)
        // The effect is known where upstream was asked; what is said of the day is known in any case.
        if explanation.policy == nil { explanation.policy = try policyEffect(of: pin, aged: nil) }
        return explanation
    }

    /// The same of one pin, without what its policy does where upstream was not asked.
    func explain(_ name: PinName, _ pin: Pin, _ source: any SourceType) async throws -> Explanation {
        if source.isFixed && !source.staysAtTag {
            return Explanation(
                name: name, pin: pin, action: .none, reason: "it stays where it is until `pinr set` says otherwise",
                newest: nil, seen: [], remarks: [], problem: nil)
        }
        do {
            let limit = try ageLimit(of: pin.source)
            // Both questions are about the same thing.
            if limit != nil, let document = source.sharedDocument { context.upstream.keep([document]) }
            let newest = try await source.resolve(in: context.upstream, after: pin.locked)
            let resolution =
                limit == nil
                ? newest : try await source.resolve(in: context.upstream, after: pin.locked, within: limit)
            let decision = UpdateDecision.of(name, pin, source, resolution)
            var (action, reason) = try explained(decision, pin, source)
            if action == .move && resolution.isSamePlace(as: pin.locked) { action = .fetch }
            if [.move, .fetch].contains(action), let waiting = scheduled(pin) { (action, reason) = (.wait, waiting) }
            return Explanation(
                name: name, pin: pin, action: action, reason: reason, newest: .init(newest),
                seen: Self.seen(resolution.choice, pin), remarks: Self.sentences(newest.remarks, name),
                problem: decision.problem, policy: try policyEffect(of: pin, aged: limit == nil ? nil : resolution))
        } catch ResolveError.noRelease(let choice, let range, let url) {
            let problem = Problem(describing: ResolveError.noRelease(choice, range: range, url: url))
            return Explanation(
                name: name, pin: pin, action: .fail, reason: nil, newest: nil, seen: Self.seen(choice, pin),
                remarks: [], problem: problem)
        } catch ResolveError.noVersion(let package, let choice, let range, let url) {
            let problem = Problem(describing: ResolveError.noVersion(of: package, choice, range: range, url: url))
            return Explanation(
                name: name, pin: pin, action: .fail, reason: nil, newest: nil, seen: Self.seen(choice, pin),
                remarks: [], problem: problem)
        } catch ResolveError.refNotFound(let ref, let url) where source.staysAtTag {
            return Explanation(
                name: name, pin: pin, action: .hold,
                reason: "`\(printable(ref))` is gone from `\(printable(url))`; the pin stays at what it was locked to",
                newest: nil, seen: [], remarks: [], problem: nil)
        }
    }

    private func explained(
        _ decision: UpdateDecision, _ pin: Pin, _ source: any SourceType
    ) throws -> (Explanation.Action, String?) {
        switch decision {
        case .held(let notice): return (.hold, notice.message)
        case .waits(let aging):
            return (.wait, try waiting(for: aging, pin.source) + (Self.starving(aging, source).map { "; \($0)" } ?? ""))
        case .contradicted: return (.fail, nil)
        case .upToDate where source.isFixed: return (.none, "it stays where it is until `pinr set` says otherwise")
        case .upToDate: return (.none, nil)
        case .moves:
            guard let frozen = pin.frozen else { return (.move, nil) }
            return (.none, "it is frozen" + (frozen.reason.map { ": \($0)" } ?? ""))
        }
    }

    private static func seen(_ choice: ReleaseChoice?, _ pin: Pin) -> [Explanation.Seen] {
        choice?.candidates.map { .init($0, locked: pin.locked) } ?? []
    }

    private static func sentences(_ remarks: [Resolution.Remark], _ name: PinName) -> [String] {
        remarks.map { Notice($0, pin: name.text).message }
    }
}
