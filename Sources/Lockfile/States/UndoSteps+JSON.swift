internal import JSON
internal import NixHash

/// The file that steps are kept in: `{"lock": PATH, "steps": […], "version": 1}`.
extension UndoSteps {
    static let version: Int64 = 1

    /// What is in a file of steps.
    enum Reading {
        case steps(UndoSteps)
        /// It is not this lock's, or damaged: as good as none.
        case useless
        /// A later program wrote it, and only that one may change it.
        case later
    }

    static func read(_ bytes: [UInt8], of lock: String) -> Reading {
        guard let json = try? JSON(parsing: bytes), let version = json["version"]?.integer else { return .useless }
        guard version <= Self.version else { return .later }
        // Two paths have one digest never; a folder may have been copied or moved by hand.
        guard let path = json["lock"]?.string, ByteOrder.areEqual(path, lock), let list = json["steps"]?.array else {
            return .useless
        }
        var steps = (done: [Step](), undone: [Step]())
        for entry in list {
            guard let step = Step(entry) else { return .useless }
            if entry["undone"]?.bool == true { steps.undone.append(step) } else { steps.done.append(step) }
        }
        return .steps(UndoSteps(done: steps.done, undone: steps.undone))
    }

    func serialized(of lock: String) -> [UInt8] {
        let steps = done.map { $0.json(isUndone: false) } + undone.map { $0.json(isUndone: true) }
        let json: JSON = [
            "lock": .string(lock), "steps": .array(steps), "version": .number(JSONNumber(Self.version)),
        ]
        return json.serialized()
    }
}

extension UndoSteps.Step {
    fileprivate init?(_ json: JSON) {
        guard let time = json["time"]?.integer else { return nil }
        self.init(command: json["command"]?.string, time: time, before: nil, after: nil, run: json["run"]?.string)
        for (key, path) in [("before", \Self.before), ("after", \Self.after)] {
            guard let value = json[key] else { continue }
            guard let text = value.string, let digest = try? SHA256Digest(parsingDigits: text) else { return nil }
            self[keyPath: path] = digest
        }
    }

    fileprivate func json(isUndone: Bool) -> JSON {
        var object: JSONObject = ["time": .number(JSONNumber(time))]
        object["command"] = command.map { .string($0) }
        object["before"] = before.map { .string($0.hex) }
        object["after"] = after.map { .string($0.hex) }
        object["run"] = run.map { .string($0) }
        if isUndone { object["undone"] = true }
        return .object(object)
    }
}
