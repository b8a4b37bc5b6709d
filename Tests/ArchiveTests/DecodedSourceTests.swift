import Archive
import Support
import Testing

/// Compressions that are taken off a stream, one or all.
struct DecodedSourceTests {
    private static let contents = Array("some contents, and more of them\n".utf8)

    private func decoded(
        _ bytes: [UInt8], _ coats: DecodedSource.Coats, _ inflation: Inflation = .exact
    ) throws -> [UInt8] {
        let source = DecodedSource(MemoryByteSource(bytes), coats: coats, inflation: inflation)
        var (all, chunk): ([UInt8], [UInt8]) = ([], [])
        while try source.next(&chunk) { all += chunk }
        return all
    }

    @Test(arguments: ["gzip -nc", "zstd -qc", "bzip2 -c", "xz -c"])
    func `One coat comes off, or all`(inner: String) async throws {
        let input = Self.contents
        for outer in ["gzip -nc", "zstd -qc", "bzip2 -c", "xz -c"] {
            let once = try await run(["sh", "-c", inner], input: input).stdoutBytes
            let twice = try await run(["sh", "-c", outer], input: once).stdoutBytes
            for inflation in [Inflation.exact, .fast] {
                #expect(try decoded(twice, .all, inflation) == input)
                #expect(try decoded(twice, .outermost, inflation) == once)
                #expect(try decoded(once, .outermost, inflation) == input)
            }
        }
    }

    @Test(
        .enabled(if: Inflation.isFastAvailable, "left out: ISA-L is not installed"),
        arguments: [[0], [UInt8](repeating: 0, count: 100_000), Array("text".utf8)])
    func `Behind one coat of gzip nothing stands`(rest: [UInt8]) async throws {
        let packed = try await run(["gzip", "-nc"], input: Self.contents).stdoutBytes
        #expect(try decoded(packed + rest, .all, .fast) == Self.contents)
        #expect(throws: ArchiveError.self) { try decoded(packed + rest, .outermost, .fast) }
        // Another member is no rest.
        #expect(try decoded(packed + packed, .outermost, .fast) == Self.contents + Self.contents)
    }

    @Test(arguments: [DecodedSource.Coats.all, .outermost]) func `What has no coat is refused`(
        coats: DecodedSource.Coats
    ) {
        #expect(throws: ArchiveError.self) { try decoded(Self.contents, coats) }
    }
}
