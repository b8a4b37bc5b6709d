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

    /// The network that `scripts/own-network` was started in.
    private static let outerNetwork = ProcessInfo.processInfo.environment["PINR_OUTER_NETWORK"]

    /// Whether what podman of root does to the network is kept from this machine, as `scripts/own-network` keeps it.
    static let haveOwnNetwork: Bool = {
        func network(_ path: String) -> String? { try? FileManager.default.destinationOfSymbolicLink(atPath: path) }
        guard let outer = outerNetwork.flatMap(network), let own = network("/proc/self/ns/net") else { return false }
        return own != outer
    }()

    /// What a program is run with that fetches something: it reaches servers where `scripts/own-network` was started.
    static func reachingOut(_ argv: [String]) -> [String] {
        guard let outerNetwork else { return argv }
        return ["nsenter", "--net=\(outerNetwork)", "--"] + argv
    }

    /// Puts templates, and those that they need, into the project in a folder, as a person does, but for their pins.
    static func apply(_ templates: [String], to folder: String) async throws {
        let home = TemporaryDirectory()
        try await run(
            [Binary.pinr, "template", "apply"] + templates + [folder, "--no-pins"],
            environment: isolatedEnvironment(home: home.path))
    }
}
