import Foundation
import NixHash
import OCI
import Support
import Testing

/// Real skopeo, of this machine or of a root file system of its own, as `dockerTools.pullImage` calls it.
struct Skopeo: Sendable, CustomTestStringConvertible {
    /// What enters the root; nothing for this machine's.
    let root: String?

    static let isAvailable = FileManager.default.isExecutableFile(atPath: "/usr/bin/skopeo")
    static let absence: Comment = "left out: skopeo is not installed"

    /// The root of a system with skopeo 1.18, as `scripts/test-skopeo-versions` makes one.
    static let newer: Skopeo? = {
        guard let root = ProcessInfo.processInfo.environment["PINR_TEST_SKOPEO_ROOT"] else {
            FileHandle.standardError.write(
                Data(
                    "note: left out: comparing with skopeo 1.18 (PINR_TEST_SKOPEO_ROOT); its hashes are compared\n".utf8
                ))
            return nil
        }
        return Skopeo(root: root)
    }()

    static let local = Skopeo(root: nil)

    var testDescription: String { root == nil ? "skopeo of this machine" : "skopeo of PINR_TEST_SKOPEO_ROOT" }

    /// The hash of the archive that it makes.
    /// - Parameter source: `HOST/REPOSITORY@DIGEST`
    /// - Throws: `ProcessError` when it fails.
    func hash(
        _ source: String, name: String, tag: String, os: String = "linux", architecture: String = "amd64"
    ) async throws -> String {
        let home = TemporaryDirectory()
        let inside = root == nil ? home.path : "/tmp/\(home.path.split(separator: "/").last ?? "pinr-test")"
        let outside = (root ?? "") + inside
        if root != nil { try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true) }
        defer { if root != nil { try? FileManager.default.removeItem(atPath: outside) } }
        try await run(
            (root.map { ["chroot", $0] } ?? []) + [
                "skopeo", "--insecure-policy", "--tmpdir", inside, "--override-os", os, "--override-arch", architecture,
                "copy", "--quiet", "--src-tls-verify=false", "docker://\(source)",
                "docker-archive://\(inside)/image.tar:\(name):\(tag)",
            ], environment: ["HOME": inside], timeout: .seconds(300))
        return try await run(["sha256sum", "\(outside)/image.tar"]).stdout.split(separator: " ").first.map(String.init)
            ?? ""
    }
}
