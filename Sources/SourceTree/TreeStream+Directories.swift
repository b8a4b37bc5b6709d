internal import Archive
internal import NixHash

/// Going from directory to directory.
extension TreeStream {
    /// Goes to the directory that an entry lies in; its name there.
    mutating func enterParent(of path: [UInt8]) throws -> [UInt8] {
        if let lastParent, let name = TreePath.name(of: path, in: lastParent, limits: limits) { return name }
        let components = try TreePath.components(of: path, limits: limits)
        guard let name = components.last else { throw TreeError.rootIsNoDirectory(path: path) }
        try enter(components.dropLast(), of: path)
        let parent = TreePath.parent(of: path)
        lastParent = TreePath.name(of: path, in: parent, limits: limits) == nil ? nil : parent
        return name
    }

    /// Goes to the directory of this name.
    mutating func enterDirectory(_ path: [UInt8]) throws {
        let components = try TreePath.components(of: path, limits: limits)
        // The root is there anyway, and nothing is over when it is named.
        guard !components.isEmpty else { return }
        try enter(components[...], of: path)
        lastParent = nil
    }

    /// Goes to a directory: closes those around it that are over, and opens those that are missing.
    private mutating func enter(_ components: ArraySlice<[UInt8]>, of path: [UInt8]) throws {
        var common = 0
        while common < components.count, common + 1 < open.count, open[common + 1].name == components[common] {
            common += 1
        }
        // The stripped directory is over when everything is: what lies beside it changes the tree's root.
        if isStripped && common == 0 { throw NotStreamable() }
        while open.count > common + 1 { try close() }
        for name in components.dropFirst(common) { try openDirectory(named: name, at: path) }
    }

    private mutating func openDirectory(named name: [UInt8], at path: [UInt8]) throws {
        // The root of what is stripped is counted too, as in `TreeSpool`.
        guard open.count - 1 <= limits.depth, depth < limits.depth else {
            throw TreeError.tooDeep(path: path, limit: limits.depth)
        }
        // Nodes that were gathered are not serialised.
        let isNow = try arrive(name, at: path, isGathered: open[open.count - 1].has(waiting: name))
        if isNow && isInNAR {
            var waiting: [(name: [UInt8], what: OpenDirectory.Waiting)] = []
            switch open[open.count - 1].takeWaiting(named: name) {
            case .node(let node)?:
                guard case .directory = tree.nodes[node] else { throw NotStreamable() }
                waiting = tree.waiting(in: node)
            case .serialized?: throw NotStreamable()
            case nil: break
            }
            try nar.entry(named: name)
            try nar.beginDirectory()
            open.append(OpenDirectory(named: name, holdBase: hold.end, waiting: waiting))
        } else {
            let start = hold.end
            framing.removeAll(keepingCapacity: true)
            NARFraming.appendEntryStart(named: name, to: &framing)
            NARFraming.appendDirectoryStart(to: &framing)
            try hold.append(framing)
            let header = ContentSpool.Extent(offset: start, size: hold.end - start)
            open.append(OpenDirectory(named: name, holdBase: start, header: header, isHeld: !isNow))
        }
    }

    /// Closes the innermost directory.
    mutating func close() throws {
        lastParent = nil
        let innermost = open.count - 1
        while let (name, what) = open[innermost].takeWaiting() { try write(what, named: name, in: innermost) }
        giveBackHold(of: innermost)
        guard let header = open[innermost].header else {
            try nar.endDirectory()
            open.removeLast()
            return
        }
        framing.removeAll(keepingCapacity: true)
        NARFraming.appendEnd(to: &framing)
        NARFraming.appendEnd(to: &framing)
        let start = hold.end
        try hold.append(framing)
        let directory = open.removeLast()
        var serialized = [header]
        for extent in directory.entries { serialized.join(extent) }
        serialized.join(ContentSpool.Extent(offset: start, size: hold.end - start))
        if directory.isHeld {
            guard open[innermost - 1].wait(directory.name, serialized) else { throw NotStreamable() }
        } else {
            open[innermost - 1].add(serialized, named: directory.name)
        }
    }

    /// How many directories the innermost one lies in, the NAR's root not counted, itself counted.
    private var depth: Int { depth(of: open.count - 1) }

    func depth(of index: Int) -> Int { index - (isStripped ? 1 : 0) }
}

extension TreeSpool {
    /// The children of a gathered directory, each of which waits for its turn.
    func waiting(in node: Int) -> [(name: [UInt8], what: OpenDirectory.Waiting)] {
        guard case .directory(let children) = nodes[node] else { return [] }
        return Self.sorted(children).map { ($0.name, .node($0.node)) }
    }
}
