internal import JSON
internal import Lockfile

/// Tells pins that have another name from pins that went and came.
enum Renaming {
    /// A pin that is new and one that is gone are one that was renamed when both track the same and are locked to the same,
    /// and no third one is.
    /// - Returns: the names that pins had before, by the ones that they have.
    static func origins(
        of new: [(name: PinName, pin: Pin)], among gone: [(name: PinName, pin: Pin)]
    ) -> [PinName: PinName] {
        guard !gone.isEmpty else { return [:] }
        func byContents(_ pins: [(name: PinName, pin: Pin)]) -> [[UInt8]: [PinName]] {
            Dictionary(grouping: pins) {
                JSON.array([$0.pin.source.json, $0.pin.locked.json]).serializedCompactly()
            }.mapValues { $0.map(\.name) }
        }
        let before = byContents(gone)
        var origins: [PinName: PinName] = [:]
        for (contents, names) in byContents(new) where names.count == 1 {
            guard let candidates = before[contents], candidates.count == 1 else { continue }
            origins[names[0]] = candidates[0]
        }
        return origins
    }
}
