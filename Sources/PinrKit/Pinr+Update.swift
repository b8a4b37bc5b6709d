internal import Git
internal import Lockfile
internal import Resolvers
public import Updates
internal import Versions

extension Pinr {
    /// Brings pins to the newest of what they track.
    ///
    /// A pin that fails keeps what it was locked to and does not keep the others from being saved.
    /// - Throws: `LockfileError` when the lock cannot be read or written, `CancellationError`; `Problem` for a target
    ///   without the name of one pin.
    public func update(_ request: UpdateRequest) async throws -> UpdateReport {
        if let target = request.target, request.names.count != 1 {
            throw Problem(
                .usage, "`\(printable(target))` is a place for one pin", hint: "name the pin that is to move there")
        }
        if request.wantsCommits { context.upstream.announceCommits(limit: ChangeReport.listedCommits) }
        let document = try await read()
        try document.requireWritable()
        // Before anything is asked: nobody waits for an update that then cannot be committed.
        let commit = request.commits && !request.isDryRun ? try await prepareCommit(signing: request.signs) : nil
        let found = try await outdated(in: document, request)
        var report = found.report
        if !request.isDryRun && !(report.changed + found.renewals).isEmpty {
            let changes = report.changed
            report.changed = []
            let saved = try await save(
                changes, found.renewals, includingFrozen: request.includesFrozen, into: &report)
            if let commit { try await finish(commit, saved, into: &report) }
        }
        // What is saved is saved, whoever does not answer now.
        if request.wantsCommits { report.changed = try await detailed(report.changed) }
        return report
    }

    /// Finds out what an update of a lock would change, and changes nothing.
    ///
    /// - Returns: the report that it would give, and the pins that are up to date while what their server can be asked with
    ///   about that is not.
    /// - Throws: as `update`.
    func outdated(
        in document: LockDocument, _ request: UpdateRequest
    ) async throws -> (report: UpdateReport, renewals: [PinChange]) {
        // Also when nothing is to be written: who only understands a part cannot say that all is up to date.
        try document.requireWritable()
        var report = UpdateReport()
        var pins: [(name: PinName, pin: Pin)] = []
        // Who names a place wants the pin there.
        let ignoresPolicies = request.isNow || request.target != nil
        for (name, pin) in try Self.select(request.names, groups: request.groups, from: document.pins) {
            let waiting = ignoresPolicies ? nil : scheduled(pin)
            if let frozen = pin.frozen, !request.includesFrozen {
                report.skipped.append(Self.skipped(name, frozen))
                if !request.names.isEmpty {
                    context.console.warn(
                        Notice("it is frozen and stays where it is", pin: name.text, hint: "`--frozen` updates it too"))
                }
            } else if let waiting {
                report.skipped.append(.init(name: name, reason: waiting))
                if !request.names.isEmpty {
                    context.console.warn(
                        Notice("it is not its day: \(waiting)", pin: name.text, hint: "`--now` updates it all the same")
                    )
                }
            } else {
                pins.append((name, pin))
            }
        }

        let order = announce(pins.map(\.pin)) { source, _ in
            guard request.target == nil, Self.isAsked(source, refetches: request.refetches) else { return nil }
            return try source.refQuestion(of: context.upstream.hosts)
        }
        let results = await concurrently(pins, limit: context.jobs, order: order) { entry in
            do {
                let finding =
                    if let target = request.target {
                        try await change(of: entry.name, entry.pin, to: target).map { .changed($0) }
                            ?? Finding.unchanged
                    } else {
                        try await change(
                            of: entry.name, entry.pin, refetches: request.refetches, ignoresPolicies: ignoresPolicies)
                    }
                return Result<Finding, any Error>.success(finding)
            } catch {
                return .failure(error)
            }
        }
        try Task.checkCancellation()
        var renewals: [PinChange] = []
        for (entry, result) in zip(pins, results) {
            switch result {
            case .success(.changed(let change)): report.changed.append(change)
            case .success(.renewed(let renewal)):
                report.unchanged.append(entry.name)
                renewals.append(renewal)
            case .success(.unchanged): report.unchanged.append(entry.name)
            case .success(.waiting(let reason)): report.skipped.append(.init(name: entry.name, reason: reason))
            case .failure(let error):
                report.failed.append(Problem(describing: error).failure(of: entry.name))
            }
        }
        return (report, renewals)
    }

    /// What was found about a pin.
    private enum Finding: Sendable {
        case unchanged
        /// It stays where it is because of its policy: why.
        case waiting(String)
        /// It is up to date, but what its server can be asked with about that is not.
        case renewed(PinChange)
        case changed(PinChange)
    }

    /// What a pin would be changed to, if it is not up to date.
    private func change(
        of name: PinName, _ pin: Pin, refetches: Bool, ignoresPolicies: Bool
    ) async throws -> Finding {
        let source = try SourceTypes.read(pin.source)
        // A file that upstream may have moved meanwhile is looked for also when its version never changes.
        let isMovable = pin.locked.fetch.url.map { !source.otherAddresses(of: $0).isEmpty } ?? false
        guard Self.isAsked(source, refetches: refetches) || isMovable else { return .unchanged }
        // Whoever locked it so had a reason, which is not known here.
        guard pin.locked.fetch.isKnown else { throw Problem.unknownFetcher(pin.locked.fetch.fetcher) }
        let resolution: Resolution
        do {
            resolution = try await source.resolve(
                in: context.upstream, after: pin.locked, within: ignoresPolicies ? nil : ageLimit(of: pin.source))
        } catch ResolveError.refNotFound(let ref, let url) where source.staysAtTag {
            context.console.warn(
                Notice(
                    "`\(printable(ref))` is gone from `\(printable(url))`; the pin stays at what it was locked to",
                    pin: name.text, hint: "a tag that goes away is a reason to ask upstream why"))
            return .unchanged
        }
        let decision = UpdateDecision.of(name, pin, source, resolution)
        if case .held(let notice) = decision {
            context.console.warn(notice)
            return .unchanged
        }
        if case .contradicted(let problem) = decision { throw problem }
        if case .waits(let aging) = decision, !refetches || !resolution.isLocked(as: pin.locked) {
            if let notice = Notice(untold: aging, of: source, pin: name.text) { context.console.warn(notice) }
            return .waiting(try waiting(for: aging, pin.source))
        }
        // What stays at its version may still be at another address.
        let isElsewhere = source.isFixed && isMovable && !resolution.isLocked(as: pin.locked)
        let hasMoved = decision == .moves || isElsewhere
        if !hasMoved && !refetches {
            let completed = resolution.completing(pin.locked)
            guard completed != pin.locked else { return .unchanged }
            return .renewed(PinChange(name: name, source: pin.source, old: pin.locked, new: completed))
        }
        if hasMoved, let old = pin.locked.version, let new = resolution.version, isOlder(new, than: old, source) {
            context.console.warn(Notice("\(new) is older than \(old), which was locked", pin: name.text))
        }
        var told = resolution
        // Who is locked to it has been told what kind of URL it is.
        if resolution.isSamePlace(as: pin.locked) { told.remarks = [] }
        let locked = try await fetch(told, pin: name.text, replacing: pin.locked)
        // What stayed where it was changes only with its hash, and not with a date or the name of a branch.
        let isSame = resolution.isMutable && locked.fetch == pin.locked.fetch
        if (!hasMoved || isSame) && locked.fetch.hash == pin.locked.fetch.hash {
            let renewed = resolution.isMutable ? locked : resolution.completing(pin.locked).learning(from: locked)
            guard renewed != pin.locked else { return .unchanged }
            return .renewed(PinChange(name: name, source: pin.source, old: pin.locked, new: renewed))
        }
        guard locked != pin.locked else { return .unchanged }
        try Self.requireSameFile(source, old: pin.locked, new: locked)
        let change = PinChange(
            name: name, source: pin.source, old: pin.locked, new: locked,
            isRewritten: try await isRewritten(name, source, from: pin.locked, to: locked),
            compareURL: compareURL(source, from: pin.locked, to: locked))
        return .changed(change)
    }

    /// What a pin would be changed to that goes to a place that was named; nil when it is there already.
    private func change(of name: PinName, _ pin: Pin, to target: String) async throws -> PinChange? {
        let source = try SourceTypes.read(pin.source)
        guard !source.isFixed || !source.canBeTold else {
            throw Problem(
                .usage, "`\(printable(pin.source.summary))` stays where it is, and would not come back from elsewhere",
                pin: name.text, hint: "`pinr set \(name.text) --at \(target)` lets it stay there")
        }
        guard pin.locked.fetch.isKnown else { throw Problem.unknownFetcher(pin.locked.fetch.fetcher) }
        let (there, remarks) = try await source.visiting(target).settled(in: context.upstream)
        tell(remarks, pin: name.text)
        // A version may have several files, and the pin keeps the one that it has.
        let resolution = try await there.resolve(
            in: context.upstream, after: source.keepsReleases ? pin.locked : nil)
        let isThere =
            resolution.revision.map { $0 == pin.locked.revision } ?? true && resolution.version == pin.locked.version
        if resolution.isLocked(as: pin.locked) || isThere && resolution.revision != nil { return nil }
        let locked = try await fetch(resolution, pin: name.text, replacing: pin.locked)
        guard locked != pin.locked else { return nil }
        try Self.requireSameFile(source, old: pin.locked, new: locked)
        return PinChange(
            name: name, source: pin.source, old: pin.locked, new: locked,
            compareURL: compareURL(source, from: pin.locked, to: locked))
    }

    /// Whether upstream is asked about a source: a revision never moves.
    static func isAsked(_ source: any SourceType, refetches: Bool) -> Bool {
        !source.isFixed || source.staysAtTag || refetches
    }

    /// Whether the history that is tracked now has no longer what was locked, as far as the server can tell; warns if so.
    private func isRewritten(
        _ name: PinName, _ source: any SourceType, from old: Locked, to new: Locked
    ) async throws -> Bool {
        // Releases may stand on branches of their own, and which of them is next is said by their versions.
        guard !source.isFixed, source.versionScheme == nil,
            let url = try source.refQuestion(of: context.upstream.hosts)?.url,
            let before = old.revision.flatMap({ ObjectID(hex: $0) }),
            let after = new.revision.flatMap({ ObjectID(hex: $0) })
        else { return false }
        // Another branch is no rewritten one.
        if case .git(let oldGit) = old.fetch, case .git(let newGit) = new.fetch, oldGit.isRefTold,
            oldGit.ref != newGit.ref
        {
            return false
        }
        guard try await context.upstream.isAncestor(before, of: after, at: url) == false else { return false }
        context.console.warn(
            Notice(
                "its history was rewritten: \(Summary.short(before.hex)), which was locked, does not lead to "
                    + Summary.short(after.hex), pin: name.text, hint: "look at what changed before you rely on it"))
        return true
    }

    private static func skipped(_ name: PinName, _ frozen: Frozen) -> UpdateReport.Skipped {
        .init(name: name, reason: "frozen" + (frozen.reason.map { ": \($0)" } ?? ""))
    }

    /// Writes the changes of those pins that are still as they were when the work began; of the renewals nobody is told.
    /// - Returns: the lock before and after that.
    private func save(
        _ changes: [PinChange], _ renewals: [PinChange], includingFrozen: Bool, into report: inout UpdateReport
    ) async throws -> (before: LockDocument, after: LockDocument) {
        let update = try await writing { document -> ([PinName], [UpdateReport.Skipped]) in
            var overtaken: [PinName] = []
            var skipped: [UpdateReport.Skipped] = []
            for change in changes {
                guard let pin = document.pins[change.name], pin.source == change.source,
                    pin.locked == change.old || pin.locked == change.new
                else {
                    overtaken.append(change.name)
                    continue
                }
                if let frozen = pin.frozen, !includingFrozen {
                    skipped.append(Self.skipped(change.name, frozen))
                    continue
                }
                try document.pins.modify(change.name) { $0.locked = change.new }
            }
            for renewal in renewals {
                guard let pin = document.pins[renewal.name], pin.locked == renewal.old,
                    pin.frozen == nil || includingFrozen
                else { continue }
                try document.pins.modify(renewal.name) { $0.locked = renewal.new }
            }
            return (overtaken, skipped)
        }
        let (overtaken, frozen) = update.value
        let left = overtaken + frozen.map(\.name)
        report.changed = changes.filter { !left.contains($0.name) }
        report.skipped += frozen
        for name in overtaken {
            let problem = Problem(
                .changedMeanwhile, "another process changed it while it was being updated", hint: "run the update again"
            )
            report.failed.append(problem.failure(of: name))
        }
        return (update.before, update.after)
    }
}

extension Locked {
    /// The same with what another fetch of the very same thing has told and other tools do not write down: whether the archive
    /// has one top-level directory, which Nixpkgs' `fetchzip` has to be told.
    fileprivate func learning(from other: Locked) -> Locked {
        guard case .tarball(let url, let hash, _) = fetch,
            case .tarball(let otherURL, hash, let isStripped) = other.fetch,
            otherURL.utf8.elementsEqual(url.utf8)
        else { return self }
        var told = self
        told.fetch = .tarball(url: url, hash: hash, isStripped: isStripped)
        return told
    }
}
