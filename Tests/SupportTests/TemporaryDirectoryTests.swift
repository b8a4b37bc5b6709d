import Foundation
import Support
import Testing

@Suite struct TemporaryDirectoryTests {
    @Test func removesReadOnlyAndOddlyNamedFilesAndFollowsNoLink() async throws {
        let outside = TemporaryDirectory()
        try outside.write("kept", "x")
        var directory: TemporaryDirectory? = TemporaryDirectory()
        let path = try #require(directory?.path)
        try directory?.write("deep/er/file", "x", mode: 0o400)
        try await run(
            ["sh", "-c", "ln -s '\(outside.path)' link; : > \"$(printf 'latin\\351')\"; chmod -R a-w ."],
            directory: path)
        directory = nil
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try outside.readText("kept") == "x")
    }

    @Test func environmentHidesThePersonsSettings() async throws {
        let directory = TemporaryDirectory()
        let environment = isolatedEnvironment(home: directory.file("home"))
        let settings = try await run(["git", "config", "--list"], environment: environment, directory: directory.path)
        #expect(settings.stdout == "")
    }
}
