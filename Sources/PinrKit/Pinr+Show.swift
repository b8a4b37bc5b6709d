public import Lockfile

extension Pinr {
    /// The pins, or those that are named.
    ///
    /// A lock that a later version wrote is shown as far as it is understood.
    /// - Throws: `LockfileError`
    public func show(_ names: [String]) async throws -> [(name: PinName, pin: Pin)] {
        let document = try await read()
        if !document.isWritable {
            context.console.warn(
                Notice(
                    "`\(context.store.location.path)` is of version \(document.version) of the format, of which this "
                        + "version of pinr knows \(LockDocument.currentVersion): it may show less than there is",
                    hint: "use a newer pinr"))
        }
        for pin in document.unreadable {
            context.console.warn(
                Notice("not shown: \(Problem(describing: pin.error).message)", pin: printable(pin.name)))
        }
        return try Self.select(names, from: document.pins)
    }
}
