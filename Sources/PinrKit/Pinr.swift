internal import Credentials
internal import JSON
internal import Lockfile
internal import Threads
internal import Updates

/// What a person can ask pinr for, one method a use case.
public struct Pinr: Sendable {
    public let context: Context

    public init(_ context: Context) { self.context = context }

    // MARK: The lock, off the cooperative pool

    /// Reads the lock.
    /// - Throws: `LockfileError`
    func read() async throws -> LockDocument {
        let store = context.store
        return try await onThread { _ in try store.read() }
    }

    /// Changes the lock, and tells what became of `default.nix` where that needs telling.
    /// - Throws: `LockfileError` and what `body` throws; nothing has been written then. `Problem` when the lock was
    ///   written and `default.nix` could not be.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (inout LockDocument) throws -> Value
    ) async throws -> Value {
        try await writing(body).value
    }

    /// The same, with what was there before and what is there now.
    func writing<Value: Sendable>(
        _ body: @escaping @Sendable (inout LockDocument) throws -> Value
    ) async throws -> LockStore.Update<Value> {
        let (store, secrets) = (context.store, context.secrets)
        await context.credentials.learnSecrets()
        let update = try await onThread { [self] cancellation in
            try store.update(unless: cancellation, whenKeptWaiting: tellOfWaiting) { document in
                let before = document
                let value = try body(&document)
                try Self.requireNoSecrets(in: document, before: before, secrets)
                return value
            }
        }
        try tell(update.defaultNix)
        return update
    }

    /// Makes the lock where there is none.
    /// - Throws: `LockfileError`; `Problem` when the lock is there and `default.nix` could not be written.
    func create(_ document: LockDocument, replacingDefaultNix: Bool) async throws -> LockStore.Creation {
        let store = context.store
        await context.credentials.learnSecrets()
        try Self.requireNoSecrets(in: document, before: LockDocument(), context.secrets)
        let creation: LockStore.Creation
        do {
            creation = try await onThread { [self] cancellation in
                try store.create(
                    document, unless: cancellation, replacingDefaultNix: replacingDefaultNix,
                    whenKeptWaiting: tellOfWaiting)
            }
        } catch let error as LockfileError where error.reason == .notFound {
            // What is not there after it was made: a link to nothing is in its place.
            throw Problem(
                .io, "the folder of `\(printable(store.location.path))` can be neither found nor made",
                hint: "is there a symbolic link that leads nowhere?")
        }
        try tell(creation.defaultNix)
        return creation
    }

    /// Refuses to write a pin with a secret in it.
    /// - Throws: `Problem`, which does not repeat it.
    static func requireNoSecrets(in document: LockDocument, before: LockDocument, _ secrets: Secrets) throws {
        let hasSecret = document.pins.contains { name, pin in
            before.pins[name] != pin
                && secrets.leak(into: name.text + String(decoding: pin.json.serialized(), as: UTF8.self))
        }
        guard hasSecret else { return }
        throw Problem(
            .badSource, "a secret stands in what would be written into the lock, which everybody can read",
            hint: "leave tokens and passwords out of the source; a server that puts one into a URL cannot be pinned")
    }

    /// Says that another process keeps the work waiting.
    func tellOfWaiting() {
        context.console.warn(
            Notice("waiting for another process that is writing `\(printable(context.store.location.path))`"))
    }

    func tell(_ outcome: DefaultNixOutcome?) throws(Problem) {
        let path = context.store.location.defaultNixPath ?? "default.nix"
        switch outcome {
        case nil, .written, .unchanged: break
        case .keptEdited:
            context.console.warn(
                Notice("`\(path)` was edited by hand and is left alone", hint: "`pinr init --force` replaces it"))
        case .keptForeign:
            context.console.warn(
                Notice("`\(path)` was not made by pinr and is left alone", hint: "`pinr init --force` replaces it"))
        case .keptNewer:
            context.console.warn(
                Notice("`\(path)` was made by a newer version of pinr and is left alone", hint: "update pinr"))
        case .failed(let error):
            throw Problem(
                .io, "the pins are saved, but `\(path)` is not: \(Problem(describing: error).message)",
                hint: "when that is mended, `pinr init` writes it")
        }
    }

    /// The pins of those names, and why others of them are none: a later version wrote these in a way that is not
    /// understood.
    /// - Throws: as `select`.
    static func selectReadable(
        _ names: [String], from document: LockDocument
    ) throws -> (pins: [(name: PinName, pin: Pin)], failed: [Failure]) {
        // By their bytes: two texts that Unicode calls equal are two names.
        let asked = Set(names.map { Array($0.utf8) })
        let unreadable = document.unreadable.filter { names.isEmpty || asked.contains(Array($0.name.utf8)) }
        let lost = Set(unreadable.map { Array($0.name.utf8) })
        let readable = names.filter { !lost.contains(Array($0.utf8)) }
        let pins = names.isEmpty || !readable.isEmpty ? try select(readable, from: document.pins) : []
        return (pins, try unreadable.map { try Problem(describing: $0.error).failure(of: PinName($0.name)) })
    }

    /// The names as pins of the document, each once, in the order they were given; all of them when none was.
    /// - Throws: `LockfileError` for a name that no pin has.
    static func select(_ names: [String], from pins: Pins) throws -> [(name: PinName, pin: Pin)] {
        guard !names.isEmpty else { return Array(pins) }
        var selected: [(name: PinName, pin: Pin)] = []
        var seen: Set<PinName> = []
        for text in names {
            // Not `PinName`'s own complaint: what is no possible name is a name that no pin has.
            guard let name = try? PinName(text), let pin = pins[name] else {
                throw LockfileError(.noSuchPin(text, nearest: pins.nearestNames(to: text).map(\.text)))
            }
            if seen.insert(name).inserted { selected.append((name, pin)) }
        }
        return selected
    }
}
