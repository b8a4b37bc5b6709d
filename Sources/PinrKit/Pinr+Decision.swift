internal import Lockfile
internal import Resolvers
internal import Versions

/// What an update does with what a source means now.
enum UpdateDecision: Equatable {
    /// There is nothing new.
    case upToDate
    case moves
    /// The pin stays where it is, though upstream has something else: why, and what could be done about it.
    case held(Notice)
    /// The pin stays where it is because its policy has it wait.
    case waits(Aging)
    /// Upstream says of what is locked that it is something else.
    case contradicted(Problem)
}

extension UpdateDecision {
    /// Decides what becomes of a pin, with respect to how old a thing has to be if that was asked.
    static func of(_ name: PinName, _ pin: Pin, _ source: any SourceType, _ resolution: Resolution) -> UpdateDecision {
        let decision = ofAnyAge(name, pin, source, resolution)
        guard let aging = resolution.aging else { return decision }
        switch decision {
        // What a person has to look at waits for nobody.
        case .held, .contradicted, .waits: return decision
        case .upToDate: return aging.passedOver == nil ? decision : .waits(aging)
        case .moves: return aging.verdict == .oldEnough ? decision : .waits(aging)
        }
    }

    /// Decides what becomes of a pin.
    ///
    /// Nothing is followed silently that a person would want to look at: a tag that leads to another commit than it did,
    /// and a newest version that is older than what is locked.
    private static func ofAnyAge(
        _ name: PinName, _ pin: Pin, _ source: any SourceType, _ resolution: Resolution
    ) -> UpdateDecision {
        let locked = pin.locked
        if source.staysAtTag, let revision = resolution.revision, revision != locked.revision {
            return .held(moved("`\(pin.source.summary)`", to: revision, name))
        }
        if source.isFixed || resolution.isLocked(as: locked) {
            return resolution.contradiction(of: locked).map { .contradicted($0) } ?? .upToDate
        }
        guard let scheme = source.versionScheme, let old = locked.version, let new = resolution.version else {
            return .moves
        }
        let isSameCommit = resolution.revision.map { $0 == locked.revision }
        if old.utf8.elementsEqual(new.utf8) {
            guard source.canBeTold, let revision = resolution.revision, isSameCommit == false, locked.revision != nil
            else { return .moves }
            return .held(moved("the tag `\(resolution.tag ?? new)`", to: revision, name))
        }
        guard let before = Version(old, scheme: scheme), let after = Version(new, scheme: scheme) else { return .moves }
        let order = after.precedence(over: before)
        if order < 0 { return source.canBeTold ? .held(older(resolution, than: old, name)) : .moves }
        guard order == 0 else { return .moves }
        let areBuilds = [old, new].contains { $0.utf8.contains(UInt8(ascii: "+")) }
        guard let isSameCommit else {
            // Two spellings of one version are two files.
            if !source.keepsReleases || areBuilds && before < after { return .moves }
            return resolution.offers(old) ? .upToDate : .held(replaced(old, by: resolution, name))
        }
        // Tags of one version: the pin keeps the one that it has, unless the other is a later build.
        if isSameCommit { return .upToDate }
        if areBuilds && before < after { return .moves }
        return resolution.isLockedTagGone ? .held(replaced(old, by: resolution, name)) : .upToDate
    }

    /// What an update would fail with.
    var problem: Problem? {
        if case .contradicted(let problem) = self { problem } else { nil }
    }

    // MARK: Words

    /// What could be said to somebody whose tag has moved.
    static let movedTagHint = "a moved tag is a reason to ask upstream why"

    private static func moved(_ what: String, to revision: String, _ name: PinName) -> Notice {
        Notice(
            "\(what) now leads to \(revision); the pin stays at what it was locked to", pin: name.text,
            hint: movedTagHint)
    }

    private static func older(_ resolution: Resolution, than old: String, _ name: PinName) -> Notice {
        let new = resolution.tag ?? resolution.version ?? "?"
        return Notice(
            "the newest is `\(new)`, which is older than \(old), which is locked; the pin stays where it is",
            pin: name.text, hint: "`pinr update \(name.text) --to \(new)` takes it")
    }

    private static func replaced(_ old: String, by resolution: Resolution, _ name: PinName) -> Notice {
        let new = resolution.tag ?? resolution.version ?? "?"
        return Notice(
            "`\(new)` has come in the place of \(old), which is locked"
                + (resolution.revision == nil ? "" : ", and leads to another commit") + "; the pin stays where it is",
            pin: name.text, hint: "`pinr update \(name.text) --to \(new)` takes it")
    }
}

extension SourceType {
    /// Whether it can be told which version to take. Where not, a person has no way to take an older one but by an update.
    var canBeTold: Bool { Self.options.contains(.at) }
}

extension Resolution {
    /// What won, as upstream calls it.
    var tag: String? { choice?.chosen?.text }

    /// Whether a version may still be taken.
    func offers(_ version: String) -> Bool {
        choice?.candidates.contains { $0.verdict == .older && $0.text.utf8.elementsEqual(version.utf8) } ?? false
    }

    var isLockedTagGone: Bool {
        remarks.contains { if case .releaseGone = $0 { true } else { false } }
    }
}
