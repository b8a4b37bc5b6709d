internal import Lockfile
internal import Resolvers
internal import Threads
public import Updates
internal import Versions

extension Pinr {
    /// The facts of the page of `report`: what the pins are locked to, what upstream has, and what happened to them here.
    ///
    /// Writes and fetches nothing. A pin about which nothing can be found out is a fact like another.
    /// - Parameter names: which pins; all of them when empty.
    /// - Throws: `LockfileError`, `CancellationError`
    public func report(_ names: [String]) async throws -> ReportPage {
        let document = try await read()
        let (pins, unreadable) = try Self.selectReadable(names, from: document)
        let (history, gap) = try await pastOfPins()
        let store = context.store
        let times = try await onThread { _ in store.verificationTimes() }

        let order =
            context.isOffline
            ? nil
            : announce(pins.map(\.pin)) { source, _ in
                Self.isAsked(source, refetches: false) ? try source.refQuestion(of: context.upstream.hosts) : nil
            }
        let reported = await concurrently(pins, limit: context.jobs, order: order) { entry in
            var reported = await self.reported(entry.name, entry.pin)
            reported.steps = history?.entries(of: entry.name).compactMap { ReportedPin.Step($0) } ?? []
            reported.verifiedAt = times.time(of: entry.name, entry.pin)
            return reported
        }
        try Task.checkCancellation()
        var page = ReportPage(madeAt: context.clock(), lock: context.store.location.path)
        page.isOffline = context.isOffline
        page.isSelection = !names.isEmpty
        page.historyGap = gap
        page.pins =
            reported
            + unreadable.map { ReportedPin(name: $0.name.text, tracked: "", standing: .failed($0.error)) }
        return page
    }

    /// What happened to the pins in the history of this repository, or why nobody knows; that is no reason to fail.
    /// - Throws: `CancellationError`
    private func pastOfPins() async throws -> (PinHistory?, gap: String?) {
        do {
            return (try await history(), nil)
        } catch let error as CancellationError {
            throw error
        } catch {
            return (nil, "What happened to the pins here is not known: \(Problem(describing: error).message).")
        }
    }

    // MARK: What upstream has

    private func reported(_ name: PinName, _ pin: Pin) async -> ReportedPin {
        var reported = ReportedPin(
            name: name.text, tracked: pin.source.summary, standing: .upToDate, locked: pin.locked)
        reported.frozen = pin.frozen
        reported.note = pin.note
        reported.group = pin.source.group
        do {
            let source = try SourceTypes.read(pin.source)
            guard pin.locked.fetch.isKnown else { throw Problem.unknownFetcher(pin.locked.fetch.fetcher) }
            if source.isFixed && (context.isOffline || !source.staysAtTag) {
                reported.standing = .fixed
                return reported
            }
            if context.isOffline {
                reported.standing = .unknown("upstream was not asked")
                return reported
            }
            // How far behind it is does not depend on whether it is to stay there.
            var thawed = pin
            thawed.frozen = nil
            let explanation = try await explain(name, thawed, source)
            reported.standing = standing(explanation, source)
            try await measure(&reported, explanation, name, pin, source)
        } catch {
            reported.standing = .failed(Problem(describing: error).json)
        }
        return reported
    }

    private func standing(_ explanation: Explanation, _ source: any SourceType) -> ReportedPin.Standing {
        let reason = explanation.reason ?? ""
        return switch explanation.action {
        case .none: source.isFixed ? .fixed : .upToDate
        case .move: .behind
        case .fetch: .unknown("only a download would tell whether it has changed")
        case .wait: .waiting(reason)
        case .hold: .held(reason)
        case .fail: .failed(explanation.problem?.json ?? Problem(.notFound, reason).json)
        }
    }

    /// How far it is from what is locked to the newest.
    /// - Throws: `CancellationError`
    private func measure(
        _ reported: inout ReportedPin, _ explanation: Explanation, _ name: PinName, _ pin: Pin, _ source: any SourceType
    ) async throws {
        guard let newest = explanation.newest else { return }
        switch explanation.action {
        case .move, .wait, .hold: break
        case .none, .fetch, .fail: return
        }
        reported.newest = .init(version: newest.version, revision: newest.revision, time: newest.made)
        let change = PinChange(name: name, source: pin.source, old: pin.locked, new: pin.locked.moved(to: newest))
        guard let detailed = try await detailed([change]).first else { return }
        reported.compareURL = detailed.compareURL
        reported.releaseNotesURL = detailed.releaseNotesURL
        // What is held is no distance that anybody is to go.
        guard explanation.action != .hold else { return }
        reported.commits = detailed.commits.flatMap { $0.isReturn ? nil : $0 }
        reported.newest?.time = newest.made ?? detailed.commits?.newest.first?.time
        reported.versions = explanation.newerVersions(than: pin.locked, source.versionScheme)
    }
}

extension Locked {
    /// The same fetch of another revision and version; of what it would be no more is said.
    fileprivate func moved(to newest: Explanation.Newest) -> Locked {
        var fetch = fetch
        if case .git(var git) = fetch, let revision = newest.revision {
            git.revision = revision
            fetch = .git(git)
        }
        return Locked(fetch: fetch, revision: newest.revision, version: newest.version)
    }
}

extension Explanation {
    /// How many versions could be taken, now or when they are old enough, that are newer than the one that is locked; nil
    /// where there is nothing to count.
    fileprivate func newerVersions(than locked: Locked, _ scheme: VersionScheme?) -> Int? {
        guard !seen.isEmpty, let scheme, let old = locked.version.flatMap({ Version($0, scheme: scheme) }) else {
            return nil
        }
        // Two tags of one version are one.
        var found: [Version] = []
        for candidate in seen where ["chosen", "older", "too-young"].contains(candidate.verdict) {
            guard let version = candidate.version.flatMap({ Version($0, scheme: scheme) }), old.isOlder(than: version),
                !found.contains(where: { !$0.isOlder(than: version) && !version.isOlder(than: $0) })
            else { continue }
            found.append(version)
        }
        return found.count
    }
}

extension ReportedPin.Step {
    /// Nil for what is of no interest to people.
    init?(_ entry: PinHistory.Entry) {
        let what: What
        switch entry.event.what {
        case .added(let pin): what = .added(Summary.of(pin.locked))
        case .removed(let pin): what = .removed(Summary.of(pin.locked))
        case .moved(_, let old, let new):
            what = .moved(from: Summary.of(old, versus: new), to: Summary.of(new, versus: old))
        case .renamed(let old): what = .changed("renamed, from `\(old.text)`")
        case .sourceChanged(let old, let new): what = .changed("tracks `\(new.summary)`, and not `\(old.summary)`")
        case .frozen(let frozen): what = .changed("frozen" + (frozen.reason.map { ": \($0)" } ?? ""))
        case .unfrozen: what = .changed("frozen no more")
        case .noted(let note): what = .changed(note.map { "noted: \($0)" } ?? "its note was taken away")
        case .touched: return nil
        }
        self.init(what, commit: entry.commit)
    }
}
