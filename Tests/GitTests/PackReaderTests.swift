import Archive
import Foundation
import Support
import Testing

@testable import Git

/// Reading packs without libgit2: every object as libgit2 reads it, or not at all.
@Suite(.enabled(if: ZlibInflater() != nil, "built without ISA-L")) struct PackReaderTests {
    /// How git is told to pack.
    enum Packing: String, CaseIterable {
        case ordinary
        /// Deltas name what they are made of, instead of saying where it is.
        case byName
        case longChains
        case severalPacks
        case withoutDeltas
    }

    @Test(arguments: Packing.allCases) func everyObject(_ packing: Packing) async throws {
        let root = TemporaryDirectory()
        let repository = try await Self.sample(at: root.file("x"), packing)
        let database = try ObjectDatabase(objectsFolder: root.file("x/.git/objects"), verifies: true)
        let packs = Packs(objectsFolder: database.objectsFolder)
        #expect(packs.packs.count == (packing == .severalPacks ? 3 : 1))
        guard var reader = PackReader(packs) else { throw NoReader() }
        // Packed objects first; the others are read all the same.
        let packed = try await Self.objects(of: repository, "--batch-all-objects")
        try await repository.git("commit", "--quiet", "--allow-empty", "-m", "loose")
        let all = try await Self.objects(of: repository, "--batch-all-objects")
        #expect(all.count == packed.count + 1)
        for id in all {
            let expected = try database.readWithLibrary(id)
            let own = reader.read(id)
            #expect((own != nil) == packed.contains(id), "\(id)")
            // Of the right type too: that is part of what the name is the hash of.
            if let own { #expect(own.bytes == expected.bytes, "\(id)") }
            #expect(try database.read(id).bytes == expected.bytes, "\(id)")
        }
        // Names that nothing has: each differs from one that is there in its last bit.
        for id in all {
            var bytes = id.bytes
            bytes[19] ^= 1
            let other = try #require(ObjectID(bytes: bytes))
            #expect(reader.read(other) == nil)
            #expect(throws: GitError.missingObject(other)) { try database.read(other).bytes }
        }
    }

    @Test func alternates() async throws {
        let root = TemporaryDirectory()
        let origin = try await Self.sample(at: root.file("x"), .ordinary)
        try await origin.git("clone", "--quiet", "--shared", ".", root.file("shared"))
        let database = try ObjectDatabase(objectsFolder: root.file("shared/.git/objects"), verifies: true)
        for id in try await Self.objects(of: origin, "--batch-all-objects") {
            #expect(try database.read(id).bytes == database.readWithLibrary(id).bytes)
        }
    }

    /// Whatever is wrong with a pack or an index: what comes out is what went in, or nothing.
    @Test(arguments: [Packing.ordinary, .byName], ["pack", "idx"]) func damage(
        _ packing: Packing, _ suffix: String
    ) async throws {
        let root = TemporaryDirectory()
        let repository = try await Self.sample(at: root.file("x"), packing, files: 12)
        let objects = root.file("x/.git/objects")
        guard var intact = PackReader(Packs(objectsFolder: objects)) else { throw NoReader() }
        var expected: [ObjectID: [UInt8]] = [:]
        for id in try await Self.objects(of: repository, "--batch-all-objects") {
            let object = intact.read(id)
            expected[id] = try #require(object).bytes
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: objects + "/pack")
        let name = try #require(names.first { $0.hasSuffix("." + suffix) })
        let path = objects + "/pack/" + name
        let original = try Data(contentsOf: URL(fileURLWithPath: path))
        // git writes them read-only.
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        var generator = SeededGenerator(seed: 20_260_101)
        var lost = 0
        for round in 0..<300 {
            var damaged = original
            let place = Int.random(in: 0..<original.count, using: &generator)
            switch round % 3 {
            case 0: damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: damaged = damaged.prefix(place)
            default:
                for index in place..<min(place + 40, damaged.count) {
                    damaged[index] = generator.next() & 1 == 0 ? 0 : 255
                }
            }
            try damaged.write(to: URL(fileURLWithPath: path))
            guard var reader = PackReader(Packs(objectsFolder: objects)) else {
                lost += 1
                continue
            }
            for (id, bytes) in expected {
                guard let read = reader.read(id) else {
                    lost += 1
                    continue
                }
                #expect(read.bytes == bytes, "\(id), round \(round)")
            }
        }
        #expect(lost > 0)
    }

    /// Names that lie unevenly, so that where one is cannot be guessed; and offsets beyond two GiB.
    @Test func crowdedIndex() throws {
        let root = TemporaryDirectory()
        var generator = SeededGenerator(seed: 20_260_102)
        var names: Set<[UInt8]> = []
        for count in 0..<20_000 {
            let first: UInt8 = [0, 7, 255][count % 3]
            // Most of them are close to each other.
            let second = count % 5 == 0 ? UInt8.random(in: 0...255, using: &generator) : 3
            names.insert([first, second] + (0..<18).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        let sorted = names.sorted { $0.lexicographicallyPrecedes($1) }
        let isLarge = { (index: Int) in index % 100 == 99 }
        var file: [UInt8] = [0xFF, 0x74, 0x4F, 0x63, 0, 0, 0, 2]
        for byte in UInt8.min...UInt8.max { file += Self.bigEndian(sorted.count { $0[0] <= byte }) }
        file += sorted.joined()
        file += [UInt8](repeating: 0, count: 4 * sorted.count)
        for index in sorted.indices { file += Self.bigEndian(isLarge(index) ? 1 << 31 | index / 100 : 12 + index) }
        for index in sorted.indices where isLarge(index) { file += Self.bigEndian(5) + Self.bigEndian(index) }
        file += [UInt8](repeating: 1, count: 40)
        try Data(file).write(to: URL(fileURLWithPath: root.file("x.idx")))

        let index = try #require(PackIndex(path: root.file("x.idx")))
        #expect(index.count == sorted.count)
        var scratch: [UInt8] = []
        for (position, name) in sorted.enumerated() {
            let offset = index.offset(of: try #require(ObjectID(bytes: name)), scratch: &scratch)
            #expect(offset == (isLarge(position) ? 5 << 32 | position : 12 + position))
            var other = name
            other[19] ^= 1
            if !names.contains(other) {
                #expect(index.offset(of: try #require(ObjectID(bytes: other)), scratch: &scratch) == nil)
            }
        }
        for byte in [UInt8(0), 1, 6, 8, 254, 255] {
            for rest in [UInt8(0), 255] {
                let outside = try #require(ObjectID(bytes: [byte] + [UInt8](repeating: rest, count: 19)))
                #expect(index.offset(of: outside, scratch: &scratch) == nil)
            }
        }
    }

    @Test(
        arguments: [
            // Sizes of the base and of the result; copying with an offset, with a size; inserting.
            ([5, 3, 0x90, 3], "hel"), ([5, 3, 0x91, 2, 3], "llo"), ([5, 2, 2, 0x41, 0x42], "AB"), ([5, 0], ""),
            ([5, 6, 0x91, 4, 1, 0x90, 5], "ohello"),
            // Another base, more or less than was said, beyond the base, a command that is none, an end too early.
            ([4, 3, 0x90, 3], nil), ([5, 4, 0x90, 3], nil), ([5, 2, 0x90, 3], nil), ([5, 3, 0x91, 3, 3], nil),
            ([5, 1, 0, 1, 0x41], nil), ([5, 2, 2, 0x41], nil), ([5, 3, 0x91, 2], nil), ([5], nil), ([0x80], nil),
            ([], nil),
            ([5, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], nil),
        ] as [([UInt8], String?)])
    func delta(_ delta: [UInt8], _ result: String?) {
        #expect(PackDelta.apply(delta, to: Array("hello".utf8), limit: 6) == result.map { Array($0.utf8) })
    }

    @Test func deltaThatCopiesMuch() {
        let base = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 * 7 >> 3) }
        // Sizes of 200,000 and 65,538; a copy that says no size, which is 65,536 bytes, from a place of three bytes; a byte;
        // a copy of one byte from the second byte of a place on.
        let delta: [UInt8] = [0xC0, 0x9A, 0x0C, 0x82, 0x80, 0x04, 0x87, 1, 2, 1, 0x01, 9, 0x92, 2, 1]
        let expected = base[0x10201..<0x20201] + [9] + base[0x200..<0x201]
        #expect(PackDelta.apply(delta, to: base, limit: 1 << 20) == Array(expected))
        #expect(PackDelta.apply(delta, to: base, limit: 65_537) == nil)
    }

    // MARK: Repositories

    private struct NoReader: Error {}

    /// Files of all sizes, that compress and that do not, in several versions.
    private static func sample(at path: String, _ packing: Packing, files: Int = 60) async throws -> TestRepository {
        let repository = try await TestRepository(at: path)
        var generator = SeededGenerator(seed: 20_260_103)
        let sizes = [0, 1, 10, 100, 1000, 4000, 5000, 20_000, 70_000, 300_000]
        let isSeveral = packing == .severalPacks
        for version in 0..<6 {
            for number in 0..<files where version == 0 || number % 3 == version % 3 {
                let size = sizes[number % sizes.count]
                var bytes = (0..<size).map { UInt8(truncatingIfNeeded: ($0 * number) >> 5) }
                // Every fourth file is noise, the same in each version.
                var noise = SeededGenerator(seed: UInt64(number))
                if number % 4 == 0 {
                    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: noise.next()) }
                }
                for _ in 0..<(size > 0 ? 5 * version : 0) {
                    bytes[Int.random(in: 0..<size, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                }
                try repository.write("d\(number % 5)/f\(number)", bytes)
            }
            try await repository.commit("version \(version)")
            try await repository.tag("v\(version)", message: "version \(version)")
            if isSeveral && version % 2 == 1 { try await repository.git("repack", "-q", "-d") }
        }
        switch packing {
        case .severalPacks: break
        case .ordinary: try await repository.git("repack", "-q", "-a", "-d", "-f")
        case .byName:
            try await repository.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f")
        case .longChains: try await repository.git("repack", "-q", "-a", "-d", "-f", "--depth=4000", "--window=200")
        case .withoutDeltas: try await repository.git("repack", "-q", "-a", "-d", "-f", "--window=0")
        }
        return repository
    }

    private static func objects(of repository: TestRepository, _ option: String) async throws -> Set<ObjectID> {
        let names = try await repository.git("cat-file", option, "--batch-check=%(objectname)")
        return Set(try names.split(separator: "\n").map { try #require(ObjectID(hex: String($0))) })
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
