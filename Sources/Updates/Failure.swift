public import JSON
public import Lockfile

/// A pin that failed, with its cause in the form that every machine output has.
public struct Failure: Sendable, Equatable {
    public let name: PinName
    /// The `error` object: `code`, `message`, and `url` and `hint` where there are any.
    public let error: JSONObject

    public init(name: PinName, error: JSONObject) {
        self.name = name
        self.error = error
    }

    public var json: JSON { ["name": .string(name.text), "error": .object(error)] }
}
