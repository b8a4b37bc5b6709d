public import JSON

/// The commits that lie between two revisions: those that the newer has in its history and the older has not.
public struct CommitsBetween: Sendable, Equatable {
    /// How many there are.
    public var count: Int
    /// Whether there may be more than `count`, of which whoever was asked cannot tell.
    public var isAtLeast: Bool
    /// How many commits the older revision has in its history and the newer has not; more than none where a branch was
    /// rewritten, or a pin went back. Nil where nobody could tell.
    public var gone: Int?
    /// The newest of them, in the order of `git log`.
    public var newest: [CommitLine]

    public init(count: Int, isAtLeast: Bool = false, gone: Int? = 0, newest: [CommitLine]) {
        self.count = count
        self.isAtLeast = isAtLeast
        self.gone = gone
        self.newest = newest
    }

    /// Whether the newer revision is in the history of the older: the pin goes back.
    public var isReturn: Bool { count == 0 && !isAtLeast && (gone ?? 0) > 0 }

    /// `{"count", "atLeast"?: true, "gone"?, "newest": [{"revision", "subject", "time"}]}`
    public var json: JSON {
        var object: JSONObject = [
            "count": .number(JSONNumber(Int64(count))), "newest": .array(newest.map(\.json)),
        ]
        if isAtLeast { object["atLeast"] = true }
        if let gone, gone > 0 { object["gone"] = .number(JSONNumber(Int64(gone))) }
        return .object(object)
    }
}

/// A commit in one line.
public struct CommitLine: Sendable, Equatable {
    /// The revision, 40 hexadecimal digits.
    public var id: String
    /// The first line of its message, as its author wrote it: text from outside.
    public var subject: String
    /// When it was committed, in seconds since 1970, UTC.
    public var time: Int64

    public init(id: String, subject: String, time: Int64) {
        self.id = id
        self.subject = subject
        self.time = time
    }

    var json: JSON {
        [
            "revision": .string(id), "subject": .string(SafeText.line(subject, limit: 1000)),
            "time": .number(JSONNumber(time)),
        ]
    }
}
