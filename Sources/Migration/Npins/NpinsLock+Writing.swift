internal import Git
internal import JSON
internal import Lockfile
internal import Resolvers

extension NpinsLock {
    /// Whether a pin follows a default branch, and is not locked to a ref that says which one it is.
    static func needsDefaultBranch(_ pin: Pin) -> Bool {
        guard NpinsEntry.isRepository(pin.source), pin.locked.fetch.isKnown else { return false }
        let isTold = ["branch", "release", "at"].contains { pin.source[$0] != nil }
        if case .git(let git) = pin.locked.fetch, git.ref.flatMap({ RefName.branch(of: $0) }) != nil { return false }
        return !isTold
    }

    /// Writes pins in the newest format.
    static func write(_ pins: Pins, defaultBranches: [PinName: String]) -> ForeignFile {
        var entries: JSONObject = [:]
        var skipped: [SkippedPin] = []
        var remarks: [PinRemark] = []
        for (name, pin) in pins {
            do throws(SkipReason) {
                let entry = try NpinsEntry(pin, defaultBranch: defaultBranches[name])
                entries[name.text] = .object(entry.members)
                if let remark = pin.membersLeftOut(keepsNote: false) {
                    remarks.append(PinRemark(name: name.text, remark: remark))
                }
            } catch {
                skipped.append(SkippedPin(name: name.text, reason: error))
            }
        }
        let document: JSON = ["pins": .object(entries), "version": .number(JSONNumber(Int64(newest)))]
        return ForeignFile(bytes: document.serialized(), skipped: skipped, remarks: remarks)
    }
}
