import Foundation
import Support
import Testing

/// That Nix needs for a private pin what `add` says it needs, and that nothing else does.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct PrivateNixTests {
    @Test func nixNeedsWhatAddSays() async throws {
        let server = try await PrivateServer()
        let project = try Project(["PINR_TOKEN_127_0_0_1": server.secret])
        try await project.pinr("add", server.url("/x.tar.gz"), "--name", "t").expect(0, quietly: false)
        try await project.pinr("add", "git+" + server.url("/o/r.git"), "--name", "g").expect(0, quietly: false)
        let folder = TemporaryDirectory()
        let netrc = try folder.write(
            "home/.netrc", "machine 127.0.0.1 login \(server.user) password \(server.secret)\n", mode: 0o600)

        /// Whether a Nix that has nothing in its store or caches can fetch the pin.
        func canFetch(_ name: String, _ options: [String] = [], _ environment: [String: String] = [:]) async throws
            -> Bool
        {
            let nix = try NixSandbox()
            let result = try await nix.nix(
                ["nix-instantiate", "--eval"] + options + ["-E", "(import \(project.file("pins"))).\(name).outPath"],
                environment: environment)
            return result.status == 0
        }

        let file = ["--option", "netrc-file", netrc]
        let tokens = ["--option", "access-tokens", "127.0.0.1=\(server.secret)"]
        let home = ["HOME": folder.file("home")]
        #expect(try await !canFetch("t"))
        #expect(try await canFetch("t", file))
        #expect(try await !canFetch("t", tokens))
        #expect(try await !canFetch("t", [], home))

        #expect(try await !canFetch("g"))
        #expect(try await canFetch("g", [], home))
        #expect(try await !canFetch("g", file))
        #expect(try await !canFetch("g", tokens))
        let helper = try folder.write(
            "helper", "[ \"$1\" = get ] || exit 0\necho username=\(server.user)\necho password=\(server.secret)\n")
        let configuration = try folder.write("gitconfig", "[credential]\n\thelper = !sh \(helper)\n")
        #expect(try await canFetch("g", [], ["GIT_CONFIG_GLOBAL": configuration]))
    }
}
