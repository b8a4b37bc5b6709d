public import JSON

/// A pin: what was asked for, and what it resolved to.
///
/// Two are equal when the same JSON is written for them.
public struct Pin: Sendable {
    /// What was asked for.
    public var source: Source
    /// What it resolved to.
    public var locked: Locked
    /// Set when `update` must leave the pin alone.
    public var frozen: Frozen?
    /// A remark for people.
    public var note: String?
    /// Members that this program does not know, kept as they are.
    public var unknown: JSONObject

    public init(
        source: Source, locked: Locked, frozen: Frozen? = nil, note: String? = nil, unknown: JSONObject = [:]
    ) {
        self.source = source
        self.locked = locked
        self.frozen = frozen
        self.note = note
        self.unknown = unknown
    }

    /// - Throws: `LockfileError`; the paths in it begin within the pin, and `inPin` completes them.
    public init(json: JSON) throws(LockfileError) {
        let fields = try Fields(json, at: FieldPath())
        source = try Source(json: fields.required(fields.value, "source"))
        locked = try Locked(json: fields.required(fields.value, "locked"))
        frozen = try fields.fields("frozen").map { members throws(LockfileError) in try Frozen(members) }
        note = try fields.string("note")
        unknown = fields.unknown(besides: ["source", "locked", "frozen", "note"])
    }

    /// The object as it is written.
    public var json: JSON {
        var object = unknown
        object["source"] = source.json
        object["locked"] = locked.json
        if let frozen { object["frozen"] = frozen.json }
        if let note { object["note"] = .string(note) }
        return .object(object)
    }
}

extension Pin: Equatable {
    public static func == (left: Pin, right: Pin) -> Bool { left.json == right.json }
}

/// Why and since when a pin is left alone.
public struct Frozen: Sendable {
    /// Why, in a person's words.
    public var reason: String?
    /// The day, as `2026-11-22`.
    public var since: String?
    /// Members that this program does not know, kept as they are.
    public var unknown: JSONObject

    public init(reason: String? = nil, since: String? = nil, unknown: JSONObject = [:]) {
        self.reason = reason
        self.since = since
        self.unknown = unknown
    }

    init(_ fields: Fields) throws(LockfileError) {
        reason = try fields.string("reason")
        since = try fields.string("since")
        unknown = fields.unknown(besides: ["reason", "since"])
    }

    /// The object as it is written.
    public var json: JSON {
        var object = unknown
        if let reason { object["reason"] = .string(reason) }
        if let since { object["since"] = .string(since) }
        return .object(object)
    }
}

extension Frozen: Equatable {
    public static func == (left: Frozen, right: Frozen) -> Bool { left.json == right.json }
}
