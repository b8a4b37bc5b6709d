internal import JSON
public import Lockfile

/// What tells one state of `pins.json` from another.
public struct LockDifference: Sendable, Equatable {
    /// A pin that one of the two states has and the other has not.
    public struct Entry: Sendable, Equatable {
        public let name: PinName
        public let pin: Pin
    }

    /// A pin that has another name, and is otherwise locked to the same.
    public struct Renamed: Sendable, Equatable {
        public let old: PinName
        public let new: PinName
    }

    /// A pin that is in both states, under this name in the new one, and not the same.
    public struct Changed: Sendable, Equatable {
        /// From what to what it is locked, also where that is the same.
        public var change: PinChange
        public let old: Pin
        public let new: Pin

        public var name: PinName { change.name }

        public init(_ change: PinChange, old: Pin, new: Pin) {
            self.change = change
            self.old = old
            self.new = new
        }

        /// A pin that moved, and in nothing else is another.
        public init(_ change: PinChange) {
            self.init(
                change, old: Pin(source: change.source, locked: change.old),
                new: Pin(source: change.source, locked: change.new))
        }

        /// The members of the pin that are not the same, in the order of their names.
        public var fields: [String] {
            (old.json.object ?? [:]).keys(differingFrom: new.json.object ?? [:])
        }

        /// Whether it is locked to something else.
        public var hasMoved: Bool { old.locked != new.locked }
    }

    /// A pin of a later version that is not understood, and is not the same in both states.
    public struct Unreadable: Sendable, Equatable {
        public let name: String
        /// Whether it is the old state that has what is not understood; otherwise the new one has.
        public let isOld: Bool
        public let error: LockfileError
    }

    public var added: [Entry] = []
    public var removed: [Entry] = []
    public var renamed: [Renamed] = []
    public var changed: [Changed] = []
    public var unreadable: [Unreadable] = []
    /// The versions of the format, where they are not the same.
    public var versions: Versions?
    /// Members of the top level that are not the same and that this program does not know.
    public var otherMembers: [String] = []

    /// Two versions of the format.
    public struct Versions: Sendable, Equatable {
        public let old: Int64
        public let new: Int64

        public init(old: Int64, new: Int64) { (self.old, self.new) = (old, new) }
    }

    /// No difference.
    public init() {}

    /// Pins that moved.
    public init(_ changes: [PinChange]) { changed = changes.map { Changed($0) } }

    /// Whether the two states say the same.
    public var isEmpty: Bool {
        added.isEmpty && removed.isEmpty && renamed.isEmpty && changed.isEmpty && unreadable.isEmpty && versions == nil
            && otherMembers.isEmpty
    }

    // MARK: Comparing

    /// Compares two states. What lies between two revisions is not asked here.
    public init(from old: LockState, to new: LockState) {
        if let before = old.version, let after = new.version, before != after {
            versions = Versions(old: before, new: after)
        }
        otherMembers = old.unknown.keys(differingFrom: new.unknown)
        compareUnreadable(old, new)
        // Of what is not understood in one of the states nobody can say what became of it.
        let unknown = Set((old.unreadable + new.unreadable).map { Array($0.name.utf8) })
        func isUnderstood(_ name: PinName) -> Bool { !unknown.contains(Array(name.text.utf8)) }

        for (name, pin) in old.pins where isUnderstood(name) {
            if let after = new.pins[name] {
                if pin != after { changed.append(Changed(name, from: pin, to: after)) }
            } else {
                removed.append(Entry(name: name, pin: pin))
            }
        }
        for (name, pin) in new.pins where isUnderstood(name) && old.pins[name] == nil {
            added.append(Entry(name: name, pin: pin))
        }
        findRenamed()
    }

    /// Tells of what was renamed as such, and not of one pin that went and another that came.
    private mutating func findRenamed() {
        let origins = Renaming.origins(
            of: added.map { ($0.name, $0.pin) }, among: removed.map { ($0.name, $0.pin) })
        for after in added {
            guard let origin = origins[after.name], let before = removed.first(where: { $0.name == origin }) else {
                continue
            }
            renamed.append(Renamed(old: before.name, new: after.name))
            if before.pin != after.pin { changed.append(Changed(after.name, from: before.pin, to: after.pin)) }
        }
        let oldNames = Set(origins.values)
        removed.removeAll { oldNames.contains($0.name) }
        added.removeAll { origins[$0.name] != nil }
        renamed.sort { $0.old < $1.old }
        changed.sort { $0.name < $1.name }
    }

    private mutating func compareUnreadable(_ old: LockState, _ new: LockState) {
        for (state, other, isOld) in [(old, new, true), (new, old, false)] {
            for pin in state.unreadable {
                if let raw = state.members[pin.name], raw == other.members[pin.name] { continue }
                unreadable.append(Unreadable(name: pin.name, isOld: isOld, error: pin.error))
            }
        }
    }
}

extension LockDifference.Changed {
    fileprivate init(_ name: PinName, from old: Pin, to new: Pin) {
        self.init(
            PinChange(name: name, source: new.source, old: old.locked, new: new.locked), old: old, new: new)
    }
}

/// A state of `pins.json`: what is in a file, or that there is none yet.
public struct LockState: Sendable {
    public let pins: Pins
    /// Pins that are not understood.
    public let unreadable: [LockDocument.UnreadablePin]
    /// The version of the format; nil where there is no file.
    public let version: Int64?
    let unknown: JSONObject
    /// The pins as they are written.
    let members: JSONObject

    /// No file yet, and so no pin.
    public init() {
        (pins, unreadable, version, unknown, members) = (Pins(), [], nil, [:], [:])
    }

    /// What is in a file.
    /// - Throws: `LockfileError`
    public init(parsing bytes: [UInt8]) throws(LockfileError) {
        let document = try LockDocument(parsing: bytes)
        pins = document.pins
        unreadable = document.unreadable
        version = document.version
        unknown = document.unknown
        // Read twice, since what is not understood is not kept otherwise.
        members = unreadable.isEmpty ? [:] : (try? JSON(parsing: bytes))?["pins"]?.object ?? [:]
    }

    /// Whether there is a file.
    public var isThere: Bool { version != nil }
}
