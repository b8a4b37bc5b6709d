public import JSON

/// When a pin is updated, and together with which others: `minimumAge?`, `schedule?` and `group?` of any source.
///
/// It says nothing about what a source is, so that no source type knows of it.
public struct UpdatePolicy: Sendable, Equatable {
    /// How many days a release or a commit has to be old before an update takes it; nil for any age.
    public var minimumAge: Int?
    /// The days on which an update considers the pin; nil for all.
    public var schedule: Schedule?
    /// The name that pins have in common which are updated together.
    public var group: String?

    /// The days that `minimumAge` may be.
    public static let minimumAges = 1...36500

    /// No policy.
    public init() {}

    /// Reads the fields of a source.
    /// - Throws: `LockfileError` that names the field; also for a schedule that only a later version knows, so that nobody
    ///   takes it for none.
    public init(_ source: Source) throws(LockfileError) {
        let reader = source.reader
        if let days = try reader.integer("minimumAge") {
            guard let days = Int(exactly: days), Self.minimumAges.contains(days) else {
                throw reader.problem(.notMinimumAge("\(days)"), "minimumAge")
            }
            minimumAge = days
        }
        if let text = try reader.text("schedule") {
            guard let schedule = Schedule(parsing: text) else { throw reader.problem(.notSchedule(text), "schedule") }
            self.schedule = schedule
        }
        group = try reader.text("group")
    }

    public var isEmpty: Bool { self == UpdatePolicy() }

    /// The fields of `source`; what is not asked for has none.
    public var fields: JSONObject {
        var fields: JSONObject = [:]
        fields["minimumAge"] = minimumAge.map { JSON.number(JSONNumber(Int64($0))) }
        fields["schedule"] = schedule.map { .string($0.text) }
        fields["group"] = group.map { .string($0) }
        return fields
    }
}

extension Source {
    /// The group that the pin belongs to; nil where there is none, or where the field is no text.
    public var group: String? { (try? reader.text("group")) ?? nil }

    /// The same with another policy in the place of its own.
    public func with(_ policy: UpdatePolicy) -> Source {
        var source = withoutTiming
        for (field, value) in policy.fields { source[field] = value }
        return source
    }
}
