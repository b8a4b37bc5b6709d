import Foundation
import Support
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The podman that the tests of containers have for themselves.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: Podman.isAvailable, Podman.absence))
struct PodmanTests {
    @Test(arguments: Podman.usable)
    func `builds and runs an image, and leaves nothing`(_ rights: Podman.Rights) async throws {
        var podman: Podman? = try await Podman(rights)
        let path: String
        do {
            let podman = try #require(podman)
            path = podman.file("")
            try podman.write("image/Containerfile", "FROM scratch\nCOPY busybox /bin/sh\nRUN id -u >/id\n")
            try FileManager.default.copyItem(atPath: ContainerTests.busybox, toPath: podman.file("image/busybox"))
            try await podman.own(podman.file("image"))

            try await podman("build", "--network", "none", "--tag", "localhost/small:1", podman.file("image"))
            // What is its root is outside whoever started it: the file says who that was.
            let run = ["run", "--rm", "--network", "none", "--volume", "\(podman.file("image")):/image"]
            let ran = try await podman(run + ["localhost/small:1", "sh", "-c", "cat /id; : >/image/made; exit 0"])
            #expect(ran == "0")
            let made = try FileManager.default.attributesOfItem(atPath: podman.file("image/made"))
            #expect(made[.ownerAccountID] as? Int == (rights == .rootful ? 0 : 54321))

            let failed = try await podman.attempt(run + ["localhost/small:1", "sh", "-c", "exit 7"])
            #expect(failed.status == 7)
            try await podman("run", "--detach", "--network", "none", "localhost/small:1", "sh", "-c", "sleep 600")
        }
        podman = nil
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(!(try String(contentsOfFile: "/proc/mounts", encoding: .utf8)).contains(path))
    }
}
