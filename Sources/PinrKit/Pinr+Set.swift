internal import JSON
public import Lockfile
public import Resolvers

/// What `set` was asked to do.
public struct SetRequest: Sendable {
    /// The pin.
    public var name: String
    /// What to track instead, in the notation of sources; nil to change only what the options say.
    public var source: String?
    public var options = SourceOptions()
    /// What of its policy is changed.
    public var policy = PolicyOptions()
    /// Whether what it is to track is taken however new it is.
    public var isNow = false
    /// Whether nothing is written.
    public var isDryRun = false

    public init(name: String) { self.name = name }
}

/// What `set` did.
public struct SetOutcome: Sendable, Equatable {
    public let name: PinName
    public let pin: Pin
    /// Whether the pin is another one than before.
    public let hasChanged: Bool
}

extension Pinr {
    /// Changes what a pin tracks and resolves it anew; its name, its note and what it has besides stay.
    /// - Throws: `Problem`, `LockfileError`, and what resolving, fetching and writing throw.
    public func set(_ request: SetRequest) async throws -> SetOutcome {
        let document = try await read()
        try document.requireWritable()
        guard let (name, pin) = try Self.select([request.name], from: document.pins).first else {
            throw LockfileError(.noSuchPin(request.name, nearest: []))
        }
        let policy: UpdatePolicy
        do {
            policy = try request.policy.applied(to: pin.source)
        } catch let error as LockfileError {
            throw error.inPin(name.text)
        }
        guard request.source != nil || !request.options.given.isEmpty || request.policy.isEmpty else {
            // When it is updated says nothing of what it is, so that it stays where it is; also a frozen one.
            var changed = pin
            changed.source = pin.source.with(policy)
            return try await write(changed, in: pin, as: name, isDryRun: request.isDryRun)
        }
        if pin.frozen != nil {
            throw Problem(
                .frozen, "it is frozen, and what is frozen stays as it is", pin: name.text,
                hint: "`pinr unfreeze` first")
        }
        let wanted = try await wantedSource(request, pin)
        let (source, remarks) = try await wanted.settled(in: context.upstream)
        tell(remarks, pin: name.text)
        var changed = pin
        changed.source = source.source.keeping(pin.source, isNew: request.source != nil).with(policy)
        // What another source was locked to says nothing of this one.
        let before = request.source == nil ? pin.locked : nil
        let resolution = try await source.resolve(
            in: context.upstream, after: before, within: request.isNow ? nil : ageLimit(of: policy))
        if !resolution.isLocked(as: pin.locked) { try requireAge(resolution, policy, pin: name.text) }
        if resolution.isLocked(as: pin.locked) {
            tell(resolution.remarks, pin: name.text)
            changed.locked = resolution.completing(pin.locked)
            // What stays as it is is never asked about.
            if !resolution.isMutable { changed.locked.validator = nil }
        } else {
            changed.locked = try await fetch(resolution, pin: name.text, replacing: pin.locked)
            if request.source == nil, !request.options.given.contains(where: { [.wheel, .unpack].contains($0.name) }) {
                try Self.requireSameFile(source, old: pin.locked, new: changed.locked)
            }
            tellNeeds(of: changed.locked, pin: name.text)
        }
        return try await write(changed, in: pin, as: name, isDryRun: request.isDryRun)
    }

    private func write(_ changed: Pin, in pin: Pin, as name: PinName, isDryRun: Bool) async throws -> SetOutcome {
        let outcome = SetOutcome(name: name, pin: changed, hasChanged: changed != pin)
        if isDryRun || !outcome.hasChanged { return outcome }
        return try await write { document in
            try document.pins.modify(name) { current in
                // What somebody else did to it in the meantime is not undone.
                guard current == pin else {
                    throw Problem(
                        .changedMeanwhile, "another process changed it while it was being set", pin: name.text,
                        hint: "look at it with `pinr show`, and set it again")
                }
                current = outcome.pin
            }
            return outcome
        }
    }

    /// What the pin is to track.
    private func wantedSource(_ request: SetRequest, _ pin: Pin) async throws -> any SourceType {
        if let source = request.source {
            return try Notation.parse(
                source, options: request.options, shortNames: try await shortNames(for: source))
        }
        guard !request.options.given.isEmpty else {
            throw Problem(
                .usage, "there is nothing to set", pin: request.name,
                hint: "give what it is to track instead, or an option such as `--branch`")
        }
        // What of its policy cannot be read is what may be mended here.
        return try SourceTypes.read(pin.source.withoutTiming).changed(byGiven: request.options)
    }

    /// Puts a remark to a pin, or takes it away when the text is empty.
    /// - Throws: `Problem` for a text with control characters in it; `LockfileError`.
    public func note(_ name: String, _ text: String) async throws -> (name: PinName, pin: Pin) {
        guard text.unicodeScalars.allSatisfy({ $0 == "\n" || !($0.value < 0x20 || 0x7F...0x9F ~= $0.value) }) else {
            throw Problem(.usage, "a note has no control characters in it", pin: name, hint: "write it as plain text")
        }
        let pins = try await edit([name]) { $0.note = text.isEmpty ? nil : text }
        guard let pin = pins.first else { throw LockfileError(.noSuchPin(name, nearest: [])) }
        return pin
    }
}
