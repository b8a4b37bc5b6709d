internal import NixHash

/// Names in archives, taken apart as current versions of Nix do.
enum TreePath {
    /// The components of an entry's name: `.` and empty ones dropped, `..` taken back, never above the root.
    ///
    /// That is `CanonPath` of Nix 2.20 and later; older ones refuse `..`.
    /// - Throws: `TreeError`
    static func components(of path: [UInt8], limits: TreeLimits) throws(TreeError) -> [[UInt8]] {
        guard path.count <= limits.pathLength else { throw .pathTooLong(path: path, limit: limits.pathLength) }
        var components: [[UInt8]] = []
        for component in path.split(separator: slash) {
            switch component {
            case [0x2E]: continue
            case [0x2E, 0x2E]: _ = components.popLast()
            default:
                guard component.count <= NARLimits.nameLength else { throw .nameTooLong(path: path) }
                // An array of its own: a slice would keep the whole path, for every entry of the archive.
                components.append(Array(component))
            }
        }
        return components
    }

    /// The last component of a name that is `parent`, which ends in a slash or is empty, and one plain component.
    ///
    /// Nil for every other name, also for one that is refused: `components(of:)` then says why.
    static func name(of path: [UInt8], in parent: [UInt8], limits: TreeLimits) -> [UInt8]? {
        guard path.count <= limits.pathLength, path.starts(with: parent) else { return nil }
        let name = path[parent.count...]
        guard !name.isEmpty, name.count <= NARLimits.nameLength, name != [0x2E], name != [0x2E, 0x2E],
            !name.contains(slash)
        else { return nil }
        return Array(name)
    }

    /// The bytes of a name up to its last slash, that included: what `name(of:in:)` takes for the parent.
    static func parent(of path: [UInt8]) -> [UInt8] {
        Array(path.prefix((path.lastIndex(of: slash) ?? -1) + 1))
    }

    /// A name without the slashes at its end.
    static func trimmed(_ path: [UInt8]) -> ArraySlice<UInt8> {
        path.prefix((path.lastIndex { $0 != slash } ?? -1) + 1)
    }

    static let slash = UInt8(ascii: "/")

    /// The name that Nix refuses in a tree.
    static let reservedName = Array(".git".utf8)
}
