import JSON

/// The pins of a lock, in the order of the UTF-8 bytes of their names.
///
/// No two of them share an override variable: whoever set it could not tell which one is meant.
public struct Pins: Sendable {
    public typealias Element = (name: PinName, pin: Pin)

    /// The names in order: apart from the pins, which are large, for each new one moves those behind it.
    public private(set) var names: [PinName] = []
    private var pins: [PinName: Pin] = [:]
    /// Whose each override variable is.
    private var owners: [String: PinName] = [:]

    /// No pins.
    public init() {}

    /// How many pins there are.
    public var count: Int { names.count }

    /// Whether there are no pins.
    public var isEmpty: Bool { names.isEmpty }

    /// The pin of that name; nil when there is none.
    public subscript(name: PinName) -> Pin? {
        pins[name]
    }

    /// The pin of that name.
    /// - Throws: `LockfileError` with `noSuchPin`.
    public func pin(named name: PinName) throws(LockfileError) -> Pin {
        if let pin = pins[name] { return pin }
        throw LockfileError(.noSuchPin(name.text, nearest: nearestNames(to: name.text).map(\.text)))
    }

    /// Adds a pin.
    /// - Throws: `LockfileError` with `pinExists` or `overrideClash`.
    public mutating func insert(_ pin: Pin, as name: PinName) throws(LockfileError) {
        guard pins[name] == nil else { throw LockfileError(.pinExists(name.text)) }
        try set(pin, as: name)
    }

    /// Adds a pin, or replaces the one of that name.
    /// - Throws: `LockfileError` with `overrideClash`.
    public mutating func set(_ pin: Pin, as name: PinName) throws(LockfileError) {
        if pins[name] == nil {
            try requireRoom(for: name)
            owners[name.overrideVariable] = name
            names.insert(name, at: insertionPoint(of: name))
        }
        pins[name] = pin
    }

    /// Refuses a name whose override variable is another pin's.
    /// - Throws: `LockfileError` with `overrideClash`.
    public func requireRoom(for name: PinName) throws(LockfileError) {
        if let owner = owners[name.overrideVariable], owner != name { throw Self.clash(owner, name) }
    }

    /// Changes the pin of that name.
    /// - Throws: `LockfileError` with `noSuchPin`, and what `body` throws; nothing has changed then.
    public mutating func modify<Value>(_ name: PinName, _ body: (inout Pin) throws -> Value) throws -> Value {
        var pin = try pin(named: name)
        let value = try body(&pin)
        pins[name] = pin
        return value
    }

    /// Takes a pin out.
    /// - Throws: `LockfileError` with `noSuchPin`.
    @discardableResult
    public mutating func remove(_ name: PinName) throws(LockfileError) -> Pin {
        let pin = try pin(named: name)
        owners[name.overrideVariable] = nil
        names.remove(at: insertionPoint(of: name))
        pins[name] = nil
        return pin
    }

    /// Gives a pin another name.
    /// - Throws: `LockfileError` with `noSuchPin`, `pinExists` or `overrideClash`; nothing has changed then.
    public mutating func rename(_ old: PinName, to new: PinName) throws(LockfileError) {
        let pin = try pin(named: old)
        guard old != new else { return }
        guard pins[new] == nil else { throw LockfileError(.pinExists(new.text)) }
        if let owner = owners[new.overrideVariable], owner != old { throw Self.clash(owner, new) }
        try remove(old)
        try set(pin, as: new)
    }

    // MARK: Order

    /// The first position whose name is not less.
    private func insertionPoint(of name: PinName) -> Int {
        // A file has them in order, so that each that is read is the last one so far.
        guard let last = names.last, !(last < name) else { return names.count }
        var low = 0
        var high = names.count
        while low < high {
            let middle = (low + high) / 2
            if names[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The two names in the order of their bytes, so that the error does not depend on which came first.
    private static func clash(_ one: PinName, _ other: PinName) -> LockfileError {
        let (first, second) = one < other ? (one, other) : (other, one)
        return LockfileError(
            .overrideClash(first: first.text, second: second.text, variable: first.overrideVariable))
    }
}

extension Pins: Sequence {
    /// Goes through the pins in the order of their names.
    public struct Iterator: IteratorProtocol {
        private var names: IndexingIterator<[PinName]>
        private let pins: [PinName: Pin]

        fileprivate init(_ all: Pins) {
            names = all.names.makeIterator()
            pins = all.pins
        }

        public mutating func next() -> Element? {
            guard let name = names.next(), let pin = pins[name] else { return nil }
            return (name, pin)
        }
    }

    public var underestimatedCount: Int { count }

    public func makeIterator() -> Iterator { Iterator(self) }
}

extension Pins: Equatable {
    public static func == (left: Pins, right: Pins) -> Bool { left.pins == right.pins }
}
