internal import Lockfile
internal import Resolvers
public import Updates
internal import Versions

/// What `update` was asked to do.
public struct UpdateRequest: Sendable {
    /// Which pins; all of them when empty.
    public var names: [String] = []
    /// Whether nothing is written.
    public var isDryRun = false
    /// Whether what has not moved is fetched and hashed once more.
    public var refetches = false
    /// Whether frozen pins are updated too.
    public var includesFrozen = false

    public init() {}
}

extension Pinr {
    /// Brings pins to the newest of what they track.
    ///
    /// A pin that fails keeps what it was locked to and does not keep the others from being saved.
    /// - Throws: `LockfileError` when the lock cannot be read or written, `CancellationError`.
    public func update(_ request: UpdateRequest) async throws -> UpdateReport {
        let document = try await read()
        if !request.isDryRun { try document.requireWritable() }
        var report = UpdateReport()
        var pins: [(name: PinName, pin: Pin)] = []
        for (name, pin) in try Self.select(request.names, from: document.pins) {
            guard let frozen = pin.frozen, !request.includesFrozen else {
                pins.append((name, pin))
                continue
            }
            report.skipped.append(.init(name: name, reason: "frozen" + (frozen.reason.map { ": \($0)" } ?? "")))
            if !request.names.isEmpty {
                context.console.warn(
                    Notice("it is frozen and stays where it is", pin: name.text, hint: "`--frozen` updates it too"))
            }
        }

        let results = await concurrently(pins, limit: context.jobs) { entry in
            do {
                return Result<PinChange?, any Error>.success(
                    try await change(of: entry.name, entry.pin, refetches: request.refetches))
            } catch {
                return .failure(error)
            }
        }
        try Task.checkCancellation()
        var changes: [PinChange] = []
        for (entry, result) in zip(pins, results) {
            switch result {
            case .success(let change?): changes.append(change)
            case .success(nil): report.unchanged.append(entry.name)
            case .failure(let error):
                report.failed.append(Problem(describing: error).failure(of: entry.name))
            }
        }
        if request.isDryRun {
            report.changed = changes
        } else if !changes.isEmpty {
            try await save(changes, into: &report)
        }
        return report
    }

    /// What a pin would be changed to; nil when it is up to date.
    private func change(of name: PinName, _ pin: Pin, refetches: Bool) async throws -> PinChange? {
        let source = try SourceTypes.read(pin.source)
        // A revision never moves: there is nothing to ask.
        if source.isFixed && !source.staysAtTag && !refetches { return nil }
        let resolution = try await source.resolve(in: context.upstream)
        if let revision = resolution.revision, source.staysAtTag, revision != pin.locked.revision {
            context.console.warn(
                Notice(
                    "`\(pin.source.summary)` now leads to \(revision); the pin stays at what it was locked to",
                    pin: name.text, hint: "a moved tag is a reason to ask upstream why"))
            return nil
        }
        if resolution.isLocked(as: pin.locked) && !refetches { return nil }
        if let old = pin.locked.version, let new = resolution.version, NixVersionOrder.compare(new, old) < 0 {
            context.console.warn(Notice("\(new) is older than \(old), which was locked", pin: name.text))
        }
        let locked = try await fetch(resolution, pin: name.text, replacing: pin.locked)
        return locked == pin.locked ? nil : PinChange(name: name, source: pin.source, old: pin.locked, new: locked)
    }

    /// Writes the changes of those pins that are still as they were when the work began.
    private func save(_ changes: [PinChange], into report: inout UpdateReport) async throws {
        let overtaken = try await write { document in
            var overtaken: [PinName] = []
            for change in changes {
                guard let pin = document.pins[change.name], pin.source == change.source,
                    pin.locked == change.old || pin.locked == change.new
                else {
                    overtaken.append(change.name)
                    continue
                }
                try document.pins.modify(change.name) { $0.locked = change.new }
            }
            return overtaken
        }
        report.changed = changes.filter { !overtaken.contains($0.name) }
        for name in overtaken {
            let problem = Problem(
                .changedMeanwhile, "another process changed it while it was being updated", hint: "run the update again"
            )
            report.failed.append(problem.failure(of: name))
        }
    }
}
