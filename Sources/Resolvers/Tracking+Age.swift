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
            let verdict: Aging.Verdict =
                if ages.isRewritten && (ages.tipTime ?? .min) <= limit.latest {
                    // Put back to what was there before, so that the server had nothing to send.
                    .rewritten
                } else {
                    ages.knowsHistory || ages.tipTime != nil ? .tooYoung : .untold
                }
            found.aging = Aging(verdict, made: ages.tipTime, nextMade: ages.nextTime)
            found.aging?.isOnlyNewest = !ages.knowsHistory
            return found
        }
        if let locked {
            let lockedTime = locked.lastModified
            // A branch that no longer has what is locked may begin before that; where nobody tells, its date has to.
            let isBack =
                ages.isRewritten
                ? (ages.time ?? 0) < lockedTime ?? .max : !ages.knowsHistory && (ages.time ?? 0) < lockedTime ?? .min
            guard !isBack else {
                found.aging = Aging(.rewritten, made: ages.tipTime, nextMade: ages.nextTime)
                return found
            }
            // What was made on something younger cannot be older than that, whatever its date says.
            if !ages.isRewritten, ages.knowsHistory, let lockedTime, lockedTime > limit.latest,
                lockedTime <= limit.now + 86400
            {
                found.aging = Aging(.tooYoung, made: ages.tipTime, nextMade: max(lockedTime, ages.time ?? lockedTime))
                return found
            }
        }
        found = Tracking.Found(ref: ref, revision: chosen)
        found.aging = Aging(
            .oldEnough, made: ages.time, passedOver: chosen == revision ? nil : revision.hex,
            nextMade: chosen == revision ? nil : ages.nextTime)
        return found
    }
}
