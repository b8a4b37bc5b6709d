/// Where a run says what it is doing and what its user should know; never its results.
public protocol Console: Sendable {
    /// Something to know that stops nothing.
    func warn(_ notice: Notice)
    /// What is being done now, for those who watch.
    func progress(_ step: String)
}

/// A warning.
public struct Notice: Equatable, Sendable {
    /// A sentence without its full stop.
    public var message: String
    /// The pin that it is about.
    public var pin: String?
    /// What could be done about it.
    public var hint: String?

    /// - Parameter message: may quote what comes from outside; what would do harm on a terminal is escaped.
    public init(_ message: String, pin: String? = nil, hint: String? = nil) {
        self.message = printable(message, limit: 4000)
        self.pin = pin
        self.hint = hint.map { printable($0, limit: 4000) }
    }
}
