import Foundation
import JSON
import Support
import Testing

/// A real index of Python packages, which has the simple API in its JSON form and no other.
@Suite(
    .enabled(if: PackageIndex.isAvailable, "left out: there is no simple-repository-server (scripts/install-deps test)")
)
struct PackageIndexTests {
    /// A source archive of a version, made by hand as its specification has it.
    private func archive(_ version: String, in index: PackageIndex) async throws -> [UInt8] {
        let folder = TemporaryDirectory()
        let metadata = "Metadata-Version: 2.1\nName: My_Thing\nVersion: \(version)\n"
        try folder.write("my_thing-\(version)/PKG-INFO", metadata)
        let bytes = try await run(["tar", "-cz", "my_thing-\(version)"], directory: folder.path).stdoutBytes
        try index.put("my-thing/my_thing-\(version).tar.gz", bytes)
        return bytes
    }

    @Test func packagesArePinnedFromIt() async throws {
        let index = try PackageIndex()
        let first = try await archive("1.9", in: index)
        try await index.start()
        defer { index.stop() }
        for base in [index.baseURL, index.baseURL + "/simple/"] {
            let project = try Project(["PINR_PYPI_HOST": base])
            try await project.pinr("add", "pypi:My.Thing").expect(0)
            let locked = try project.pin("my-thing")["locked"]
            #expect(locked?["version"] == "1.9")
            #expect(locked?["name"] == "my_thing-1.9.tar.gz")
            let said = try await run(["openssl", "dgst", "-sha256", "-binary"], input: first)
            #expect(locked?["hash"] == .string("sha256-" + Data(said.stdoutBytes).base64EncodedString()))
            try await project.pinr("verify").expect(0)
            try await project.pinr("add", "pypi:absent").expectFailure(saying: "there is no package `pypi:absent`")
        }

        let project = try Project(["PINR_PYPI_HOST": index.baseURL])
        try await project.pinr("add", "pypi:my-thing").expect(0)
        _ = try await archive("1.10", in: index)
        _ = try await archive("2.0rc1", in: index)
        #expect(try await project.pinr("update").expect(0).lines == ["my-thing: 1.9 → 1.10"])
        try await project.pinr("add", "pypi:my-thing", "--pre-releases", "--name", "pre").expect(0)
        #expect(try project.pin("pre")["locked"]?["version"] == "2.0rc1")
    }
}

/// simple-repository-server on loopback, over a folder of packages.
final class PackageIndex {
    private static let executable = "\(packageRoot)/.build/package-index/bin/simple-repository-server"
    static let isAvailable = FileManager.default.isExecutableFile(atPath: executable)

    private let folder = TemporaryDirectory()
    private var server: (port: UInt16, process: BackgroundProcess)?

    init() throws { try folder.makeDirectory("packages") }

    var baseURL: String { "http://127.0.0.1:\(server?.port ?? 0)" }

    /// Puts a file into the folder of a package.
    func put(_ path: String, _ bytes: [UInt8]) throws { try folder.write("packages/\(path)", bytes) }

    /// Starts it and waits until it answers.
    func start() async throws {
        let packages = folder.file("packages")
        server = try await listenOnFreePort { port in
            try BackgroundProcess([Self.executable, packages, "--host", "127.0.0.1", "--port", "\(port)"])
        } until: { process in
            process.output().contains("Uvicorn running on")
        }
    }

    func stop() { server?.process.stop() }
}
