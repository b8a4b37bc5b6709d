internal import NixHash

/// An entry of a tree object.
struct GitTreeEntry: Sendable, Equatable {
    /// What an entry is, by the type bits of its mode.
    enum Kind: Sendable, Equatable {
        case file(isExecutable: Bool)
        case symlink
        case directory
        /// A commit of another repository, in a place for a submodule.
        case gitlink
    }

    /// One path component; bytes that need not be UTF-8.
    let name: [UInt8]
    let kind: Kind
    let id: ObjectID
}

/// Tree objects, parsed here and not by libgit2 so that nothing odd in them is mended or dropped on the way.
enum GitTree {
    /// The entries in NAR order, by the bytes of their names; git orders a folder as if its name ended in a slash.
    ///
    /// - Parameter limit: how many entries are taken.
    /// - Throws: `GitError.corruptObject`; `.unrepresentableTree` for what no NAR can hold, and for more than the limit.
    static func entries(
        of id: ObjectID, parsing bytes: UnsafeRawBufferPointer, at path: [UInt8], limit: Int
    ) throws(GitError) -> [GitTreeEntry] {
        var entries: [GitTreeEntry] = []
        var isSorted = true
        var rest = bytes[...]
        while !rest.isEmpty {
            let entry = try next(&rest, of: id, at: path)
            guard entries.count < limit else { throw unrepresentable(path, entry.name, .tooManyEntries(limit: limit)) }
            if let last = entries.last, !last.name.lexicographicallyPrecedes(entry.name) { isSorted = false }
            entries.append(entry)
        }
        guard !isSorted else { return entries }
        entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
        for (entry, following) in zip(entries, entries.dropFirst()) where entry.name == following.name {
            throw unrepresentable(path, entry.name, .duplicateName)
        }
        return entries
    }

    /// Takes `MODE NAME NUL ID` off the front.
    private static func next(
        _ rest: inout Slice<UnsafeRawBufferPointer>, of tree: ObjectID, at path: [UInt8]
    ) throws(GitError) -> GitTreeEntry {
        var mode: UInt32 = 0
        var digits = 0
        while let digit = rest.popFirst(), digit != UInt8(ascii: " ") {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit), digits < 7
            else { throw .corruptObject(tree, .malformed) }
            mode = mode << 3 | UInt32(digit - UInt8(ascii: "0"))
            digits += 1
        }
        guard digits > 0, let nul = rest.firstIndex(of: 0), rest.endIndex - nul > ObjectID.byteCount
        else { throw .corruptObject(tree, .malformed) }
        let name = Array(rest[..<nul])
        guard let id = ObjectID(bytes: rest[(nul + 1)..<(nul + 1 + ObjectID.byteCount)])
        else { throw .corruptObject(tree, .malformed) }
        rest = rest[(nul + 1 + ObjectID.byteCount)...]
        guard isAllowed(name) else { throw unrepresentable(path, name, .illegalName) }
        guard name.count <= NARLimits.nameLength else { throw unrepresentable(path, name, .nameTooLong) }
        guard let kind = kind(ofMode: mode) else { throw unrepresentable(path, name, .illegalMode(mode)) }
        return GitTreeEntry(name: name, kind: kind, id: id)
    }

    private static func isAllowed(_ name: [UInt8]) -> Bool {
        !name.isEmpty && name != Array(".".utf8) && name != Array("..".utf8) && !name.contains(UInt8(ascii: "/"))
    }

    /// Git and libgit2 look at the owner's execute bit of a file alone (old trees have 100664, and 100744 counts).
    /// They disagree about execute bits on a link, so that those are refused.
    private static func kind(ofMode mode: UInt32) -> GitTreeEntry.Kind? {
        switch mode & 0o170000 {
        case 0o100000: .file(isExecutable: mode & 0o100 != 0)
        case 0o040000: .directory
        case 0o120000 where mode & 0o100 == 0: .symlink
        case 0o160000 where mode & 0o100 == 0: .gitlink
        default: nil
        }
    }

    static func unrepresentable(_ folder: [UInt8], _ name: [UInt8], _ fault: TreeFault) -> GitError {
        .unrepresentableTree(path: Sanitized.line(folder + name), fault)
    }
}
