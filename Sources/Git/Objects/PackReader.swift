internal import Archive
internal import NixHash

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The packs of a repository, for any number of readers.
final class Packs: Sendable {
    /// More packs than this are left to libgit2: each needs two open files.
    private static let maximumPacks = 50

    let packs: [Pack]

    /// What of the folder can be read here; the rest, and what comes into it later, is not known of.
    init(objectsFolder: String) {
        let folder = objectsFolder + "/pack"
        var names: [String] = []
        if let directory = opendir(folder) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                if name.count > 4 && name.suffix(4).elementsEqual(".idx".utf8) {
                    names.append(String(decoding: name.dropLast(4), as: UTF8.self))
                }
            }
            closedir(directory)
        }
        packs = names.prefix(Self.maximumPacks).compactMap { Pack(path: folder + "/" + $0) }
    }
}

/// Reads objects out of packs, twice as fast as libgit2; one a thread.
///
/// What it says is certain: an object is only handed out when its bytes have the SHA-1 that it is asked for by. What it
/// cannot read, whatever the reason, libgit2 is asked for, which has the words for it.
struct PackReader: ~Copyable {
    /// Longer objects are left to libgit2.
    private static let maximumSize = 64 << 20
    private static let maximumChain = 4096
    /// How many bytes of what deltas were made of are kept, and of an object at most.
    private static let maximumKept = 4 << 20
    private static let maximumKeptObject = 512 << 10

    private struct Place: Hashable {
        let pack: Int
        let offset: Int
    }

    private struct Whole {
        let type: UInt8
        let bytes: [UInt8]
    }

    let packs: Packs
    private var inflater: ZlibInflater
    private var sha1 = SHA1()
    private var scratch: [UInt8] = []
    /// The pack that had the object before, which most likely has the next.
    private var likely = 0
    private var kept: [Place: Whole] = [:]
    private var keptBytes = 0

    /// - Returns: nil where the program was built without ISA-L, or there is no pack.
    init?(_ packs: Packs) {
        guard !packs.packs.isEmpty, let inflater = ZlibInflater() else { return nil }
        self.packs = packs
        self.inflater = inflater
    }

    /// An object whose hash is right, or nil.
    mutating func read(_ id: ObjectID) -> (type: UInt8, bytes: [UInt8])? {
        guard let place = place(of: id), let object = object(at: place), hash(object) == id else { return nil }
        return (object.type, object.bytes)
    }

    private mutating func place(of id: ObjectID) -> Place? {
        for step in packs.packs.indices {
            let pack = (likely + step) % packs.packs.count
            if let offset = packs.packs[pack].index.offset(of: id, scratch: &scratch) {
                likely = pack
                return Place(pack: pack, offset: offset)
            }
        }
        return nil
    }

    /// Goes from delta to delta to a whole object, and back.
    private mutating func object(at place: Place) -> Whole? {
        let pack = packs.packs[place.pack]
        var deltas: [(offset: Int, bytes: [UInt8])] = []
        var size = 0
        var offset = place.offset
        var object: Whole?
        while object == nil {
            object = kept[Place(pack: place.pack, offset: offset)]
            if object != nil { break }
            guard
                let entry = pack.entry(at: offset, limit: Self.maximumSize, &inflater, scratch: &scratch)
            else { return nil }
            if case .whole(let type) = entry.kind {
                object = Whole(type: type, bytes: entry.bytes)
                if !deltas.isEmpty { keep(object, at: Place(pack: place.pack, offset: offset)) }
                break
            }
            deltas.append((offset, entry.bytes))
            size += entry.bytes.count
            guard deltas.count <= Self.maximumChain, size <= Self.maximumSize else { return nil }
            switch entry.kind {
            case .delta(let base): offset = base
            case .deltaTo(let base):
                // Where the base is elsewhere libgit2 will find it.
                guard let base = pack.index.offset(of: base, scratch: &scratch) else { return nil }
                offset = base
            case .whole: break
            }
        }
        for (index, delta) in deltas.enumerated().reversed() {
            guard let base = object,
                let bytes = PackDelta.apply(delta.bytes, to: base.bytes, limit: Self.maximumSize)
            else { return nil }
            object = Whole(type: base.type, bytes: bytes)
            // What lies between is a base too; what was asked for most often is none.
            if index > 0 { keep(object, at: Place(pack: place.pack, offset: delta.offset)) }
        }
        return object
    }

    private mutating func keep(_ object: Whole?, at place: Place) {
        guard let object, object.bytes.count <= Self.maximumKeptObject else { return }
        if keptBytes + object.bytes.count > Self.maximumKept {
            kept.removeAll(keepingCapacity: true)
            keptBytes = 0
        }
        kept[place] = object
        keptBytes += object.bytes.count
    }

    private mutating func hash(_ object: Whole) -> ObjectID? {
        let types = ["", "commit", "tree", "blob", "tag"]
        let header = Array("\(types[Int(object.type)]) \(object.bytes.count)\0".utf8)
        sha1.update(header.span.bytes)
        sha1.update(object.bytes.span.bytes)
        return ObjectID(sha1.finish(), at: 0)
    }
}
