internal import Git
internal import Lockfile

extension Tracking.Found {
    /// The commit of the same branch that is old enough: this one, or one before it.
    ///
    /// Where there is none that came after what is locked, it is this one, which is said to be too young.
    /// - Throws: `CancellationError`
    func aged(
        at url: GitURL, in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Tracking.Found {
        guard let limit, revision.hex != locked?.revision else { return self }
        let question = AgeQuestion(
            tip: revision, ref: ref, locked: locked?.revision.flatMap { ObjectID(hex: $0) }, limit: limit.latest,
            now: limit.now)
        let ages = try await upstream.ages(question, of: url)
        var found = self
        guard let chosen = ages.chosen else {
            let verdict: Aging.Verdict = ages.knowsHistory || ages.tipTime != nil ? .tooYoung : .untold
            found.aging = Aging(verdict, made: ages.tipTime, nextMade: ages.nextTime)
            found.aging?.isOnlyNewest = !ages.knowsHistory
            return found
        }
        // A branch that no longer has what is locked may begin before that.
        let isBack = ages.isRewritten && (ages.time ?? 0) < locked?.lastModified ?? .max
        guard !isBack || locked == nil else {
            found.aging = Aging(.rewritten, made: ages.tipTime, nextMade: ages.nextTime)
            return found
        }
        found = Tracking.Found(ref: ref, revision: chosen)
        found.aging = Aging(
            .oldEnough, made: ages.time, passedOver: chosen == revision ? nil : revision.hex,
            nextMade: chosen == revision ? nil : ages.nextTime)
        return found
    }
}
