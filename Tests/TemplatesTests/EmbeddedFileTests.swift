import Testing

@testable import Templates

struct EmbeddedFileTests {
    @Test func some() { #expect(!EmbeddedFile.all.isEmpty) }
}
