import Migration
import Testing

/// What is known of every tool.
struct ForeignToolTests {
    @Test func aFolderStandsForTheLockInIt() {
        #expect(ForeignTool.npins.pathsInFolder == ["sources.json", "npins/sources.json"])
        #expect(ForeignTool.niv.pathsInFolder == ["sources.json", "nix/sources.json"])
        #expect(ForeignTool.flake.pathsInFolder == ["flake.lock"])
        #expect(ForeignTool.lon.pathsInFolder == ["lon.lock"])
    }
}
