internal import Git
internal import Versions

/// How old the releases of a repository are, as far as that has to be known to choose one.
struct ReleaseAges {
    private let limit: AgeLimit?
    /// Those that cannot be taken, by the bytes of their tags: when each was made, or nil where nobody says.
    private(set) var young: [[UInt8]: Int64?] = [:]
    /// Those of which something is known.
    private var made: [[UInt8]: Int64] = [:]
    private var asked: Set<[UInt8]> = []
    /// How often a server told of one thing only of many that it was asked for, each time with all of its files.
    private var expensiveAnswers = 0
    /// The newest that cannot be taken.
    private var newest: ReleaseChoice.Candidate?
    /// The one that could be taken before any other of `young`.
    private var next: Int64?

    /// How many tags are asked for at a time: mostly the first or second is old enough.
    private static let tagsAtATime = 16
    /// More tags than this are not gone through.
    private static let mostTags = 512
    /// More answers than this that cost a whole tree are not asked for.
    private static let mostExpensiveAnswers = 2

    init(_ limit: AgeLimit?) { self.limit = limit }

    /// Whether a release may be taken; notes it if it may not.
    /// - Throws: `CancellationError`
    mutating func isOldEnough(
        _ candidate: ReleaseChoice.Candidate, among choice: ReleaseChoice, _ refs: RemoteRefs, at url: GitURL,
        in upstream: Upstream
    ) async throws -> Bool {
        guard let limit else { return true }
        let name = Array(candidate.text.utf8)
        newest = newest ?? candidate
        let rest = choice.candidates.filter { [.chosen, .older].contains($0.verdict) }.map { Array($0.text.utf8) }
        guard asked.count < Self.mostTags, expensiveAnswers < Self.mostExpensiveAnswers else {
            for name in rest where made[name].map({ $0 > limit.latest }) ?? true { young[name] = .some(made[name]) }
            return young[name] == nil
        }
        if !asked.contains(name) {
            let wanted = rest.filter { !asked.contains($0) }.prefix(Self.tagsAtATime)
            let tags = wanted.compactMap { name in
                refs.tag(String(decoding: name, as: UTF8.self)).map { (name, $0.id) }
            }
            var ids: [ObjectID] = []
            for (_, id) in tags where !ids.contains(id) { ids.append(id) }
            let times = try await upstream.times(of: ids, at: url)
            if ids.count > 1, times.count < 2 { expensiveAnswers += 1 }
            for (tag, id) in tags {
                // A server that tells of one thing at a time only is asked for the next one when it is needed.
                if let time = times[id] { made[tag] = time }
                if times[id] != nil || tag == name { asked.insert(tag) }
            }
        }
        // All that is known of: they are not to be chosen one after the other.
        for name in rest.prefix(while: { asked.contains($0) && made[$0].map { $0 > limit.latest } ?? true }) {
            young[name] = .some(made[name])
            if let time = made[name] { next = min(next ?? time, time) }
        }
        return young[name] == nil
    }

    /// How old the release is that is taken.
    func aging(of chosen: ReleaseChoice.Candidate) -> Aging? {
        guard limit != nil else { return nil }
        let made = made[Array(chosen.text.utf8)]
        return young.isEmpty
            ? Aging(.oldEnough, made: made)
            : Aging(.oldEnough, made: made, passedOver: newest?.text, nextMade: next)
    }

    /// Where none can be taken: of the newest.
    func agingOfNone(_ newest: ReleaseChoice.Candidate) -> Aging {
        Aging(next == nil ? .untold : .tooYoung, made: made[Array(newest.text.utf8)], nextMade: next)
    }
}
