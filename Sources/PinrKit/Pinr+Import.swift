internal import Fetchers
internal import Git
internal import JSON
internal import Lockfile
public import Migration
internal import NixHash
internal import Resolvers
internal import Threads
internal import Updates

/// What `import` was asked to do.
public struct ImportRequest: Sendable {
    public var tool: ForeignTool
    /// The tool's lock, or a folder that it is in; nil for where the tool keeps it.
    public var path: String?
    /// Whether pins that are here already are replaced.
    public var isForced = false
    /// Whether nothing is written.
    public var isDryRun = false

    public init(_ tool: ForeignTool) { self.tool = tool }
}

extension Pinr {
    /// Takes over the pins of another tool, at the revisions and with the hashes that they are locked to there.
    ///
    /// Only what is hashed in another way there is fetched, at the same revision, and nothing is ever moved. A pin that
    /// cannot be taken keeps no other from being taken.
    /// - Throws: `Problem`, `LockfileError` and `MigrationError` for the whole; nothing has been written then.
    public func importPins(_ request: ImportRequest) async throws -> ImportReport {
        let (lock, path) = try await foreignLock(of: request.tool, at: request.path)
        let before = try await readIfThere()
        try before?.requireWritable()
        let pins = before?.pins ?? Pins()
        let results = await concurrently(lock.pins, limit: context.jobs) { foreign in
            await take(foreign, into: pins, isForced: request.isForced)
        }
        try Task.checkCancellation()
        var report = ImportReport(path: path)
        report.skipped = lock.skipped
        var taken: [Taken] = []
        for result in results {
            switch result {
            case .taken(let pin): taken.append(pin)
            case .unchanged(let name): report.unchanged.append(name)
            case .skipped(let pin): report.skipped.append(pin)
            case .failed(let failure): report.failed.append(failure)
            }
        }
        if request.isDryRun {
            var document = before ?? LockDocument()
            Self.put(taken, into: &document, isForced: request.isForced, &report)
            tell(of: taken, in: report)
            return report
        }
        let isEmpty = report.skipped.isEmpty && report.failed.isEmpty
        guard !taken.isEmpty || isEmpty else { return report }
        if before == nil { _ = try await create(LockDocument(), replacingDefaultNix: false) }
        let (all, start) = (taken, report)
        report = try await write { document in
            var report = start
            Self.put(all, into: &document, isForced: request.isForced, &report)
            return report
        }
        tell(of: taken, in: report)
        return report
    }

    /// A pin on its way in.
    private struct Taken: Sendable {
        var name: PinName
        var pin: Pin
        var rehash: Rehash?
        var remarks: [Notice]
    }

    private enum Outcome: Sendable {
        case taken(Taken)
        /// It is here already, and tracks the same.
        case unchanged(PinName)
        case skipped(SkippedPin)
        case failed(Failure)
    }

    /// Makes a pin of what another tool has locked.
    private func take(_ foreign: ForeignPin, into pins: Pins, isForced: Bool) async -> Outcome {
        let name: PinName
        do {
            name = try PinName(foreign.name)
            try pins.requireRoom(for: name)
        } catch {
            return .skipped(SkippedPin(name: foreign.name, reason: .unreadable(error)))
        }
        do {
            let source = try await settled(foreign, as: name)
            if let existing = pins[name], !isForced {
                guard existing.source.tracksSame(as: source.source) else {
                    return .skipped(SkippedPin(name: foreign.name, reason: .taken(existing.source)))
                }
                if let there = foreign.state.place(otherThan: existing) {
                    context.console.warn(
                        .staysHere(at: Summary.of(existing.locked), notAt: there, pin: name.text))
                }
                return .unchanged(name)
            }
            let (locked, rehash) = try await lock(foreign.state, of: source, as: name)
            let pin = Pin(
                source: source.source, locked: locked, frozen: foreign.isFrozen ? Frozen(since: today) : nil,
                note: foreign.note)
            let remarks = foreign.remarks.map { Notice($0, source, pin: name.text) }
            return .taken(Taken(name: name, pin: pin, rehash: rehash, remarks: remarks))
        } catch {
            return .failed(Problem(describing: error).failure(of: name))
        }
    }

    /// What the pin tracks, once upstream has told what a REF in it is; the lock is taken over whatever it tells.
    private func settled(_ foreign: ForeignPin, as name: PinName) async throws -> any SourceType {
        // Where the tool says what is tracked, nobody is asked.
        guard let fallback = foreign.fallback else { return foreign.source }
        do {
            let (source, remarks) = try await foreign.source.settled(in: context.upstream)
            tell(remarks, pin: name.text)
            return source
        } catch {
            if Task.isCancelled { throw error }
            context.console.warn(
                Notice(
                    "upstream does not tell what is tracked: \(Problem(describing: error).message)", pin: name.text,
                    hint: "it is taken as `\(fallback.summary)`; `pinr set` changes that"))
            return fallback
        }
    }

    /// What the pin is locked to; with the reason where that had to be hashed and is not what the tool says.
    private func lock(
        _ state: ForeignPin.State, of source: any SourceType, as name: PinName
    ) async throws -> (Locked, Rehash?) {
        switch state {
        case .locked(let locked): return (locked, nil)
        case .unhashed(var resolution, let stated, let reason):
            if case .exact(let hash)? = stated { resolution.statedHash = hash }
            // A service may have been pointed elsewhere, which no lock says.
            if case .git(_, let ref, let revision, let contents) = resolution.fetch,
                let url = try source.refQuestion(of: context.upstream.hosts)?.url
            {
                let ref = source.source.fullRef ?? ref
                resolution.fetch = .git(url: url, ref: ref, revision: revision, contents: contents)
            }
            var nar: SHA256Digest?
            if case .ofFileNAR(let hash)? = stated { nar = hash }
            let fetched = try await fetched(resolution, pin: name.text, fileNAR: nar)
            let locked = fetched.locked
            tellNeeds(of: locked, pin: name.text)
            guard let stated, let hash = locked.fetch.hash else { return (locked, reason) }
            switch stated {
            case .exact: return (locked, nil)
            case .ofFileNAR: return (locked, reason)
            case .ofCheckout(let expected):
                guard expected != hash else { return (locked, nil) }
                guard case .git(let git) = locked.fetch, let tree = fetched.checkout else { return (locked, reason) }
                if !git.attributes.isEmpty || git.lfs { return (locked, reason) }
                if tree.hasEmptySubtrees { return (locked, .emptySubtrees) }
                // Nothing but these makes a checkout another tree than the one that is committed.
                throw Problem.otherThanLocked(as: expected, hash, url: locked.fetch.url, pin: name.text)
            }
        }
    }

    /// Says what the other tool did with the pins that are in the lock now, in the order of its file.
    private func tell(of taken: [Taken], in report: ImportReport) {
        let names = Set(report.taken.map(\.name))
        for pin in taken where names.contains(pin.name) { pin.remarks.forEach(context.console.warn) }
    }

    /// Puts pins into the lock as it is by now, and what became of each into the report.
    private static func put(
        _ taken: [Taken], into document: inout LockDocument, isForced: Bool, _ report: inout ImportReport
    ) {
        for new in taken {
            if let existing = document.pins[new.name] {
                // Whatever was done to it since it was taken over is not undone.
                if existing.source.tracksSame(as: new.pin.source) && !isForced {
                    report.unchanged.append(new.name)
                    continue
                }
                guard isForced else {
                    report.skipped.append(SkippedPin(name: new.name.text, reason: .taken(existing.source)))
                    continue
                }
            }
            do {
                let pin = document.pins[new.name].map { new.pin.replacing($0) } ?? new.pin
                try document.pins.set(pin, as: new.name)
                report.taken.append((new.name, pin))
                if let rehash = new.rehash { report.rehashed.append(.init(name: new.name, reason: rehash)) }
            } catch {
                report.skipped.append(SkippedPin(name: new.name.text, reason: .unreadable(error)))
            }
        }
    }
}

extension ForeignPin.State {
    /// What the other tool has, in short, where that is another revision or hash than what is locked here.
    fileprivate func place(otherThan pin: Pin) -> String? {
        switch self {
        case .locked(let there):
            guard let hash = there.fetch.hash, hash != pin.locked.fetch.hash else { return nil }
            let place = Summary.of(there)
            return place == Summary.of(pin.locked) ? hash.sri : place
        case .unhashed(let resolution, _, _):
            // Of an annotated tag others lock the id of the tag itself.
            guard pin.source["at"] == nil, pin.source["release"] == nil, let revision = resolution.revision,
                revision != pin.locked.revision
            else { return nil }
            return Summary.short(revision)
        }
    }
}

extension Source {
    /// The whole name of the ref that a repository is followed at, where one ref alone is; nil for a revision, a release
    /// and the default branch.
    fileprivate var fullRef: String? {
        if let branch = self["branch"]?.string { return RefName.ofBranch(branch) }
        guard let at = self["at"]?.string, ObjectID(hex: at) == nil else { return nil }
        return at.utf8.starts(with: "refs/".utf8) ? at : RefName.ofTag(at)
    }
}
