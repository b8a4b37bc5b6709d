internal import JSON
internal import Lockfile
internal import Resolvers

extension Source {
    /// The same with those fields of another that say how it is updated, and not what it is; and, unless it is one that
    /// somebody gave as a whole, with those that nobody here knows.
    func keeping(_ old: Source, isNew: Bool) -> Source {
        var source = self
        for (field, value) in old.fields where source[field] == nil {
            let isKept = isNew ? Source.timing.contains(field) : !SourceTypes.knows(field)
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

extension Pin {
    /// The same in the place of another pin: with what people have written to that one and what nobody here knows of it,
    /// and frozen as it was where both track the same. The reason to freeze one source is none to freeze another.
    func replacing(_ old: Pin) -> Pin {
        let isSame = old.source.tracksSame(as: source)
        var pin = self
        pin.source = source.keeping(old.source, isNew: !isSame)
        if old.locked.fetch.isKnown { pin.locked.unknown = old.locked.unknown }
        pin.note = old.note ?? note
        pin.unknown = old.unknown
        if isSame { pin.frozen = frozen ?? old.frozen }
        return pin
    }
}
