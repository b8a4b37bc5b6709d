import Foundation
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// Random trees, packed in random orders by real packers, hash as real Nix hashes the folder.
@Suite(.enabled(if: NixSandbox.isAvailable))
struct RandomTreeTests {
    /// Others with `PINR_TEST_SEED=NUMBER`; the seed of a failure is in the test's arguments.
    static let seeds: [UInt64] = {
        let first = ProcessInfo.processInfo.environment["PINR_TEST_SEED"].flatMap(UInt64.init) ?? 2026
        return (0..<10).map { first &+ $0 }
    }()

    /// Each packs the paths in `list`, one after the other and NUL behind each, of the folder `top`.
    static let packers = [
        "tar --format=gnu --no-recursion --null -T list -czf archive",
        "tar --format=posix --no-recursion --null -T list -cJf archive",
        "bsdtar --format=gnutar -n --null -T list -cf archive",
        "bsdtar --format=pax -n --null -T list -c | zstd -q > archive",
        "python3 pack.py",
        "tr '\\0' '\\n' < list | zip -q -y -@ - > archive",
    ]

    private static let pythonPacker = """
        import os, tarfile
        names = [name for name in open(b'list', 'rb').read().split(b'\\0') if name]
        with tarfile.open('archive', 'w:bz2', format=tarfile.PAX_FORMAT, encoding='utf-8') as tar:
            for name in names:
                tar.add(os.fsdecode(name), recursive=False)
        """

    @Test(arguments: seeds)
    func `However it is packed, it is the tree that was packed`(seed: UInt64) async throws {
        let folder = TemporaryDirectory()
        var tree = RandomTree(seed: seed)
        let paths = try tree.write(to: folder)
        let environment = isolatedEnvironment(home: folder.file("home"))
        let expected = try await NixSandbox().hashPath(folder.file("top"))
        let onDisk = try FolderHash.hash(path: folder.file("top"), cancellation: Cancellation())
        #expect(onDisk.digest.sri == expected)

        try folder.write("pack.py", Self.pythonPacker)
        for packer in Self.packers {
            // Info-ZIP's list is of lines, and its names have a character set.
            let isZip = packer.contains("zip -q")
            let packed = paths.shuffled(using: &tree.generator)
            if isZip && !packed.allSatisfy({ $0.allSatisfy { (0x20..<0x7F).contains($0) } }) { continue }
            try folder.write("list", packed.flatMap { $0 + [0] })
            try await run(["sh", "-ec", packer], environment: environment, directory: folder.path)
            #expect(try hash(folder.read("archive")).nar.digest.sri == expected, "\(packer)")
        }
    }
}

/// A folder tree of random names, contents, modes and links.
private struct RandomTree {
    var generator: SeededGenerator
    private var paths: [[UInt8]] = []
    /// Every second tree has plain names alone, so that zip can hold it.
    private let hasPlainNames: Bool

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        hasPlainNames = seed % 2 == 0
    }

    private static let beginnings = ["foo", "a", "Z", "fo", "foo.", "b"]
    private static let plain = Array("!#%+,-.0129;=@ABZ_abz~".utf8)
    private static let odd: [[UInt8]] = [
        Array("é".utf8), Array("e\u{301}".utf8), Array(" ".utf8), Array("\u{1F600}".utf8), Array("\u{FFEE}".utf8),
        Array("日".utf8), [0x01],
    ]

    /// Makes the folder `top` in `folder`; the paths of everything in it, `top` included.
    mutating func write(to folder: TemporaryDirectory) throws -> [[UInt8]] {
        try folder.makeDirectory("top")
        paths = [Array("top".utf8)]
        try fill(Array("top".utf8), of: folder, depth: 0)
        return paths
    }

    private mutating func fill(_ parent: [UInt8], of folder: TemporaryDirectory, depth: Int) throws {
        var names: Set<[UInt8]> = []
        for _ in 0..<Int.random(in: depth == 0 ? 3...9 : 0...6, using: &generator) { names.insert(name()) }
        for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let path = parent + [UInt8(ascii: "/")] + name
            let place = "\(folder.path)/" + String(decoding: path, as: UTF8.self)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0...2 where depth < 5:
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
                paths.append(path)
                try fill(path, of: folder, depth: depth + 1)
                continue
            case 3: try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: "foo/../gone")
            default:
                let sizes = [0, 1, 7, 8, 9, 511, 512, 513, 4096, 70_000, 300_000]
                let size = sizes.randomElement(using: &generator) ?? 0
                let contents = ArchiveSizeTests.contents(size, seed: generator.next())
                let modes: [mode_t] = [0o644, 0o755, 0o600, 0o700, 0o444, 0o555, 0o654]
                try folder.write(
                    String(decoding: path, as: UTF8.self), contents, mode: modes.randomElement(using: &generator) ?? 0)
                let second = path + Array(".hard".utf8)
                if Int.random(in: 0..<6, using: &generator) == 0, !names.contains(name + Array(".hard".utf8)) {
                    try FileManager.default.linkItem(
                        atPath: place, toPath: "\(folder.path)/" + String(decoding: second, as: UTF8.self))
                    paths.append(second)
                }
            }
            paths.append(path)
        }
    }

    private mutating func name() -> [UInt8] {
        var name = Array((Self.beginnings.randomElement(using: &generator) ?? "x").utf8)
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            if !hasPlainNames, Int.random(in: 0..<3, using: &generator) == 0 {
                name += Self.odd.randomElement(using: &generator) ?? []
            } else if let byte = Self.plain.randomElement(using: &generator) {
                name.append(byte)
            }
        }
        if !hasPlainNames, Int.random(in: 0..<20, using: &generator) == 0 {
            name += [UInt8](repeating: UInt8(ascii: "n"), count: 200 - name.count)
        }
        return name
    }
}
