public import Lockfile

extension Pinr {
    /// Removes pins: all of those named, or none when one of them is not there.
    /// - Throws: `LockfileError`
    public func remove(_ names: [String]) async throws -> [PinName] {
        try await write { document in
            let selected = try Self.select(names, from: document.pins).map(\.name)
            for name in selected { try document.pins.remove(name) }
            return selected
        }
    }

    /// Gives a pin another name.
    /// - Throws: `LockfileError`
    public func rename(_ old: String, to new: String) async throws -> (name: PinName, pin: Pin) {
        let newName = try PinName(new)
        return try await write { document in
            guard let selected = try Self.select([old], from: document.pins).first else {
                throw LockfileError(.noSuchPin(old, nearest: []))
            }
            try document.pins.rename(selected.name, to: newName)
            return (newName, selected.pin)
        }
    }

    /// Makes `update` leave pins alone; those that are frozen already keep their day, and their reason unless another
    /// is given; an empty one takes it away.
    /// - Throws: `LockfileError`
    public func freeze(_ names: [String], reason: String?) async throws -> [(name: PinName, pin: Pin)] {
        let today = today
        return try await edit(names) { pin in
            var frozen = pin.frozen ?? Frozen(since: today)
            if let reason { frozen.reason = reason.isEmpty ? nil : reason }
            pin.frozen = frozen
        }
    }

    /// Lets `update` move pins again.
    /// - Throws: `LockfileError`
    public func unfreeze(_ names: [String]) async throws -> [(name: PinName, pin: Pin)] {
        try await edit(names) { $0.frozen = nil }
    }

    /// Changes some pins, and nothing else of them than `change` does.
    func edit(
        _ names: [String], _ change: @escaping @Sendable (inout Pin) -> Void
    ) async throws -> [(name: PinName, pin: Pin)] {
        try await write { document in
            try Self.select(names, from: document.pins).map { name, _ in
                try document.pins.modify(name) { pin in
                    change(&pin)
                    return (name, pin)
                }
            }
        }
    }
}
