import Foundation
import Support
import Testing

/// What the tests of containers wait for: `make test-containers` asks for them, since they build images for minutes.
enum ContainerTests {
    /// Whether they are wanted, for `.enabled(if:)`.
    static let areWanted = ProcessInfo.processInfo.environment["PINR_TEST_CONTAINERS"] != nil

    /// Why they were left out.
    static let absence: Comment = "left out: PINR_TEST_CONTAINERS is not set (make test-containers)"

    /// Where root file systems are kept for the next time.
    static let roots = ProcessInfo.processInfo.environment["PINR_CONTAINER_ROOTS"] ?? "/tmp/pinr-container-roots"

    /// A shell, and all that belongs to it, in one program that needs no libraries: what small images are made of.
    static let busybox = isInstalled("busybox-static") ? "/usr/bin/busybox-static" : "/bin/busybox"

    /// Puts templates, and those that they need, into the project in a folder, as a person does, but for their pins.
    static func apply(_ templates: [String], to folder: String) async throws {
        let home = TemporaryDirectory()
        try await run(
            [Binary.pinr, "template", "apply"] + templates + [folder, "--no-pins"],
            environment: isolatedEnvironment(home: home.path))
    }
}
