import Archive
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// The archives whose hashes real Nix gave; `truth/archives.tsv`.
@Suite(.enabled(if: Shared.isAvailable, Shared.absence))
struct TruthArchiveTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let archive: String
        let group: String
        let isAgreed: Bool
        /// What `builtins.fetchTarball` of the newest Nix gave; nil when it refused.
        let newest: String?
        var testDescription: String { archive }

        init(_ fields: [String: String]) {
            archive = fields["archive"] ?? ""
            group = fields["group"] ?? ""
            isAgreed = fields["consensus"] == "yes"
            let hash = fields["nix2.34.8_fetchTarball"] ?? ""
            newest = hash.hasPrefix("sha256-") ? hash : nil
        }
    }

    static let rows = Shared.rows("archives.tsv").map(Row.init)

    /// What libarchive 3.8, which the newest Nix is built with, refuses, and 3.6 does not: this program hashes them as
    /// every older Nix does.
    static let refusedByNewerLibraries: Set = ["pax-empty.tar", "pax-global-path.tar", "pax-two-headers.tar"]

    @Test func theTableHasWhatIsTested() {
        #expect(Self.rows.count == 224)
        #expect(Self.rows.filter { ["basic", "order", "mode", "compress"].contains($0.group) }.count == 59)
    }

    @Test(arguments: rows.filter { !refusedByNewerLibraries.contains($0.archive) })
    func archive(_ row: Row) throws {
        let path = try #require(Shared.truth("archives/\(row.archive)"))
        let hash: String?
        do {
            let tree = try ArchiveHash.hash(
                opening: { try FileByteSource(path: path) }, spoolDirectory: "/tmp", cancellation: Cancellation())
            hash = tree.nar.digest.sri
        } catch let error as ArchiveError {
            hash = nil
            if case .unreadable = error { throw error }
        } catch is TreeError {
            hash = nil
        }
        if row.isAgreed {
            #expect(hash == row.newest)
        } else {
            // Where versions of Nix differ, the newest one's hash or none.
            #expect(hash == nil || hash == row.newest)
        }
    }
}
