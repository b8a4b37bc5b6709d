import Foundation
import Support
import Testing

@Suite struct SharedTests {
    @Test(.enabled(if: Shared.isAvailable, Shared.absence)) func readsTheTables() throws {
        let rows = try #require(Shared.truthTable("archives.tsv"))
        #expect(rows.count == 224)
        let names = try #require(rows.first.map { Set($0.keys) })
        #expect(names.isSuperset(of: ["archive", "group", "consensus", "nix2.34.8_fetchTarball", "note"]))
        for row in rows {
            let file = try #require(row["archive"].flatMap { Shared.truth("archives/\($0)") })
            #expect(FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func findsTheProgram() async throws {
        #expect(FileManager.default.fileExists(atPath: "\(packageRoot)/Package.swift"))
        #expect(FileManager.default.isExecutableFile(atPath: Binary.pinr))
    }
}
