internal import JSON
internal import Lockfile

/// Two states of a lock put together: each pin and each member of the document, in two ways where there is a choice.
struct MergedLock {
    struct Entry {
        let name: PinName
        /// The pin before, under the name that it had.
        var base: (name: PinName, pin: Pin)?
        var pin: Fork<Pin?>
    }

    private(set) var entries: [Entry] = []
    private(set) var facts: [MergeFact] = []
    private var unknown: [(key: String, base: JSON?, value: Fork<JSON?>)] = []
    /// Ranges of entries of which only one choice at a time can be made.
    private var spans: [ClosedRange<Int>] = []

    init(
        base: LockDocument, ours: LockDocument, theirs: LockDocument,
        answer: @escaping (MoveQuestion) -> MoveAnswer?
    ) {
        let (trios, renamedApart) = PinTrio.align(base: base.pins, ours: ours.pins, theirs: theirs.pins)
        for trio in trios {
            for (name, old) in renamedApart where name == trio.name { note(trio, .renamedApart(from: old.text)) }
            add(trio, answer)
        }
        separateOverrideVariables(ours.pins, theirs.pins)
        var members = ours.unknown
        members.merge(theirs.unknown)
        for key in members.keys {
            let value = settle(base: base.unknown[key], ours: ours.unknown[key], theirs: theirs.unknown[key])
            if value.isSettled && value.ours == nil { continue }
            unknown.append((key, base.unknown[key], value))
            if !value.isSettled { facts.append(MergeFact(name: key, kind: .conflict(.topLevel))) }
        }
    }

    private mutating func note(_ trio: PinTrio, _ kind: MergeFact.Kind) {
        facts.append(MergeFact(name: trio.name.text, kind: kind))
    }

    private mutating func add(_ trio: PinTrio, _ answer: @escaping (MoveQuestion) -> MoveAnswer?) {
        var entry = Entry(name: trio.name, pin: Fork(ours: trio.ours, theirs: trio.theirs))
        entry.base = trio.base.map { (trio.oldName ?? trio.name, $0) }
        if let old = trio.oldName, trio.renamers.count == 1, let side = trio.renamers.first {
            note(trio, .renamed(side, from: old.text))
        }
        switch (trio.ours, trio.theirs) {
        case (let mine?, let other?) where trio.isTwoPins && mine != other:
            // However alike they are: the further one of two pins would be the loss of one.
            note(trio, .conflict(.addedApart))
        case (let mine?, let other?):
            var merge = PinMerge(trio.name.text, base: trio.base, ours: mine, theirs: other, answer: answer)
            entry.pin = merge.merged().map { $0 }
            for kind in merge.facts { note(trio, kind) }
        case (let pin?, nil), (nil, let pin?):
            let side = trio.ours == nil ? MergeSide.theirs : .ours
            if trio.base == nil {
                note(trio, .added(side))
                entry.pin = Fork(pin)
            } else if let (side, new) = trio.lost {
                note(trio, .conflict(.nameTaken(by: side, new.text)))
            } else if trio.base == pin && trio.renamers.isEmpty {
                note(trio, .removed(side.other))
                return
            } else {
                note(trio, .conflict(.removed(by: side.other)))
            }
        case (nil, nil): return
        }
        entries.append(entry)
    }

    /// Makes a choice of two pins that one variable would override, one of each side: no lock may have both.
    private mutating func separateOverrideVariables(_ ours: Pins, _ theirs: Pins) {
        let places = Dictionary(grouping: entries.indices) { entries[$0].name.overrideVariable }
        for (variable, indices) in places where indices.count > 1 {
            guard let first = indices.min(), let last = indices.max() else { continue }
            spans.append(first...last)
            for index in indices {
                let name = entries[index].name
                if ours[name] == nil { entries[index].pin.ours = nil }
                if theirs[name] == nil { entries[index].pin.theirs = nil }
                let other = entries[index == first ? last : first].name.text
                let fact = MergeFact(name: name.text, kind: .conflict(.overrideVariable(variable, sharedWith: other)))
                let after = facts.lastIndex { PinName.precedesOrEquals($0.name, name.text) }
                facts.insert(fact, at: after.map { $0 + 1 } ?? 0)
            }
        }
    }

    // MARK: As text

    /// The document line by line.
    func pieces() -> [MergedText.Piece] {
        let pins = entries.map { entry in
            MergedText.Member(
                value: entry.pin.map { pin in pin.map { Self.lines(entry.name.text, $0.json, indent: "    ") } },
                base: entry.base.map { Self.lines($0.name.text, $0.pin.json, indent: "    ") } ?? [])
        }
        var members = unknown.map { key, base, value in
            let member = MergedText.Member(
                value: value.map { value in value.map { Self.lines(key, $0, indent: "  ") } },
                base: base.map { Self.lines(key, $0, indent: "  ") } ?? [])
            return (key, member)
        }
        let nested = MergedText.object(
            opening: Array("  \"pins\": {".utf8), empty: Array("  \"pins\": {}".utf8), closing: Array("  }".utf8),
            members: pins, spans: spans)
        // `version` comes behind it.
        members.append(("pins", MergedText.Member(nested: MergedText.adding(comma: nested))))
        let version = JSON.number(JSONNumber(LockDocument.currentVersion))
        members.append(("version", MergedText.Member(value: Fork(Self.lines("version", version, indent: "  ")))))
        members.sort { ByteOrder.precedes($0.0, $1.0) }
        return MergedText.object(
            opening: Array("{".utf8), empty: Array("{}".utf8), closing: Array("}".utf8), members: members.map(\.1),
            spans: [])
    }

    /// A member as it stands in the file, without the comma behind it.
    private static func lines(_ key: String, _ value: JSON, indent: String) -> [MergedText.Line] {
        JSON.object([key: value]).serialized().split(separator: UInt8(ascii: "\n")).dropFirst().dropLast()
            .map { Array(indent.utf8.dropFirst(2)) + $0 }
    }
}

extension PinName {
    fileprivate static func precedesOrEquals(_ one: String, _ other: String) -> Bool {
        !ByteOrder.precedes(other, one)
    }
}
