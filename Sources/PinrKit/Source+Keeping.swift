internal import JSON
internal import Lockfile
internal import Resolvers

extension Source {
    /// The same with those fields of another that say how it is updated, and not what it is; and, unless it is one that
    /// somebody gave as a whole, with those that nobody here knows.
    func keeping(_ old: Source, isNew: Bool) -> Source {
        var source = self
        for (field, value) in old.fields where source[field] == nil {
            let isKept = isNew ? ["group", "minimumAge", "schedule"].contains(field) : !SourceTypes.knows(field)
            if isKept { source[field] = value }
        }
        return source
    }

    /// Whether both track the same, as far as anybody here knows.
    func tracksSame(as other: Source) -> Bool { onlyKnown == other.onlyKnown }

    private var onlyKnown: Source {
        var source = self
        for field in fields.keys where !SourceTypes.knows(field) { source[field] = nil }
        return source
    }
}
