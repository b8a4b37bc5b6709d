import Archive
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// The archives whose hashes real Nix gave; `truth/archives.tsv`.
@Suite(.enabled(if: Shared.isAvailable, Shared.absence))
struct TruthArchiveTests {
    /// One of the programs that were asked.
    struct Column: Sendable {
        let name: String
        let tool: DivergentReader.Tool
        let nix: NixVersion
        let libarchive: NixVersion

        func isAmong(_ reader: DivergentReader) -> Bool {
            tool == reader.tool && nix >= reader.since && reader.before.map { nix < $0 } ?? true
                && reader.libarchiveBefore.map { libarchive < $0 } ?? true
        }
    }

    static let columns = [
        ("nix2.8.0", NixVersion(2, 8), NixVersion(3, 6, 2)), ("nix2.26.3", NixVersion(2, 26, 3), NixVersion(3, 7, 4)),
        ("nix2.34.8", NixVersion(2, 34, 8), NixVersion(3, 8, 10)),
    ].flatMap { name, nix, libarchive in
        [
            Column(name: "\(name)_prefetch_unpack", tool: .prefetch, nix: nix, libarchive: libarchive),
            Column(name: "\(name)_fetchTarball", tool: .fetchTarball, nix: nix, libarchive: libarchive),
        ]
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let archive: String
        let group: String
        let isAgreed: Bool
        /// What each column has; nil where it refused.
        let hashes: [String?]
        /// What `builtins.fetchTarball` of the newest Nix gave, the last column.
        var newest: String? { hashes.last ?? nil }
        var testDescription: String { archive }

        init(_ fields: [String: String]) {
            archive = fields["archive"] ?? ""
            group = fields["group"] ?? ""
            isAgreed = fields["consensus"] == "yes"
            hashes = columns.map { column in fields[column.name].flatMap { $0.hasPrefix("sha256-") ? $0 : nil } }
        }
    }

    static let rows = Shared.rows("archives.tsv").map(Row.init)

    @Test func theTableHasWhatIsTested() {
        #expect(Self.rows.count == 224)
        #expect(Self.rows.filter { ["basic", "order", "mode", "compress"].contains($0.group) }.count == 59)
        #expect(Self.rows.filter { !$0.isAgreed }.count == 49)
        #expect(Self.rows.allSatisfy { $0.isAgreed == (Set($0.hashes).count == 1) })
    }

    private func tree(_ row: Row) throws -> TreeSummary? {
        let path = try #require(Shared.truth("archives/\(row.archive)"))
        do {
            return try ArchiveHash.hash(
                opening: { try FileByteSource(path: path) }, spoolDirectory: "/tmp", cancellation: Cancellation())
        } catch let error as ArchiveError {
            if case .unreadable = error { throw error }
            return nil
        } catch is TreeError {
            return nil
        }
    }

    /// Where all agree, their hash or refusal; where versions of Nix differ, the newest one's hash or none.
    @Test(arguments: rows)
    func hash(_ row: Row) throws {
        let hash = try tree(row)?.nar.digest.sri
        if row.isAgreed {
            #expect(hash == row.newest)
        } else {
            #expect(hash == nil || hash == row.newest)
        }
    }

    /// Of every hash that is given, it is told who gives another one, or none; and of nobody else.
    @Test(arguments: rows)
    func divergences(_ row: Row) throws {
        guard let tree = try tree(row) else { return }
        let readers = tree.divergences.flatMap(\.readers)
        for (column, hash) in zip(Self.columns, row.hashes) {
            let said = readers.filter { column.isAmong($0) }
            #expect(said.isEmpty == (hash == row.newest), "\(column.name): \(tree.divergences)")
            // Whoever sees another tree may find it empty, and refuse that.
            if said.contains(where: { $0.effect == .refuses }) { #expect(hash == nil, "\(column.name)") }
        }
    }
}
