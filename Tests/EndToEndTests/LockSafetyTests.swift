import Foundation
import JSON
import Support
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Many processes at once on one lock: each change is there in the end, and whoever reads sees a whole file.
@Suite struct LockSafetyTests {
    private func everyone(_ commands: [[String]], in project: Project) async throws -> [Run] {
        try await withThrowingTaskGroup(of: Run.self) { group in
            for command in commands { group.addTask { try await project.pinr(command) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func twentyAtOnceLoseNothing() async throws {
        let old = (1...10).map { "old\($0)" }
        let new = (1...10).map { "new\($0)" }
        let project = try await NameTests.project(old)
        let source = "file://\(project.file("f.txt"))"
        let commands =
            old.map { ["freeze", $0, "--reason", "because of \($0)"] } + new.map { ["add", source, "--name", $0] }
        // Who has to wait for long says so.
        for run in try await everyone(commands.shuffled(), in: project) { run.expect(0, quietly: false) }
        #expect(try project.names() == (old + new).sorted())
        for name in old {
            #expect(try project.pin(name)["frozen"]?["reason"]?.string == "because of \(name)")
        }
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
    }

    @Test func twentyThatMakeTheLockLoseNothing() async throws {
        let project = try Project()
        try project.write("f.txt", "f\n")
        let names = (1...20).map { "pin\($0)" }
        let commands = names.map { ["add", "file://\(project.file("f.txt"))", "--name", $0] }
        for run in try await everyone(commands, in: project) { run.expect(0, quietly: false) }
        #expect(try project.names() == names.sorted())
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
    }

    @Test func whoReadsSeesAWholeFile() async throws {
        let project = try await NameTests.project((1...10).map { "pin\($0)" })
        let isDone = Mutex(false)
        async let writing: Void = {
            defer { isDone.withLock { $0 = true } }
            for number in 1...15 {
                try await project.pinr(
                    "freeze", "pin1", "--reason", String(repeating: "\(number)", count: number * 500)
                )
                .expect(0)
                try await project.pinr("unfreeze", "pin1").expect(0)
            }
        }()
        var sizes: Set<Int> = []
        while !isDone.withLock({ $0 }) {
            for _ in 0..<100 {
                #expect(try project.names().count == 10)
                sizes.insert(try project.read("pins/pins.json").count)
            }
            #expect(try await project.pinr("show", "--plain").expect(0).lines.count == 10)
        }
        try await writing
        // It was read while it was written.
        #expect(sizes.count > 2)
    }

    @Test func whoWaitsForAnotherSaysSo() async throws {
        let project = try await NameTests.project(["a"])
        let holder = try BackgroundProcess(
            ["flock", project.file("pins"), "-c", "echo held; exec sleep 600"], environment: ["PATH": "/usr/bin:/bin"])
        try await until("the lock is held") { holder.output().contains("held") }
        let (process, _) = try project.start(["freeze", "a"])
        try await until("it says so") {
            process.output().contains("waiting for another process that is writing `pins/pins.json`")
        }
        #expect(process.isRunning)
        holder.stop()
        #expect(try await process.wait() == 0, "\(process.output())")
        #expect(try project.pin("a")["frozen"] != nil)
    }

    /// A long fetch holds no lock: what another process writes meanwhile is kept, and so is what was fetched.
    @Test func aFetchKeepsNobodyWaiting() async throws {
        let project = try await NameTests.project(["a"])
        let server = try await heldServer(project)
        try project.write("held", "")
        async let slow = project.pinr("add", server.url("/x.bin"), "--name", "slow")
        try await until("it is fetching") { !server.requests.isEmpty }
        try await project.pinr("freeze", "a").expect(0)
        #expect(try project.names() == ["a"])
        unlink(project.file("held"))
        try await slow.expect(0)
        #expect(try project.names() == ["a", "slow"])
        #expect(try project.pin("a")["frozen"] != nil)
    }

    @Test func anUpdateIsNotUndoneByOneThatBeganBefore() async throws {
        let project = try await NameTests.project(["a"])
        let server = try await heldServer(project)
        try await project.pinr("add", server.url("/x.bin"), "--name", "x").expect(0)
        let before = server.requests.count
        try project.write("held", "")
        async let updating = project.pinr("update", "--refetch", "x", "--json")
        try await until("it is fetching") { server.requests.count > before }
        // Meanwhile the pin becomes another one.
        try await project.pinr("add", "file://\(project.file("f.txt"))", "--name", "x", "--force").expect(0)
        let replaced = try project.pin("x")
        unlink(project.file("held"))
        let run = try await updating
        run.expect(1)
        expectErrorObject(try run.json["failed"]?[0]?["error"], code: "changed-meanwhile")
        #expect(try project.pin("x") == replaced)
    }

    /// A server that answers nobody while there is a file `held` in the project, and something else to those who waited.
    private func heldServer(_ project: Project) async throws -> HandlerServer {
        try await HandlerServer(
            """
            import os
            held = os.path.exists('\(project.file("held"))')
            while os.path.exists('\(project.file("held"))'): time.sleep(0.01)
            self.reply(200, {}, b'8' if held else b'7')
            """)
    }

    /// Waits until something is so.
    private func until(_ what: String, _ isSo: () -> Bool) async throws {
        let isThere = try await eventually(isSo)
        try #require(isThere, "never came: \(what)")
    }
}
