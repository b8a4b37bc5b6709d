import JSON

/// The pins of a lock, in the order of the UTF-8 bytes of their names.
///
/// No two of them share an override variable: whoever set it could not tell which one is meant.
public struct Pins: Sendable {
    public typealias Element = (name: PinName, pin: Pin)

    private var elements: [Element] = []
    /// Whose each override variable is.
    private var owners: [String: PinName] = [:]

    /// No pins.
    public init() {}

    /// The names in order.
    public var names: [PinName] { elements.map(\.name) }

    /// How many pins there are.
    public var count: Int { elements.count }

    /// Whether there are no pins.
    public var isEmpty: Bool { elements.isEmpty }

    /// The pin of that name; nil when there is none.
    public subscript(name: PinName) -> Pin? {
        index(of: name).map { elements[$0].pin }
    }

    /// The pin of that name.
    /// - Throws: `LockfileError` with `noSuchPin`.
    public func pin(named name: PinName) throws(LockfileError) -> Pin {
        elements[try requireIndex(of: name)].pin
    }

    /// Adds a pin.
    /// - Throws: `LockfileError` with `pinExists` or `overrideClash`.
    public mutating func insert(_ pin: Pin, as name: PinName) throws(LockfileError) {
        guard index(of: name) == nil else { throw LockfileError(.pinExists(name.text)) }
        try set(pin, as: name)
    }

    /// Adds a pin, or replaces the one of that name.
    /// - Throws: `LockfileError` with `overrideClash`.
    public mutating func set(_ pin: Pin, as name: PinName) throws(LockfileError) {
        if let index = index(of: name) {
            elements[index].pin = pin
            return
        }
        try requireRoom(for: name)
        owners[name.overrideVariable] = name
        elements.insert((name, pin), at: insertionPoint(of: name))
    }

    /// Refuses a name whose override variable is another pin's.
    /// - Throws: `LockfileError` with `overrideClash`.
    public func requireRoom(for name: PinName) throws(LockfileError) {
        if let owner = owners[name.overrideVariable], owner != name { throw Self.clash(owner, name) }
    }

    /// Changes the pin of that name in place.
    /// - Throws: `LockfileError` with `noSuchPin`, and what `body` throws.
    public mutating func modify<Value>(_ name: PinName, _ body: (inout Pin) throws -> Value) throws -> Value {
        try body(&elements[try requireIndex(of: name)].pin)
    }

    /// Takes a pin out.
    /// - Throws: `LockfileError` with `noSuchPin`.
    @discardableResult
    public mutating func remove(_ name: PinName) throws(LockfileError) -> Pin {
        let index = try requireIndex(of: name)
        owners[name.overrideVariable] = nil
        return elements.remove(at: index).pin
    }

    /// Gives a pin another name.
    /// - Throws: `LockfileError` with `noSuchPin`, `pinExists` or `overrideClash`; nothing has changed then.
    public mutating func rename(_ old: PinName, to new: PinName) throws(LockfileError) {
        let pin = elements[try requireIndex(of: old)].pin
        guard old != new else { return }
        guard index(of: new) == nil else { throw LockfileError(.pinExists(new.text)) }
        if let owner = owners[new.overrideVariable], owner != old { throw Self.clash(owner, new) }
        try remove(old)
        try set(pin, as: new)
    }

    // MARK: Looking up

    private func index(of name: PinName) -> Int? {
        let index = insertionPoint(of: name)
        return index < elements.count && elements[index].name == name ? index : nil
    }

    private func requireIndex(of name: PinName) throws(LockfileError) -> Int {
        if let index = index(of: name) { return index }
        throw LockfileError(.noSuchPin(name.text, nearest: nearestNames(to: name.text).map(\.text)))
    }

    /// The first position whose name is not less.
    private func insertionPoint(of name: PinName) -> Int {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].name < name { low = middle + 1 } else { high = middle }
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
    public func makeIterator() -> IndexingIterator<[Element]> { elements.makeIterator() }
}

extension Pins: Equatable {
    public static func == (left: Pins, right: Pins) -> Bool {
        left.elements.elementsEqual(right.elements) { $0.name == $1.name && $0.pin == $1.pin }
    }
}
