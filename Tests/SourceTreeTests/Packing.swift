import Support

/// One way to make an archive of a tree: the packer, what goes into the archive under which names, and in which order.
struct Packing: CustomStringConvertible {
    /// Who writes it.
    enum Packer: String, CaseIterable {
        case tarGNU = "tar --format=gnu"
        case tarOldGNU = "tar --format=oldgnu"
        case tarPax = "tar --format=posix"
        case tarUstar = "tar --format=ustar"
        case tarV7 = "tar --format=v7"
        case bsdtarPax = "bsdtar --format=pax"
        case bsdtarGNU = "bsdtar --format=gnutar"
        case bsdtarUstar = "bsdtar --format=ustar"
        case bsdtarV7 = "bsdtar --format=v7tar"
        case bsdtarZip = "bsdtar --format=zip"
        case pythonGNU = "python GNU"
        case pythonPax = "python PAX"
        case pythonUstar = "python USTAR"
        case pythonZip = "python ZIP"
        case zip = "zip"

        var isZip: Bool { [.bsdtarZip, .pythonZip, .zip].contains(self) }
    }

    /// What stands before the names in the tree.
    enum Prefix: String, CaseIterable {
        /// The name of the folder, which is taken off.
        case top = "top/"
        case dotTop = "./top/"
        /// Nothing: what is at the top of the tree is at the top of the archive.
        case none = ""
        /// The same, with an entry for the root, or without.
        case dot = "./"
    }

    enum Order: String, CaseIterable { case random, nar, git, reversed, directoriesLast }

    /// Which directories have entries of their own, apart from the empty ones, which have to.
    enum Directories: String, CaseIterable { case all, some, none }

    /// Whether the programs for all of them are there.
    static let isPossible = [
        "tar", "bsdtar", "zip", "python3", "gzip", "bzip2", "xz", "zstd", "lz4", "lzip",
    ].allSatisfy(isInstalled)

    /// Programs that each compress what the one before it wrote.
    static let compressions: [[String]] = [
        ["gzip -1"], ["gzip -9"], ["bzip2 -1"], ["xz -0"], ["xz -0 --check=sha256"], ["zstd -q -1"], ["lz4 -q -1"],
        ["lzip -0"], ["xz -0 --format=lzma"], ["gzip -1", "xz -0"], ["bzip2 -1", "gzip -1"], ["zstd -q -1", "lz4 -q"],
    ]

    var packer: Packer
    var prefix: Prefix
    var order: Order
    var directories: Directories
    var options: String
    var compression: [String]
    /// The names of the archive's entries, as the packer is to be given them.
    private(set) var names: [[UInt8]] = []

    var description: String {
        "\(packer.rawValue) \(options)\(([""] + compression).joined(separator: " | ")) "
            + "(prefix '\(prefix.rawValue)', \(order.rawValue) order, \(directories.rawValue) directories, "
            + "\(names.count) names)"
    }

    init(of tree: RandomTree, using generator: inout SeededGenerator) {
        func one<T>(_ choices: some Collection<T>) -> T {
            // Never empty here.
            choices[choices.index(choices.startIndex, offsetBy: Int.random(in: 0..<choices.count, using: &generator))]
        }
        let tops = tree.members.filter { $0.components.count == 1 }
        // A directory that is alone would be taken off.
        let canBeBare = tops.count > 1 || tops.first.map { !$0.isDirectory } ?? false
        prefix = one(canBeBare ? Prefix.allCases : [.top, .dotTop])
        order = one(Order.allCases)
        directories = one(Directories.allCases)
        options = ""
        compression = one([false, true]) ? one(Self.compressions) : []
        packer = .tarGNU
        var members = tree.members.filter { member in
            if member.kind == .directory(isEmpty: true) { return !member.components.isEmpty || prefix.hasTop }
            guard member.isDirectory else { return true }
            if member.components.isEmpty && prefix == .none { return false }
            return directories == .all || directories == .some && Bool.random(using: &generator)
        }
        sort(&members, using: &generator)
        let longest = Lengths(of: members, prefix: prefix)
        packer = one(Packer.allCases.filter { longest.fit($0, tree.names) })
        // Its list is of words that may be options, and it takes what begins with `./` without it.
        if packer == .zip {
            prefix = .top
            if members.allSatisfy({ $0.components.isEmpty }) { packer = .tarGNU }
        }
        names = members.map(name)
        switch packer {
        case .tarGNU, .tarOldGNU, .tarPax: options = one(["", "-S", "--hard-dereference"])
        case .tarUstar, .tarV7: options = one(["", "--hard-dereference"])
        // A sparse file that has a long name is given another one, by libarchive 3.6.
        case .bsdtarPax: options = longest.areShort ? one(["", "--no-read-sparse"]) : "--no-read-sparse"
        case .zip:
            // Until an update of September 2026 Debian's zip refuses symbolic links with `-fd`.
            let hasLinks = members.contains { if case .symlink = $0.kind { true } else { false } }
            options = one(["", "-0", "-9 -X", "-Z bzip2"] + (hasLinks ? [] : ["-fd"]))
        case .pythonZip: options = one(["STORED", "DEFLATED", "BZIP2", "LZMA"])
        default: break
        }
        // A zip archive that is compressed once more is read as a stream, in which nothing is executable.
        if packer.isZip { compression = [] }
    }

    private func name(of member: RandomTree.Member) -> [UInt8] {
        let path = Array(member.components.joined(separator: [UInt8(ascii: "/")]))
        // The root is `top`, or `.`.
        return path.isEmpty ? Array(prefix.rawValue.utf8.dropLast()) : Array(prefix.rawValue.utf8) + path
    }

    private func sort(_ members: inout [RandomTree.Member], using generator: inout SeededGenerator) {
        func narOrder(_ first: RandomTree.Member, _ second: RandomTree.Member) -> Bool {
            first.components.lexicographicallyPrecedes(second.components) { $0.lexicographicallyPrecedes($1) }
        }
        func gitName(_ member: RandomTree.Member) -> [UInt8] {
            Array(member.components.joined(separator: [0x2F])) + (member.isDirectory ? [0x2F] : [])
        }
        switch order {
        case .random: members.shuffle(using: &generator)
        case .nar: members.sort(by: narOrder)
        case .git: members.sort { gitName($0).lexicographicallyPrecedes(gitName($1)) }
        case .reversed: members.sort { narOrder($1, $0) }
        case .directoriesLast:
            members.shuffle(using: &generator)
            members = members.filter { !$0.isDirectory } + members.filter(\.isDirectory)
        }
    }

    /// The commands that make `archive` out of the names in `list`, in the folder that the tree lies in.
    func commands(list: String, archive: String) -> [String] {
        let folder = prefix.hasTop ? "." : "top"
        var commands: [String] = []
        switch packer {
        case .zip: commands.append("tr '\\0' '\\n' < \(list) | zip -q -y -@ \(options) - > \(archive)")
        case .pythonGNU, .pythonPax, .pythonUstar, .pythonZip: break
        case .tarGNU, .tarOldGNU, .tarPax, .tarUstar, .tarV7:
            commands.append(
                "\(packer.rawValue) \(options) -C \(folder) --no-unquote --no-recursion --null -T \(list) -cf \(archive)"
            )
        // With -P it does not take `\x` and `c:x` for absolute names, of which it would take the beginning off.
        default: commands.append("\(packer.rawValue) \(options) -P -C \(folder) -n --null -T \(list) -cf \(archive)")
        }
        for step in compression { commands.append("\(step) < \(archive) > \(archive).x && mv \(archive).x \(archive)") }
        return commands
    }

    /// The line of a job for `pythonPacker`; nil for other packers.
    func pythonJob(folder: String, list: String, archive: String) -> String? {
        guard packer.rawValue.hasPrefix("python") else { return nil }
        let directory = prefix.hasTop ? folder : "\(folder)/top"
        return [directory, list, archive, String(packer.rawValue.dropFirst(7)), options].joined(separator: "\t") + "\n"
    }

    /// Does the jobs on its standard input: starting Python takes longer than packing a tree.
    static let pythonPacker = """
        import os, stat, sys, tarfile, zipfile

        def pack_zip(archive, names, method):
            with zipfile.ZipFile(archive, 'w', getattr(zipfile, 'ZIP_' + method)) as packed:
                for name in names:
                    mode = os.lstat(name).st_mode
                    info = zipfile.ZipInfo(os.fsdecode(name) + ('/' if stat.S_ISDIR(mode) else ''))
                    info.create_system = 3
                    info.external_attr = mode << 16
                    info.compress_type = packed.compression
                    if stat.S_ISLNK(mode):
                        data = os.readlink(name)
                    elif stat.S_ISDIR(mode):
                        data = b''
                    else:
                        with open(name, 'rb') as file:
                            data = file.read()
                    # libarchive reads only these methods in a symbolic link.
                    if stat.S_ISLNK(mode) and method != 'DEFLATED':
                        info.compress_type = zipfile.ZIP_STORED
                    # An empty file by LZMA has a test of its own.
                    if not data and method == 'LZMA':
                        info.compress_type = zipfile.ZIP_STORED
                    packed.writestr(info, data)

        def pack_tar(archive, names, form):
            form = getattr(tarfile, form + '_FORMAT')
            with tarfile.open(archive, 'w', format=form, encoding='utf-8', errors='surrogateescape') as packed:
                for name in names:
                    packed.add(os.fsdecode(name), recursive=False)

        for line in sys.stdin:
            directory, names, archive, form, method = line.rstrip('\\n').split('\\t')
            os.chdir(directory)
            with open(names, 'rb') as file:
                names = [name for name in file.read().split(b'\\0') if name]
            if form == 'ZIP':
                pack_zip(archive, names, method)
            else:
                pack_tar(archive, names, form)
        """
}

extension Packing.Prefix {
    var hasTop: Bool { self == .top || self == .dotTop }
}

/// How long the names of an archive are, which decides who can write it.
private struct Lengths {
    private var fitsV7 = true
    private var fitsUstar = true

    init(of members: [RandomTree.Member], prefix: Packing.Prefix) {
        for member in members {
            // With the slash behind a directory.
            let path = prefix.rawValue.utf8.count + member.components.reduce(0) { $0 + $1.count + 1 }
            if case .symlink(let length) = member.kind, length > 99 { (fitsV7, fitsUstar) = (false, false) }
            guard path > 98 else { continue }
            fitsV7 = false
            // The target of a hard link is in one piece.
            if member.kind == .file(hasSecondName: true) { fitsUstar = false }
            var head = prefix.rawValue.utf8.count
            var isSplit = false
            for name in member.components.dropLast() {
                head += name.count + 1
                if head <= 150 && path - head <= 98 { isSplit = true }
            }
            if !isSplit { fitsUstar = false }
        }
    }

    /// Whether none needs more than the header that every format has.
    var areShort: Bool { fitsV7 }

    func fit(_ packer: Packing.Packer, _ names: RandomTree.Names) -> Bool {
        switch packer {
        case .tarV7, .bsdtarV7: fitsV7
        case .tarUstar, .bsdtarUstar, .pythonUstar: fitsUstar
        // Beyond ASCII a name in a zip archive says in which encoding it is, which is a rule of its own.
        case .bsdtarZip, .pythonZip, .zip: names == .plain
        default: true
        }
    }
}
