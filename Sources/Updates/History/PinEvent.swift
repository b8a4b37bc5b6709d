internal import JSON
public import Lockfile

/// Something that happened to a pin between two states of a lock.
public struct PinEvent: Sendable, Equatable {
    /// What can happen to a pin.
    public enum What: Sendable, Equatable {
        case added(Pin)
        case removed(Pin)
        /// It had this name before.
        case renamed(from: PinName)
        /// It tracks something else.
        case sourceChanged(from: Source, to: Source)
        /// It is locked to something else; the source is what it tracks now.
        case moved(source: Source, from: Locked, to: Locked)
        /// It was frozen, or for another reason than before.
        case frozen(Frozen)
        case unfrozen(Frozen)
        /// The remark that it has now; nil when it has none any more.
        case noted(String?)
        /// Something else of it changed, such as what is known of the file that it is locked to.
        case touched
    }

    /// The pin's name afterwards; of one that was removed, the one that it had.
    public let name: PinName
    public let what: What

    public init(_ name: PinName, _ what: What) {
        self.name = name
        self.what = what
    }

    /// What happened between two states of a lock, in the order of the names.
    ///
    /// A pin that is gone and one that is new may be one that was renamed (`Renaming`).
    public static func between(_ old: Pins, _ new: Pins) -> [PinEvent] {
        let renamed = Renaming.origins(
            of: new.filter { old[$0.name] == nil }, among: old.filter { new[$0.name] == nil })
        let oldNames = Set(renamed.values)
        var events: [PinEvent] = []
        for (name, pin) in new {
            if let before = old[name] {
                events += changes(name, from: before, to: pin)
            } else if let origin = renamed[name], let before = old[origin] {
                events.append(PinEvent(name, .renamed(from: origin)))
                events += changes(name, from: before, to: pin)
            } else {
                events.append(PinEvent(name, .added(pin)))
            }
        }
        for (name, pin) in old where new[name] == nil && !oldNames.contains(name) {
            events.append(PinEvent(name, .removed(pin)))
        }
        return events.enumerated().sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }
            .map(\.element)
    }

    private static func changes(_ name: PinName, from old: Pin, to new: Pin) -> [PinEvent] {
        guard old != new else { return [] }
        var events: [What] = []
        if old.source != new.source { events.append(.sourceChanged(from: old.source, to: new.source)) }
        if old.locked.fetch != new.locked.fetch || old.locked.version != new.locked.version
            || old.locked.revision != new.locked.revision
        {
            events.append(.moved(source: new.source, from: old.locked, to: new.locked))
        }
        switch (old.frozen, new.frozen) {
        case (let before, let frozen?) where before != frozen: events.append(.frozen(frozen))
        case (let before?, nil): events.append(.unfrozen(before))
        default: break
        }
        if !ByteOrder.areEqual(old.note ?? "", new.note ?? "") { events.append(.noted(new.note)) }
        return (events.isEmpty ? [.touched] : events).map { PinEvent(name, $0) }
    }
}
