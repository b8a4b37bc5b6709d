import Foundation
import NixHash
import Support

/// A tree that is written down in a test, and its NAR, serialised here byte by byte as Nix's manual has it and without
/// any of the code under test.
indirect enum ReferenceTree {
    case file([UInt8], isExecutable: Bool)
    case symlink([UInt8])
    case directory([(name: [UInt8], node: ReferenceTree)])

    static func file(_ text: String) -> ReferenceTree { .file(Array(text.utf8), isExecutable: false) }
    static func executable(_ text: String) -> ReferenceTree { .file(Array(text.utf8), isExecutable: true) }
    static func symlink(_ target: String) -> ReferenceTree { .symlink(Array(target.utf8)) }

    var digest: SHA256Digest { SHA256.hash(Self.string("nix-archive-1") + node) }

    private var node: [UInt8] {
        var bytes = Self.string("(") + Self.string("type")
        switch self {
        case .file(let contents, let isExecutable):
            bytes += Self.string("regular")
            if isExecutable { bytes += Self.string("executable") + Self.string("") }
            bytes += Self.string("contents") + Self.string(contents)
        case .symlink(let target):
            bytes += Self.string("symlink") + Self.string("target") + Self.string(target)
        case .directory(let entries):
            bytes += Self.string("directory")
            for (name, node) in entries.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
                bytes += ["entry", "(", "name"].flatMap { Self.string($0) } + Self.string(name)
                bytes += Self.string("node") + node.node + Self.string(")")
            }
        }
        return bytes + Self.string(")")
    }

    private static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }

    private static func string(_ bytes: [UInt8]) -> [UInt8] {
        let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) }
        return length + bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
    }
}

extension ReferenceTree: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, ReferenceTree)...) {
        self = .directory(elements.map { (Array($0.utf8), $1) })
    }
}
