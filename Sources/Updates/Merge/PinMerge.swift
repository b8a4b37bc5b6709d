internal import JSON
internal import Lockfile

/// The merge of one pin that both sides have, part by part.
struct PinMerge {
    let name: String
    /// The pin before; nil where both sides added it.
    let base: Pin?
    let ours: Pin
    let theirs: Pin
    /// What is known about which of two places is further.
    let answer: (MoveQuestion) -> MoveAnswer?
    private(set) var facts: [MergeFact.Kind] = []

    init(_ name: String, base: Pin?, ours: Pin, theirs: Pin, answer: @escaping (MoveQuestion) -> MoveAnswer?) {
        (self.name, self.base, self.ours, self.theirs, self.answer) = (name, base, ours, theirs, answer)
    }

    /// The pin, in two ways where there is something to choose; parts that are in no conflict are merged in both.
    mutating func merged() -> Fork<Pin> {
        if ours == theirs { return Fork(ours) }
        if ours == base { return taking(.theirs) }
        if theirs == base { return taking(.ours) }

        var result = Fork(ours: ours, theirs: theirs)
        let (place, frozen) = mergedPlace()
        result.ours.locked = place.ours.locked
        result.theirs.locked = place.theirs.locked
        let source = place.map(\.source).withTiming(mergedTiming())
        (result.ours.source, result.theirs.source) = (source.ours, source.theirs)
        (result.ours.frozen, result.theirs.frozen) = (frozen.ours, frozen.theirs)
        let note = part("note", settle(base: base?.note?.bytes, ours: ours.note?.bytes, theirs: theirs.note?.bytes))
        result.ours.note = note.ours.map { String(decoding: $0, as: UTF8.self) }
        result.theirs.note = note.theirs.map { String(decoding: $0, as: UTF8.self) }
        let unknown = members(base?.unknown ?? [:], ours.unknown, theirs.unknown)
        (result.ours.unknown, result.theirs.unknown) = (unknown.ours, unknown.theirs)
        if facts.isEmpty { facts.append(.combined) }
        return result
    }

    private mutating func taking(_ side: MergeSide) -> Fork<Pin> {
        facts.append(.changed(side))
        return Fork(side == .ours ? ours : theirs)
    }

    // MARK: What it tracks and where it is

    /// What a pin tracks and what that is locked to: `locked` means nothing without the source that led there.
    struct Place: Equatable {
        /// Without what only says when the pin is updated.
        var source: Source
        var locked: Locked

        init(_ pin: Pin) { (source, locked) = (pin.source.withoutTiming, pin.locked) }

        init(source: Source, locked: Locked) { (self.source, self.locked) = (source, locked) }
    }

    private mutating func mergedPlace() -> (place: Fork<Place>, frozen: Fork<Frozen?>) {
        let (mine, other) = (Place(ours), Place(theirs))
        let before = base.map { Place($0) }
        let isFrozenBy = Fork(ours: isNewlyFrozen(ours), theirs: isNewlyFrozen(theirs))
        if mine.source == other.source {
            guard mine.locked != other.locked else { return (Fork(mine), mergedFrozen()) }
            if isFrozenBy.ours && isFrozenBy.theirs { return chosen(.frozenApart) }
            for side in MergeSide.allCases where isFrozenBy[side] {
                // Who freezes a pin wants it to stay at what is locked there, whatever an update found meanwhile.
                if place(of: side.other).locked != before?.locked { facts.append(.held(side)) }
                return (Fork(place(of: side)), mergedFrozen())
            }
            // What was locked before says who moved it only where the source is still the one of then.
            let old = before.flatMap { $0.source == mine.source ? $0.locked : nil }
            return (locked(old).map { Place(source: mine.source, locked: $0) }, mergedFrozen())
        }
        for side in MergeSide.allCases {
            let (changed, kept) = (place(of: side), place(of: side.other))
            guard let before, kept.source == before.source else { continue }
            if isFrozenBy[side.other] { return chosen(.frozenAndRedirected(frozenBy: side.other)) }
            if kept.locked != before.locked { facts.append(.redirected(side)) }
            return (Fork(changed), mergedFrozen())
        }
        return chosen(base == nil ? .addedApart : .sources, mergedFrozen())
    }

    private func place(of side: MergeSide) -> Place { Place(side == .ours ? ours : theirs) }

    private func isNewlyFrozen(_ pin: Pin) -> Bool { base?.frozen == nil && pin.frozen != nil }

    /// A choice between the two places, each with whether it is frozen there.
    private mutating func chosen(
        _ conflict: MergeFact.Conflict, _ frozen: Fork<Frozen?>? = nil
    ) -> (place: Fork<Place>, frozen: Fork<Frozen?>) {
        facts.append(.conflict(conflict))
        let frozen = frozen ?? Fork(ours: ours.frozen, theirs: theirs.frozen)
        return (Fork(ours: Place(ours), theirs: Place(theirs)), frozen)
    }

    /// What it is locked to, when both sides track the same and are not at the same place.
    private mutating func locked(_ old: Locked?) -> Fork<Locked> {
        if ours.locked == old { return Fork(theirs.locked) }
        if theirs.locked == old { return Fork(ours.locked) }
        if ours.locked.fetch.isKnown, ours.locked.fetch == theirs.locked.fetch { return described(old) }
        switch further() {
        case .success(let side): return Fork(side == .ours ? ours.locked : theirs.locked)
        case .failure(let undecided):
            facts.append(.conflict(undecided.conflict))
            return Fork(ours: ours.locked, theirs: theirs.locked)
        }
    }

    private struct Undecided: Error {
        let conflict: MergeFact.Conflict
    }

    /// Which of two places, reached from the same source, is the further one.
    private mutating func further() -> Result<MergeSide, Undecided> {
        let (one, two) = (ours.locked, theirs.locked)
        if let hash = one.fetch.hash, hash == two.fetch.hash {
            // The same contents from two addresses, or found under two refs: no matter which, as long as all agree.
            guard one.unknown == two.unknown else { return .failure(Undecided(conflict: .undecided)) }
            return .success(Self.isBefore(one, two) ? .theirs : .ours)
        }
        let isSameRevision = one.revision != nil && one.revision == two.revision
        let isSameVersion = one.revision == nil && two.revision == nil && one.version.isSame(as: two.version)
        // The tag of an image is its version, and moves.
        let isImage = if case .oci = one.fetch, case .oci = two.fetch { true } else { false }
        if !isImage, isSameRevision || isSameVersion, one.fetch.hash != nil, two.fetch.hash != nil {
            // One of them is wrong, or upstream changed what must not change: nothing to be settled by a date.
            return .failure(Undecided(conflict: .hashes))
        }
        let question = MoveQuestion(name: name, source: ours.source.withoutTiming, ours: one, theirs: two)
        var ground = MergeFact.Ground.later
        switch answer(question) {
        case .higher(let side): return moved(side, .version)
        case .descends(let side): return moved(side, .descendant)
        case .apart: ground = .laterApart
        case nil: break
        }
        guard let date = one.lastModified, let other = two.lastModified, date != other else {
            return .failure(Undecided(conflict: .undecided))
        }
        return moved(date > other ? .ours : .theirs, ground)
    }

    private mutating func moved(_ side: MergeSide, _ ground: MergeFact.Ground) -> Result<MergeSide, Undecided> {
        facts.append(.moved(side, ground))
        return .success(side)
    }

    /// An order of places that are worth the same: by date, and then by what is written of them.
    private static func isBefore(_ one: Locked, _ two: Locked) -> Bool {
        if one.lastModified != two.lastModified { return (one.lastModified ?? .min) < (two.lastModified ?? .min) }
        return one.json.serializedCompactly().lexicographicallyPrecedes(two.json.serializedCompactly())
    }

    /// The same fetch, of which the sides know different things.
    private mutating func described(_ old: Locked?) -> Fork<Locked> {
        let old = old?.json.object ?? [:]
        guard let one = ours.locked.json.object, let two = theirs.locked.json.object else { return Fork(ours.locked) }
        var result = Fork(ours: one, theirs: two)
        for key in Self.keys(one, two) {
            var value = settle(base: old[key], ours: one[key], theirs: two[key])
            switch key {
            case _ where value.isSettled: break
            case "lastModified":
                value = Fork(
                    (value.ours?.integer ?? .min) < (value.theirs?.integer ?? .min) ? value.theirs : value.ours)
            // Without one, the server is asked for everything once more.
            case "validator": value = Fork(nil)
            default: facts.append(.conflict(.member("locked.\(key)")))
            }
            (result.ours[key], result.theirs[key]) = (value.ours, value.theirs)
        }
        guard let mine = try? Locked(json: .object(result.ours)), let other = try? Locked(json: .object(result.theirs))
        else { return Fork(ours: ours.locked, theirs: theirs.locked) }
        return Fork(ours: mine, theirs: other)
    }

    // MARK: What belongs to no place

    private mutating func mergedFrozen() -> Fork<Frozen?> {
        var frozen = settle(base: base?.frozen, ours: ours.frozen, theirs: theirs.frozen)
        if !frozen.isSettled, let mine = frozen.ours, let other = frozen.theirs {
            // It has been frozen since the earlier of the two days, and who gives no reason has nothing against another's.
            let since = [mine.since, other.since].compactMap(\.self).min { ByteOrder.precedes($0, $1) }
            frozen.ours?.since = since
            frozen.theirs?.since = since
            if mine.reason == nil { frozen.ours?.reason = other.reason }
            if other.reason == nil { frozen.theirs?.reason = mine.reason }
        }
        return part("frozen", frozen)
    }

    /// What says when the pin is updated, each member by itself.
    private mutating func mergedTiming() -> Fork<JSONObject> {
        func timing(_ pin: Pin?) -> JSONObject {
            JSONObject(Source.timing.compactMap { key in (pin?.source[key]).map { (key, $0) } })
        }
        return members(timing(base), timing(ours), timing(theirs), within: "source.")
    }

    /// Members that nothing is known about but that each is one thing.
    private mutating func members(
        _ base: JSONObject, _ ours: JSONObject, _ theirs: JSONObject, within path: String = ""
    ) -> Fork<JSONObject> {
        var result = Fork(ours: ours, theirs: theirs)
        for key in Self.keys(ours, theirs) {
            let value = part(path + key, settle(base: base[key], ours: ours[key], theirs: theirs[key]))
            (result.ours[key], result.theirs[key]) = (value.ours, value.theirs)
        }
        return result
    }

    private static func keys(_ one: JSONObject, _ two: JSONObject) -> [String] {
        var both = one
        both.merge(two)
        return both.keys
    }

    private mutating func part<Value: Equatable>(_ member: String, _ value: Fork<Value>) -> Fork<Value> {
        if !value.isSettled { facts.append(.conflict(.member(member))) }
        return value
    }
}

extension Fork<Source> {
    /// The sources with the members that say when they are updated.
    fileprivate func withTiming(_ timing: Fork<JSONObject>) -> Fork<Source> {
        var result = self
        result.ours.fields.merge(timing.ours)
        result.theirs.fields.merge(timing.theirs)
        return result
    }
}

extension String {
    /// Texts are the same when their bytes are, and not already when Unicode calls them equal.
    fileprivate var bytes: [UInt8] { Array(utf8) }
}

extension String? {
    fileprivate func isSame(as other: String?) -> Bool {
        guard let self, let other else { return false }
        return ByteOrder.areEqual(self, other)
    }
}
