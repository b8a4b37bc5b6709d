internal import NixHash

/// Names in archives, taken apart as current versions of Nix do.
enum TreePath {
    /// The components of an entry's name: `.` and empty ones dropped, `..` taken back, never above the root.
    ///
    /// That is how Nix 2.24 and later see it; older ones refuse `..`.
    /// - Throws: `TreeError`
    static func components(of path: [UInt8], limits: TreeLimits) throws(TreeError) -> [[UInt8]] {
        guard path.count <= limits.pathLength else { throw .pathTooLong(path: path, limit: limits.pathLength) }
        var components: [[UInt8]] = []
        var start = 0
        while start < path.count {
            var end = start
            while end < path.count && path[end] != slash { end += 1 }
            let count = end - start
            if count == 2 && path[start] == dot && path[start + 1] == dot {
                _ = components.popLast()
            } else if count > 1 || count == 1 && path[start] != dot {
                guard count <= NARLimits.nameLength else { throw .nameTooLong(path: path) }
                // An array of its own: a slice would keep the whole path, for every entry of the archive.
                components.append(Array(path[start..<end]))
            }
            start = end + 1
        }
        return components
    }

    /// The last component of a name that is `parent`, which ends in a slash or is empty, and one plain component.
    ///
    /// Nil for every other name, also for one that is refused: `components(of:)` then says why.
    static func name(of path: [UInt8], in parent: [UInt8], limits: TreeLimits) -> [UInt8]? {
        let count = path.count - parent.count
        guard path.count <= limits.pathLength, count > 0, count <= NARLimits.nameLength else { return nil }
        // Backwards: names that differ do so at their ends.
        for index in parent.indices.reversed() where path[index] != parent[index] { return nil }
        for index in parent.count..<path.count where path[index] == slash { return nil }
        let first = path[parent.count]
        if first == dot && (count == 1 || count == 2 && path[parent.count + 1] == dot) { return nil }
        return Array(path[parent.count...])
    }

    /// The bytes of a name up to its last slash, that included: what `name(of:in:)` takes for the parent.
    static func parent(of path: [UInt8]) -> [UInt8] {
        Array(path.prefix((path.lastIndex(of: slash) ?? -1) + 1))
    }

    /// A name without the slashes at its end.
    static func trimmed(_ path: [UInt8]) -> ArraySlice<UInt8> {
        path.prefix((path.lastIndex { $0 != slash } ?? -1) + 1)
    }

    /// Whether there is a `..` in a name.
    static func hasParentComponent(_ path: [UInt8]) -> Bool {
        // Asked of every entry, so that most names are looked through once and nothing is made of them.
        var last: UInt8 = 0
        for byte in path {
            if byte == 0x2E && last == 0x2E { return path.split(separator: slash).contains([0x2E, 0x2E]) }
            last = byte
        }
        return false
    }

    /// Whether libgit2, through which current versions of Nix unpack, takes a name for `.git` on any system: in either
    /// case, by its short name on Windows, and with what Windows takes off a name or sees no part of it in.
    static func isReserved(_ name: [UInt8]) -> Bool {
        guard let first = name.first, first == UInt8(ascii: ".") || first | 0x20 == UInt8(ascii: "g") else {
            return false
        }
        let lowercase = name.prefix(5).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let count = lowercase.starts(with: ".git".utf8) ? 4 : lowercase.elementsEqual("git~1".utf8) ? 5 : 0
        guard count > 0 else { return false }
        let rest = name.dropFirst(count)
        if let next = rest.first, next == UInt8(ascii: "\\") || next == UInt8(ascii: ":") { return true }
        return rest.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ".") }
    }

    static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")
}
