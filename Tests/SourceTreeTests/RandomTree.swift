import Foundation
import Support

/// A folder tree of random names, contents, modes and links, which is on disk.
struct RandomTree {
    /// Something in it, or the tree itself, whose path is empty.
    struct Member {
        enum Kind: Equatable {
            case directory(isEmpty: Bool)
            case file(hasSecondName: Bool)
            case symlink(targetLength: Int)
        }
        /// The names that lead to it, from the root on.
        let components: [[UInt8]]
        let kind: Kind

        var isDirectory: Bool { if case .directory = kind { true } else { false } }
    }

    /// What its names are made of.
    enum Names: CaseIterable {
        /// Printable ASCII, which every packer holds.
        case plain
        /// Text in Unicode, in one normalisation and the other.
        case text
        /// All bytes that a name can have.
        case bytes
    }

    let names: Names
    /// Everything in it, and first the tree itself.
    private(set) var members: [Member] = []
    private(set) var generator: SeededGenerator
    private let hasLongNames: Bool
    private let isReadByRoot = geteuid() == 0

    /// Makes the tree of that seed at `path`, where nothing is.
    init(seed: UInt64, at path: String) throws {
        generator = SeededGenerator(seed: seed)
        names = Names.allCases.randomElement(using: &generator) ?? .plain
        hasLongNames = Int.random(in: 0..<4, using: &generator) == 0
        try make(directory: [], at: Array(path.utf8), depth: 0)
    }

    // MARK: What is in it

    private mutating func make(directory components: [[UInt8]], at path: [UInt8], depth: Int) throws {
        try check(mkdir(cString(path), 0o700), "mkdir", path)
        let place = members.count
        let most = depth == 0 ? 12 : chance(3) ? 0 : max(1, 7 - depth)
        var siblings: [[UInt8]] = []
        for _ in 0..<Int.random(in: 0...most, using: &generator) {
            let name = name(beside: siblings)
            if siblings.contains(name) || isReserved(name) { continue }
            siblings.append(name)
            let (components, path) = (components + [name], path + [UInt8(ascii: "/")] + name)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0...2 where depth < 7: try make(directory: components, at: path, depth: depth + 1)
            case 3: try makeSymlink(components, at: path, siblings)
            case 4:
                // A second name of a file that is there; the file itself where there is none.
                let second = try makeFile(components, at: path)
                if let other = [name + Array(".hard".utf8), Array("!".utf8) + name].randomElement(using: &generator),
                    other.count <= 255, !siblings.contains(other)
                {
                    let link = Array(path.dropLast(name.count)) + other
                    try check(linkat(AT_FDCWD, cString(path), AT_FDCWD, cString(link), 0), "link", link)
                    siblings.append(other)
                    members[second] = Member(components: components, kind: .file(hasSecondName: true))
                    members.append(
                        Member(components: components.dropLast() + [other], kind: .file(hasSecondName: true)))
                }
            default: _ = try makeFile(components, at: path)
            }
        }
        members.insert(Member(components: components, kind: .directory(isEmpty: siblings.isEmpty)), at: place)
        // Only root looks into what nobody may look into.
        let mode = mode_t(pick([0o755, 0o755, 0o700, 0o555, 0o000, 0o1777, 0o2755]))
        try check(chmod(cString(path), isReadByRoot ? mode : mode | 0o700), "chmod", path)
    }

    /// Makes a file; where in `members` it stands.
    private mutating func makeFile(_ components: [[UInt8]], at path: [UInt8]) throws -> Int {
        let descriptor = open(cString(path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try check(descriptor, "open", path)
        defer { close(descriptor) }
        let size = size()
        if size > 16384, chance(3) {
            // Two pieces of contents with a hole between them, or nothing but a hole.
            try check(ftruncate(descriptor, off_t(size)), "ftruncate", path)
            if chance(2) {
                for offset in [0, size - 5] { try check(pwrite(descriptor, "holey", 5, off_t(offset)), "pwrite", path) }
            }
        } else {
            let contents = ArchiveSizeTests.contents(size, seed: generator.next())
            guard write(descriptor, contents, size) == size else { throw POSIXError(.EIO) }
        }
        let modes = [0o644, 0o755, 0o600, 0o700, 0o444, 0o555, 0o654, 0o000, 0o010, 0o001, 0o100, 0o4755, 0o2644]
        let mode = mode_t(chance(4) ? Int.random(in: 0...0o7777, using: &generator) : pick(modes))
        try check(fchmod(descriptor, isReadByRoot ? mode : mode | 0o400), "chmod", path)
        members.append(Member(components: components, kind: .file(hasSecondName: false)))
        return members.count - 1
    }

    private mutating func makeSymlink(_ components: [[UInt8]], at path: [UInt8], _ siblings: [[UInt8]]) throws {
        let targets = ["gone", ".", "..", "/", "../../x/../y", "/etc/passwd", "a b", "./", "x//y"].map {
            Array($0.utf8)
        }
        var target = (siblings + targets).randomElement(using: &generator) ?? [0x78]
        if names == .bytes, chance(2) { target = bytes(Int.random(in: 1...40, using: &generator)) + [0x2F, 0xFF] }
        if hasLongNames, chance(2) {
            target = [UInt8](repeating: UInt8(ascii: "t"), count: pick([99, 100, 101, 255, 256, 1000]))
        }
        try check(symlink(cString(target), cString(path)), "symlink", path)
        members.append(Member(components: components, kind: .symlink(targetLength: target.count)))
    }

    /// Mostly little, and now and then what lies at a border: of the NAR's padding, the archive's blocks, and buffers.
    private mutating func size() -> Int {
        switch Int.random(in: 0..<400, using: &generator) {
        case 0: pick([65535, 65536, 65537, 131_072, 262_143, 262_144, 262_145])
        case 1..<6: pick([32767, 32768, 32769, 65535, 65536, 65537])
        case 6..<40: pick([4095, 4096, 4097, 10239, 10240, 10241, 16383, 16384, 20480])
        case 40..<100: pick([511, 512, 513, 1023, 1024, 1025, 1536])
        default: Int.random(in: 0...33, using: &generator)
        }
    }

    // MARK: Names

    private static let beginnings = [
        "foo", "a", "Z", "fo", "foo.", "b", ".gitignore", ".gitx", "...", "..a", "a~nix~case~hack~1", "con", "x.drv",
    ].map { Array($0.utf8) }
    /// What comes before a slash, and what comes after it.
    private static let endings = ["!", "-", ".", "#", "+", ",", "-bar", ".txt", "0", "a", "~", "_"].map {
        Array($0.utf8)
    }
    private static let text: [[UInt8]] = ["é", "e\u{301}", " ", "\u{1F600}", "\u{FFEE}", "日", "\u{AC00}", "K"]
        .map { Array($0.utf8) }

    private mutating func name(beside siblings: [[UInt8]]) -> [UInt8] {
        var name: [UInt8]
        if let sibling = siblings.randomElement(using: &generator), chance(2) {
            // The neighbours that git, a sort of whole paths and a NAR put in different orders.
            name = sibling
            for _ in 0..<Int.random(in: 1...2, using: &generator) { name += ending() }
        } else if names == .bytes, chance(2) {
            name = bytes(Int.random(in: 1...12, using: &generator))
        } else {
            name = Self.beginnings.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 0...2, using: &generator) { name += ending() }
        }
        if hasLongNames, chance(6) {
            let length = pick([97, 98, 99, 100, 101, 154, 155, 156, 254, 255])
            name += [UInt8](repeating: UInt8(ascii: "n"), count: max(0, length - name.count))
        }
        return Array(name.prefix(255))
    }

    private mutating func ending() -> [UInt8] {
        if names != .plain, chance(2) { return Self.text.randomElement(using: &generator) ?? [] }
        if names == .bytes, chance(2) { return bytes(1) }
        return Self.endings.randomElement(using: &generator) ?? []
    }

    private mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            let byte = UInt8.random(in: 1...255, using: &generator)
            return byte == UInt8(ascii: "/") ? 0x80 : byte
        }
    }

    /// What no folder can have, and what git's library takes for `.git` on some system: Nix refuses it in a tarball.
    private func isReserved(_ name: [UInt8]) -> Bool {
        let folded = String(decoding: name.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
        return [[0x2E], [0x2E, 0x2E]].contains(name) || folded == ".git"
            || [".git\\", ".git:", ".git ", ".git.", "git~1"].contains { folded.utf8.starts(with: $0.utf8) }
    }

    // MARK: Chance

    private mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }

    private mutating func pick(_ numbers: [Int]) -> Int { numbers.randomElement(using: &generator) ?? 0 }

    private func cString(_ bytes: [UInt8]) -> [CChar] { bytes.map(CChar.init(bitPattern:)) + [0] }

    private func check(_ result: some SignedInteger, _ call: String, _ path: [UInt8]) throws {
        guard result < 0 else { return }
        let error = POSIXErrorCode(rawValue: errno) ?? .EIO
        throw POSIXError(error, userInfo: [call: String(decoding: path, as: UTF8.self)])
    }
}
