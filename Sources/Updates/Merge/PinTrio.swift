internal import JSON
internal import Lockfile

/// A pin in the three states that are merged, under the name that it has in the result.
struct PinTrio {
    let name: PinName
    /// Another name that it had before.
    var oldName: PinName?
    /// Who gave it its name; empty where nobody did.
    var renamers: [MergeSide] = []
    /// Who gave it another name that is another pin's on the other side, so that it cannot follow there.
    var lost: (by: MergeSide, to: PinName)?
    /// Whether the two sides mean two pins by its name, of which one was called something else before.
    var isTwoPins = false
    let base: Pin?
    let ours: Pin?
    let theirs: Pin?

    /// Puts together what is the same pin in each state: by name, and where one side gave it another name, by what it is.
    ///
    /// - Returns: the pins in the order of their names, and those that each side called something else.
    static func align(
        base: Pins, ours: Pins, theirs: Pins
    ) -> (trios: [PinTrio], renamedApart: [(name: PinName, old: PinName)]) {
        let found = Fork(ours: renames(from: base, to: ours), theirs: renames(from: base, to: theirs))
        let states = Fork(ours: ours, theirs: theirs)
        var accepted: [PinName: (new: PinName, by: [MergeSide])] = [:]
        var apart: [(name: PinName, old: PinName)] = []
        var lost: [PinName: (by: MergeSide, to: PinName)] = [:]
        func follow(_ old: PinName, to new: PinName, by side: MergeSide) {
            if isFree(new, of: old, in: states[side.other]) {
                accepted[old] = (new, [side])
            } else {
                lost[old] = (side, new)
            }
        }
        for old in base.names {
            switch (found.ours[old], found.theirs[old]) {
            case (nil, nil): break
            case (let new?, let other?) where new == other: accepted[old] = (new, [.ours, .theirs])
            case (let new?, let other?): apart += [(new, old), (other, old)]
            case (let new?, nil): follow(old, to: new, by: .ours)
            case (nil, let new?): follow(old, to: new, by: .theirs)
            }
        }

        var trios: [PinTrio] = []
        let renamed = Set(accepted.values.map(\.new))
        let taken = Set(Array(found.ours.values) + Array(found.theirs.values)).subtracting(renamed)
        for name in Set(base.names + ours.names + theirs.names) where accepted[name] == nil && !renamed.contains(name) {
            trios.append(
                PinTrio(
                    name: name, lost: lost[name], isTwoPins: taken.contains(name), base: base[name], ours: ours[name],
                    theirs: theirs[name]))
        }
        for (old, rename) in accepted {
            func pin(_ side: MergeSide) -> Pin? { states[side][rename.by.contains(side) ? rename.new : old] }
            trios.append(
                PinTrio(
                    name: rename.new, oldName: old, renamers: rename.by, base: base[old], ours: pin(.ours),
                    theirs: pin(.theirs)))
        }
        // Places are sorted, for a pin in three states is large to move about.
        let order = trios.indices.sorted { trios[$0].name < trios[$1].name }
        return (order.map { trios[$0] }, apart.sorted { $0.name < $1.name })
    }

    /// The pins that have another name and are the same in everything that says what they are.
    ///
    /// Where it could be one of two it is none.
    private static func renames(from base: Pins, to side: Pins) -> [PinName: PinName] {
        let gone = base.filter { side[$0.name] == nil }
        let fresh = side.filter { base[$0.name] == nil }
        guard !gone.isEmpty, !fresh.isEmpty else { return [:] }
        let left = Dictionary(grouping: gone) { identity(of: $0.pin) }
        let right = Dictionary(grouping: fresh) { identity(of: $0.pin) }
        var renames: [PinName: PinName] = [:]
        for (identity, pins) in left {
            guard pins.count == 1, let old = pins.first, let others = right[identity], others.count == 1,
                let new = others.first
            else { continue }
            renames[old.name] = new.name
        }
        return renames
    }

    private static func identity(of pin: Pin) -> [UInt8] {
        JSON.array([pin.source.json, pin.locked.json]).serializedCompactly()
    }

    /// Whether a state has neither the name nor another one that the same variable overrides.
    private static func isFree(_ new: PinName, of old: PinName, in pins: Pins) -> Bool {
        var others = pins
        if others[old] != nil { _ = try? others.remove(old) }
        return others[new] == nil && (try? others.requireRoom(for: new)) != nil
    }
}
