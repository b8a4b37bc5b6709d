import Foundation
import NixHash
import Support
import Testing

/// What stands for Alpine in the tests of the builder's image: a base image, and packages signed with a key that it trusts.
enum BuilderBase: String, Sendable, CaseIterable, CustomTestStringConvertible {
    /// Debian with BusyBox and a stand-in for apk, which is to be had wherever Debian's packages are.
    case debian
    /// Alpine's own root file system, with its own apk, where somebody has one.
    case alpine

    var testDescription: String {
        self == .debian ? "Debian with a stand-in for apk" : "Alpine of PINR_TEST_ALPINE_ROOTFS"
    }

    /// Alpine's root file system, a tar archive as it is published.
    static let alpineRoot = ProcessInfo.processInfo.environment["PINR_TEST_ALPINE_ROOTFS"]

    /// Those that can be used here, for the arguments of a test.
    static let usable: [BuilderBase] = {
        if alpineRoot == nil {
            let note = "note: Alpine itself is left out, Debian stands for it: PINR_TEST_ALPINE_ROOTFS is not set\n"
            FileHandle.standardError.write(Data(note.utf8))
        }
        return [.debian] + (alpineRoot == nil ? [] : [.alpine])
    }()

    /// Whether it can be made here, for `.enabled(if:)`.
    static let isAvailable =
        BootstrapWorld.isAvailable && NixSandbox.canBuild
        && ["mmdebstrap", "openssl", "python3"].allSatisfy(isInstalled)

    /// Why tests that need one were left out.
    static let absence: Comment =
        "left out: the builder's image takes mmdebstrap, openssl, and all that container_build.sh takes"

    /// The root file system.
    func archive() async throws -> String {
        if self == .alpine, let root = Self.alpineRoot { return root }
        return try await Self.folder.value + "/base.tar"
    }

    /// The folder with the packages, their index, and `key.rsa.pub` in the one above.
    static func packages() async throws -> String { try await folder.value + "/packages" }

    /// Puts the packages and their index below `/alpine`, as Alpine's servers have them.
    static func publishPackages(on web: WebServer) async throws {
        let packages = try await packages()
        for name in try FileManager.default.contentsOfDirectory(atPath: packages) {
            try web.put("alpine/x86_64/\(name)", Data(contentsOf: URL(fileURLWithPath: "\(packages)/\(name)")))
        }
    }

    /// Made once on a machine, which takes minutes, and once more when what makes it has changed.
    private static let folder = Task {
        let script = "\(packageRoot)/Tests/Fixtures/builder-base/make-base"
        let text = Array(try Data(contentsOf: URL(fileURLWithPath: script)))
        let folder = "\(ContainerTests.roots)/builder-base-\(SHA256.hash(text).hex.prefix(12))"
        var environment = ProcessInfo.processInfo.environment
        environment["TMPDIR"] = nil
        try await run(ContainerTests.reachingOut([script, folder]), environment: environment, timeout: .seconds(900))
        return folder
    }
}
