import Foundation
import Support
import Testing

/// `hash --unpack`, held to what real Nix gave for each archive of `truth/archives.tsv`.
@Suite(.enabled(if: Shared.isAvailable, Shared.absence))
struct TruthArchiveTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let archive: String
        /// Whether all versions of Nix, in both of its ways to unpack, say the same.
        let isAgreed: Bool
        /// What `builtins.fetchTarball` of the newest Nix gave; nil when it refused.
        let hash: String?
        /// What Nix 2.8 says of it.
        let complaint: String
        var testDescription: String { archive }

        init(_ fields: [String: String]) {
            archive = fields["archive"] ?? ""
            isAgreed = fields["consensus"] == "yes"
            let newest = fields["nix2.34.8_fetchTarball"] ?? ""
            hash = newest.hasPrefix("sha256-") ? newest : nil
            complaint = fields["prefetch_error"] ?? ""
        }

        /// The name of the entry that Nix complains of, where it does, up to a length that is said in full.
        var entryThatNixNames: String? {
            guard let start = complaint.range(of: "$TMP/") else { return nil }
            let name = complaint[start.upperBound...].prefix { !" ')".contains($0) }.drop { $0 == "/" }
            return String(name.prefix(150))
        }
    }

    static let rows = Shared.rows("archives.tsv").map(Row.init)

    /// What else has to be said of what is refused: the entry, and what it collides with, or the format.
    static let words: [String: [String]] = [
        "weird-names.tar": ["`x/.git`"], "symlink-empty-target.tar": ["symbolic link `x/l`"],
        "hardlink-missing.tar": ["`x/b`", "`x/nope`"], "hardlink-to-dir.tar": ["`x/h`", "directory `x/d`"],
        "hardlink-abs.tar": ["`x/h`", "`/etc/hostname`"], "hardlink-dotdot.tar": ["`x/h`", "/etc/hostname`"],
        "hardlink-relative-wrong.tar": ["`x/h`", "`a`"], "hardlink-through-symlink.tar": ["`x/h`", "`x/s/a`"],
        "dup-nonempty-dir-then-file.tar": ["`x/d`", "directory", "file"],
        "dup-file-then-symlink.tar": ["`x/f`", "file", "symbolic link"], "dot-name-file.tar": ["`x/.`"],
        "pax-empty.tar": ["`x/f`", "empty `x` header"], "pax-global-path.tar": ["`x/`", "global header with `path`"],
        "pax-two-headers.tar": ["`x/two`", "second `x` header"],
        "dup-symlink-then-dir.tar": ["`x/d/`", "symbolic link", "directory"],
        "dup-symlink-then-dir-only.tar": ["`x/d/`", "symbolic link", "directory"],
        "through-symlink-up.tar": ["`x/l/evil`", "`x/l`"], "through-symlink-top.tar": ["`x/f`", "`x`"],
        "through-symlink-dangling.tar": ["`x/l/f`", "`x/l`"], "zip-symlink-through.zip": ["`x/l`"],
        "chardev.tar": ["`x/null`", "character device"], "chardev-outside-top.tar": ["`null`", "character device"],
        "fifo-overwritten.tar": ["`x/fifo`", "FIFO"],
        "size-8g-nodata.tar": ["`x/f`"], "size-8g-octal-nodata.tar": ["`x/f`"], "truncated-data.tar": ["`x/f`"],
        "truncated-padding.tar": ["`x/f`"], "truncated-padding-partial.tar": ["`x/f`"],
        "comp-xz-truncated-late.tar.xz": ["`x/s`"], "zip-badcrc.zip": ["`x/f`", "CRC"],
        "zip-encrypted.zip": ["`x/f`", "Passphrase"], "zip-method-99.zip": ["`x/f`", "99"],
        "name-comp-256.tar": ["255 bytes"], "name-path-5000.tar": ["4095 bytes"],
        "format-cpio-newc.cpio": ["cpio"], "format-cpio-odc.cpio": ["cpio"], "format-7z-utf8.7z": ["7-Zip"],
        "format-xar.xar": ["xar"], "format-ar.a": [" ar "], "size-negative.tar": ["negative size"],
        "size-huge-b256.tar": ["size overflow"],
    ]

    /// What is refused where there is no entry: before the first, between two, or for what is around the archive.
    static let withoutEntry: Set = [
        "bad-checksum-first.tar", "format-shar.shar", "notanarchive.txt", "notanarchive.html", "notanarchive-1byte",
        "comp-gz-reserved-flag.tar.gz", "comp-gz-notrailer.tar.gz", "comp-gz-shorttrailer.tar.gz",
        "comp-gz-truncated.tar.gz", "comp-gz-corrupt.tar.gz", "comp-bz2-truncated.tar.bz2", "comp-bz2-badcrc.tar.bz2",
        "comp-zst-trailing-garbage.tar.zst", "comp-zst-truncated.tar.zst", "comp-zst-truncated-late.tar.zst",
        "garbage-no-eof.tar", "trailing-slash-file-data.tar", "truncated-pax.tar", "pax-at-end.tar",
        "zip-unicode-path-extra.zip", "zip-local-only.zip", "empty-name.tar", "gnu-empty-long.tar",
    ]

    @Test(arguments: rows)
    func anArchiveHashesAsNixHashesItOrIsRefused(_ row: Row) async throws {
        let run = try await hash(row.archive)
        // Where versions of Nix differ, the newest one's hash or none.
        if let hash = row.hash, row.isAgreed || run.status == 0 {
            #expect(run.stdout == hash + "\n", "\(run)")
            #expect(run.status == 0, "\(run)")
            return
        }
        run.expectFailure(saying: row.archive)
        if let entry = row.entryThatNixNames { #expect(run.stderr.contains(entry), "\(entry) is not said: \(run)") }
        for word in Self.words[row.archive] ?? [] { #expect(run.stderr.contains(word), "\(word) is not said: \(run)") }
        #expect(
            Self.words[row.archive] != nil || row.entryThatNixNames != nil || Self.withoutEntry.contains(row.archive),
            "what has to be said of it? \(run)")
        #expect(!run.stderr.contains("no reason given"), "\(run)")
    }

    @Test func whereVersionsOfNixDifferThatIsSaid() async throws {
        var silent: [String] = []
        for row in Self.rows where !row.isAgreed {
            let run = try await hash(row.archive)
            if run.status == 0 && !(run.stderr.contains("warning: ") && run.stderr.contains("Nix")) {
                silent.append(row.archive)
            }
        }
        #expect(silent.isEmpty, "\(silent.joined(separator: " "))")
    }

    private func hash(_ archive: String) async throws -> Run {
        let path = try #require(Shared.truth("archives/\(archive)"))
        return try await Project().pinr("hash", "--unpack", path)
    }
}
