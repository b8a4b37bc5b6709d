public import JSON
public import Lockfile

extension LockDifference {
    /// The members of the document of `diff --json`; it is documented in docs/json.md.
    /// - Parameter describe: the `error` object of what is not understood.
    public func json(describing describe: (LockfileError) -> JSONObject) -> JSONObject {
        var object: JSONObject = [
            "added": .array(added.map(\.json)), "removed": .array(removed.map(\.json)),
            "renamed": .array(renamed.map { ["old": .string($0.old.text), "new": .string($0.new.text)] }),
            "changed": .array(changed.map(\.json)),
            "unreadable": .array(
                unreadable.map { pin in
                    [
                        "name": .string(pin.name), "state": pin.isOld ? "old" : "new",
                        "error": .object(describe(pin.error)),
                    ]
                }),
        ]
        if let versions {
            object["version"] = ["old": .number(JSONNumber(versions.old)), "new": .number(JSONNumber(versions.new))]
        }
        if !otherMembers.isEmpty { object["otherMembers"] = .array(otherMembers.map { .string($0) }) }
        return object
    }
}

extension LockDifference.Entry {
    var json: JSON { ["name": .string(name.text), "pin": pin.json] }
}

extension LockDifference.Changed {
    /// The keys of `update --json`, and what else of the pin is not the same.
    var json: JSON {
        var object = change.json.object ?? [:]
        object["fields"] = .array(fields.map { .string($0) })
        for field in fields where field != "locked" {
            // What is not known keeps apart from the keys that this document has.
            guard ["source", "frozen", "note"].contains(field) else { continue }
            object[field] = ["old": old.json[field] ?? .null, "new": new.json[field] ?? .null]
        }
        return .object(object)
    }
}
