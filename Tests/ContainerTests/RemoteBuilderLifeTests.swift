import Foundation
import Support
import Testing

/// What stays of a builder, and what does not: through stops, restarts, new images, and after `down`.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: RemoteBuilderImage.isAvailable, BuilderBase.absence))
struct RemoteBuilderLifeTests {
    @Test("the store survives a restart, a new container, another image and down --keep", arguments: Podman.usable)
    func storeSurvives(rights: Podman.Rights) async throws {
        let podman = try await RemoteBuilderPodman.shared(rights)
        let builder = try await RemoteBuilder(podman)
        let nix = try NixSandbox()
        try await builder.whileUp {
            let result = try await builder.build(nix)
            #expect(result.status == 0, "\(result.stderr)")
            let path = result.trimmed
            let line = try await builder("machines-line")
            let id = try await podman("container", "inspect", "--format", "{{.Id}}", builder.name)

            let again = try await builder.attempt("up", "--image", RemoteBuilderImage.name)
            #expect(again.status == 0)
            #expect(again.stderr.contains("\(builder.name) runs already at 127.0.0.1:"), "\(again.stderr)")
            #expect(try await podman("container", "inspect", "--format", "{{.Id}}", builder.name) == id)

            try await podman("restart", builder.name)
            try await builder("up", "--image", RemoteBuilderImage.name)
            #expect(try await builder.has(path), "after podman restart")

            try await builder("stop")
            #expect(try await builder.attempt("status").status == 3)
            try await builder("up", "--image", RemoteBuilderImage.name)
            #expect(try await builder.has(path), "after stop")

            let other = try await builder.attempt("up", "--image", RemoteBuilderImage.untrusting)
            #expect(other.status == 0, "\(other.stderr)")
            #expect(other.stderr.contains("its image changed"), "\(other.stderr)")
            #expect(try await builder.has(path), "after another image")

            let down = try await builder.attempt("down", "--keep")
            #expect(down.status == 0)
            #expect(down.stderr.contains("kept: volume \(builder.name)-store"), "\(down.stderr)")
            #expect(try await podman.attempt(["container", "exists", builder.name]).status == 1)
            try await builder("up", "--image", RemoteBuilderImage.name)
            #expect(try await builder.has(path), "after down --keep")
            // Nothing that Nix was told of it has changed by all that.
            #expect(try await builder("machines-line") == line)
            let last = try await builder.build(nix)
            #expect(last.status == 0, "\(last.stderr)")
        }
    }

    @Test(
        "down leaves nothing: no container, volume, network, forwarded port, process or file", arguments: Podman.usable)
    func downLeavesNothing(rights: Podman.Rights) async throws {
        // A podman that nobody else uses meanwhile.
        let podman = try await Podman(rights)
        try await RemoteBuilderImage.load(into: podman)
        let builder = try await RemoteBuilder(podman)
        let nix = try NixSandbox()
        // What podman leaves behind by itself, once it has run anything, is there before.
        try await podman("run", "--rm", "--entrypoint", "/bin/true", RemoteBuilderImage.name)
        let isAlone = try await eventually { try await !processes(podman).contains("conmon") }
        #expect(isAlone, "podman's monitor does not end")
        let before = try await state(of: podman, builder)
        try await builder.whileUp {
            let result = try await builder.build(nix)
            #expect(result.status == 0, "\(result.stderr)")
            let during = try await state(of: podman, builder)
            #expect(during["containers"] != before["containers"])
            #expect(during["volumes"] != before["volumes"])
            #expect(during["files"] != before["files"])
            #expect(during["processes"] != before["processes"])
            let port = try await builder.port()
            #expect(try await rules(podman).contains(" \(port) ") == (rights == .rootful))
            let down = try await builder.attempt("down")
            #expect(down.status == 0, "\(down.stderr)")
            for what in ["container", "volume", "keys"] { #expect(down.stderr.contains("removed the \(what)")) }
            #expect(try await ended(podman, before["processes"] ?? ""))
            let after = try await state(of: podman, builder)
            for (kind, what) in before { #expect(after[kind] == what, "\(kind)") }
            #expect(!(try await rules(podman).contains(" \(port) ")), "the kernel still forwards port \(port)")
            // Once more there is nothing to do.
            #expect(try await builder.attempt("down").status == 0)
        }
    }

    @Test("a volume that was there before is used, and stays")
    func foreignVolume() async throws {
        let podman = try await RemoteBuilderPodman.shared(.rootful)
        let builder = try await RemoteBuilder(podman)
        let volume = "mine-\(UUID().uuidString)"
        try await podman("volume", "create", volume)
        try await builder.whileUp("--volume", volume) {}
        #expect(try await podman.attempt(["volume", "exists", volume]).status == 0)
        try await podman("volume", "rm", volume)
    }

    /// What the kernel does to connections, for podman of root: it says so of itself in one form or the other.
    private func rules(_ podman: Podman) async throws -> String {
        let tables = "{ iptables-save; nft list ruleset; } 2>/dev/null; true"
        return try await run(podman.insideAsRoot(["sh", "-c", tables])).stdout
    }

    /// What there is, by kind.
    private func state(of podman: Podman, _ builder: RemoteBuilder) async throws -> [String: String] {
        var state: [String: String] = [:]
        state["containers"] = try await podman("ps", "--all", "--quiet")
        state["volumes"] = try await podman("volume", "ls", "--quiet")
        state["networks"] = try await podman("network", "ls", "--quiet")
        state["secrets"] = try await podman("secret", "ls", "--quiet")
        state["images"] = try await podman("images", "--all", "--quiet")
        state["files"] = try await podman.runInside(["find", builder.stateHome, podman.environment["TMPDIR"] ?? ""])
            .trimmed
        state["processes"] = try await processes(podman)
        return state
    }

    /// The names of what runs in the podman's own namespace, without what is asking.
    ///
    /// What has ended and waits to be reaped does not run: process 1 of that namespace reaps nothing.
    private func processes(_ podman: Podman) async throws -> String {
        let program = "/^Name:/ { name = $2 } /^State:/ && $2 != \"Z\" { print name }"
        let text = try await podman.runInside(["sh", "-c", "awk '\(program)' /proc/[0-9]*/status 2>/dev/null; true"])
            .stdout
        return text.split(separator: "\n").filter { !["sh", "awk", "mawk", "nsenter", "setpriv"].contains($0) }
            .sorted().joined(separator: " ")
    }

    /// Whether the processes are what they were: a monitor ends after podman, which does not wait for it.
    private func ended(_ podman: Podman, _ before: String) async throws -> Bool {
        let hasEnded = try await eventually { try await processes(podman) == before }
        if !hasEnded { Issue.record("still there: \(try await processes(podman)); before: \(before)") }
        return hasEnded
    }
}
