internal import Dates
public import Lockfile
public import Resolvers

/// What `add` was asked to do.
public struct AddRequest: Sendable {
    /// What to pin, in the notation of sources.
    public var source: String
    /// The pin's name; nil to take one from the source.
    public var name: String?
    public var options = SourceOptions()
    /// When the pin is to be updated, and with which others.
    public var policy = PolicyOptions()
    /// Whether it is taken however new it is.
    public var isNow = false
    /// Whether `update` is to leave the pin alone.
    public var isFrozen = false
    /// Whether a pin of that name is replaced.
    public var isForced = false
    /// Whether nothing is written.
    public var isDryRun = false

    public init(source: String) { self.source = source }
}

/// What `add` did.
public struct AddOutcome: Sendable, Equatable {
    public enum Change: Sendable, Equatable {
        case added
        case replaced
        /// The same name and source were pinned already.
        case unchanged
    }

    public let name: PinName
    public let pin: Pin
    public let change: Change
    /// Other pins that track the same.
    public var twins: [PinName] = []
}

extension Pinr {
    /// Resolves a source, hashes it and writes it as a pin; makes the lock where there is none.
    /// - Throws: `Problem`, and what resolving, fetching and writing throw.
    public func add(_ request: AddRequest) async throws -> AddOutcome {
        let shortNames = try await shortNames(for: request.source)
        let notation = try Notation.parse(request.source, options: request.options, shortNames: shortNames)
        let given = request.name ?? Notation.pinName(of: request.source, in: shortNames)
        let likelyName = try PinName(given ?? notation.suggestedName)
        let policy = try request.policy.applied(to: UpdatePolicy())
        let before = try await readIfThere()
        try before?.requireWritable()
        // What cannot be written in the end is refused before anything is downloaded.
        try before?.pins.requireRoom(for: likelyName)

        let (source, remarks) = try await notation.settled(in: context.upstream)
        // What a server is that nobody has named, and so what its URL is called, is known only now.
        let name = try given == nil ? PinName(source.suggestedName) : likelyName
        if name != likelyName { try before?.pins.requireRoom(for: name) }
        tell(remarks, pin: name.text)
        if let existing = before?.pins[name], !request.isForced {
            guard existing.source.tracksSame(as: source.source) else { throw Self.taken(name, by: existing) }
            if request.isFrozen && existing.frozen == nil {
                context.console.warn(
                    Notice(
                        "it is pinned already and stays as it is, not frozen", pin: name.text,
                        hint: "`pinr freeze` freezes it"))
            }
            if !request.policy.isEmpty, try policy != UpdatePolicy(existing.source) {
                context.console.warn(
                    Notice(
                        "it is pinned already and keeps the policy that it has", pin: name.text,
                        hint: "`pinr set` changes it"))
            }
            return AddOutcome(name: name, pin: existing, change: .unchanged)
        }
        let twins =
            before?.pins.filter { $0.name != name && $0.pin.source.tracksSame(as: source.source) }.map(\.name) ?? []
        let resolution = try await source.resolve(
            in: context.upstream, after: nil, within: request.isNow ? nil : ageLimit(of: policy))
        try requireAge(resolution, policy, pin: name.text)
        let frozen = request.isFrozen ? Frozen(since: today) : nil
        let pin = Pin(
            source: source.source.with(policy), locked: try await fetch(resolution, pin: name.text), frozen: frozen)
        tellNeeds(of: pin.locked, pin: name.text)
        if request.isDryRun {
            return AddOutcome(
                name: name, pin: pin, change: before?.pins[name] == nil ? .added : .replaced, twins: twins)
        }

        if before == nil { _ = try await create(LockDocument(), replacingDefaultNix: false) }
        return try await write { document in
            guard let existing = document.pins[name] else {
                try document.pins.insert(pin, as: name)
                return AddOutcome(name: name, pin: pin, change: .added, twins: twins)
            }
            // Another process may have added it while this one was fetching.
            let isSame = existing.source.tracksSame(as: pin.source)
            guard request.isForced || isSame else { throw Self.taken(name, by: existing) }
            guard request.isForced else { return AddOutcome(name: name, pin: existing, change: .unchanged) }
            let replacement = pin.replacing(existing)
            try document.pins.set(replacement, as: name)
            return AddOutcome(name: name, pin: replacement, change: .replaced, twins: twins)
        }
    }

    /// The lock, or nil where none has been made yet.
    func readIfThere() async throws -> LockDocument? {
        do {
            return try await read()
        } catch let error as LockfileError where error.reason == .notFound {
            return nil
        }
    }

    private static func taken(_ name: PinName, by pin: Pin) -> Problem {
        Problem(
            .exists, "there is a pin `\(name)` already, and it has another source (\(pin.source.summary))",
            pin: name.text, hint: "give the new one another name with `--name`, or replace it with `--force`")
    }

    /// The day, in UTC, as the lock writes it.
    var today: String { Day(secondsSince1970: context.clock()).description }
}
