import Archive
import Foundation
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// A file's two hashes.
struct FileHashesTests {
    /// A stream of chunks of one size.
    private final class Chunks: ByteSource {
        private var rest: ArraySlice<UInt8>
        private let size: Int

        init(_ bytes: [UInt8], of size: Int) {
            rest = bytes[...]
            self.size = size
        }

        var interruption: @Sendable () -> Void { {} }

        func next(_ chunk: inout [UInt8]) -> Bool {
            chunk = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            return !chunk.isEmpty
        }
    }

    private static func hashes(_ bytes: [UInt8], chunks size: Int) throws -> FileHashes {
        let directory = TemporaryDirectory()
        let hashes = try FileHashes.hash(
            Chunks(bytes, of: size), spoolDirectory: directory.path, cancellation: Cancellation())
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
        return hashes
    }

    /// What real Nix prints of them.
    @Test(arguments: [
        (
            "", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "sha256-d6xi4mKdjkX2JFicDIv5niSzpyI0m/Hnm8GGAIU04kY="
        ),
        (
            "hello", "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
            "sha256-CkMIecJm+LV/QJKg+TXPP6zUi7zN5XYNR0jKQFFx6Wk="
        ),
    ])
    func `A file is hashed as its bytes and as its NAR`(text: String, flat: String, nar: String) throws {
        let hashes = try Self.hashes(Array(text.utf8), chunks: 2)
        #expect(hashes.flat.sri == flat)
        #expect(hashes.nar.sri == nar)
    }

    /// More than is kept in memory, and just as much.
    @Test(arguments: [8 << 20, (8 << 20) + 1, (20 << 20) + 13])
    func `A large file is hashed as a small one is`(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let hashes = try Self.hashes(bytes, chunks: 1 << 20)
        var nar = NARWriter()
        try nar.beginFile(size: UInt64(size), isExecutable: false)
        try nar.contents(bytes.span.bytes)
        try nar.endFile()
        let expected = try nar.finish().digest
        #expect(hashes.nar == expected)
        var flat = SHA256()
        flat.update(bytes)
        let digest = flat.finish()
        #expect(hashes.flat == digest)
    }

    @Test func `Where the bytes cannot be kept is an error`() {
        #expect(throws: ArchiveError.self) {
            try FileHashes.hash(
                Chunks([UInt8](repeating: 0, count: 9 << 20), of: 1 << 20), spoolDirectory: "/nonexistent/x",
                cancellation: Cancellation())
        }
    }
}
