/// An entry of a tree as it is stored, whatever its name and mode: what is pushed need not fit into a Nix archive.
struct RawTreeEntry {
    let name: ArraySlice<UInt8>
    let mode: ArraySlice<UInt8>
    let id: ObjectID

    var isTree: Bool { mode.drop { $0 == UInt8(ascii: "0") }.elementsEqual("40000".utf8) }
    var isFile: Bool { mode.starts(with: "100") }
    var isGitlink: Bool { mode.elementsEqual("160000".utf8) }

    /// Reads `MODE NAME NUL ID` up to the end; nil for anything else.
    static func entries(in bytes: [UInt8]) -> [RawTreeEntry]? {
        var entries: [RawTreeEntry] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")), let nul = rest[space...].firstIndex(of: 0),
                nul + ObjectID.byteCount < rest.endIndex
            else { return nil }
            let end = nul + 1 + ObjectID.byteCount
            entries.append(
                RawTreeEntry(
                    name: rest[(space + 1)..<nul], mode: rest[rest.startIndex..<space], id: ObjectID(bytes, at: nul + 1)
                ))
            rest = rest[end...]
        }
        return entries
    }
}
