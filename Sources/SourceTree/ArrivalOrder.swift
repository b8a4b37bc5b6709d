internal import Archive

/// Watches whether entries come in an order in which they can be hashed as they come: NAR's or git's, each directory
/// before what is in it and all of that before what follows.
///
/// It is no proof. Entries that come later may break the order, and names are compared as they are written, with every
/// `.` and doubled slash; the hash rests on none of it.
struct ArrivalOrder {
    /// Whether every entry so far was in its place.
    private(set) var isKept = true
    private var last: [UInt8]?

    mutating func note(_ entry: ArchiveEntry) {
        guard isKept else { return }
        let path = Array(TreePath.trimmed(entry.path))
        if let last { isKept = Self.follows(path, isDirectory: entry.kind == .directory, after: last) }
        last = path
    }

    private static func follows(_ path: [UInt8], isDirectory: Bool, after last: [UInt8]) -> Bool {
        let common = zip(last, path).prefix { $0 == $1 }.count
        // A name that goes on where the last one ended lies in it, or beside it and behind it.
        guard common < last.count else { return path.count > last.count }
        let before = last[common]
        guard common < path.count else {
            // The last one's directory comes too late; but `foo-bar` is before the directory `foo` in git's order.
            return isDirectory && before < TreePath.slash
        }
        let after = path[common]
        if before == TreePath.slash { return true }  // NAR's order: all of `foo` is before `foo-bar`
        return before < after
    }
}
