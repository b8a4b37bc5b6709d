public import JSON
internal import Lockfile

extension ReportPage {
    /// The document of `report --json`: the facts of the page, in its order.
    public var json: JSON {
        var object: JSONObject = [
            "madeAt": .number(JSONNumber(madeAt)), "lock": .string(lock), "summary": .object(counts),
            "pins": .array(Chapter.allCases.flatMap { pins(in: $0) }.map(\.json)),
        ]
        if isOffline { object["offline"] = true }
        object["historyGap"] = historyGap.map { .string($0) }
        return .object(object)
    }

    private var counts: JSONObject {
        var object = JSONObject(
            Chapter.allCases.map { ($0.word, .number(JSONNumber(Int64(pins(in: $0).count)))) })
        object["oldest"] = oldest.map { .string($0.name) }
        return object
    }
}

extension Chapter {
    /// The word in machine output.
    fileprivate var word: String { self == .current ? "upToDate" : rawValue }
}

extension ReportedPin {
    fileprivate var json: JSON {
        var object: JSONObject = [
            "name": .string(name), "tracked": .string(tracked), "state": .string(state.word),
            "history": .array(steps.map(\.json)),
        ]
        switch state.detail {
        case .sentence(let reason)?: object["reason"] = .string(reason)
        case .error(let error)?: object["error"] = .object(error)
        case nil: break
        }
        object["locked"] = locked?.json
        object["frozen"] = frozen?.json
        object["note"] = note.map { .string($0) }
        object["group"] = group.map { .string($0) }
        object["newest"] = newest?.json
        object["commits"] = commits?.json
        object["versions"] = versions.map { .number(JSONNumber(Int64($0))) }
        object["secondsBehind"] = secondsBehind.map { .number(JSONNumber($0)) }
        object["compareURL"] = compareURL.map { .string($0) }
        object["releaseNotesURL"] = releaseNotesURL.map { .string($0) }
        object["verifiedAt"] = verifiedAt.map { .number(JSONNumber($0)) }
        return .object(object)
    }

    private enum Detail { case sentence(String), error(JSONObject) }

    private var state: (word: String, detail: Detail?) {
        switch standing {
        case .upToDate: ("upToDate", nil)
        case .fixed: ("fixed", nil)
        case .behind: ("behind", nil)
        case .waiting(let reason): ("waiting", .sentence(reason))
        case .held(let reason): ("held", .sentence(reason))
        case .unknown(let reason): ("unknown", .sentence(reason))
        case .failed(let error): ("failed", .error(error))
        }
    }
}

extension ReportedPin.Newest {
    fileprivate var json: JSON {
        var object: JSONObject = [:]
        object["version"] = version.map { .string($0) }
        object["revision"] = revision.map { .string($0) }
        object["lastModified"] = time.map { .number(JSONNumber($0)) }
        return .object(object)
    }
}

extension ReportedPin.Step {
    fileprivate var json: JSON {
        var object: JSONObject
        switch what {
        case .added(let new): object = ["kind": "added", "after": .string(new)]
        case .moved(let old, let new): object = ["kind": "moved", "before": .string(old), "after": .string(new)]
        case .removed(let old): object = ["kind": "removed", "before": .string(old)]
        case .changed(let words): object = ["kind": "changed", "change": .string(words)]
        }
        if let commit {
            object["commit"] = .string(commit.id)
            object["time"] = .number(JSONNumber(commit.time))
            object["author"] = .string(commit.author)
            object["subject"] = .string(commit.subject)
        }
        return .object(object)
    }
}
