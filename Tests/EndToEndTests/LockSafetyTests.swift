import Foundation
import JSON
import Support
import Synchronization
import Testing

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
            ["flock", project.file("pins"), "-c", "echo held; sleep 4"], environment: ["PATH": "/usr/bin:/bin"])
        while !holder.output().contains("held") { try await Task.sleep(for: .milliseconds(5)) }
        let run = try await project.pinr("freeze", "a")
        #expect(run.status == 0)
        #expect(run.stderr.contains("waiting for another process that is writing `pins/pins.json`"))
    }

    /// A long fetch holds no lock: what another process writes meanwhile is kept, and so is what was fetched.
    @Test func aFetchKeepsNobodyWaiting() async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("big-")
        let url = try upstream.put("slow/\(name).bin", [UInt8](repeating: 7, count: 8000))
        let project = try await NameTests.project(["a"])
        async let slow = project.pinr("add", url, "--name", "slow")
        try await Task.sleep(for: .milliseconds(800))
        try await project.pinr("freeze", "a").expect(0)
        try await slow.expect(0)
        #expect(try project.names() == ["a", "slow"])
        #expect(try project.pin("a")["frozen"] != nil)
    }

    @Test func anUpdateIsNotUndoneByOneThatBeganBefore() async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("big-")
        let path = "slow/\(name).bin"
        let url = try upstream.put(path, [UInt8](repeating: 7, count: 6000))
        let project = try await NameTests.project(["a"])
        try await project.pinr("add", url, "--name", "x").expect(0)
        try upstream.put(path, [UInt8](repeating: 8, count: 6000))
        async let updating = project.pinr("update", "--refetch", "x", "--json")
        try await Task.sleep(for: .milliseconds(800))
        // Meanwhile the pin becomes another one.
        try await project.pinr("add", "file://\(project.file("f.txt"))", "--name", "x", "--force").expect(0)
        let replaced = try project.pin("x")
        let run = try await updating
        run.expect(1)
        expectErrorObject(try run.json["failed"]?[0]?["error"], code: "changed-meanwhile")
        #expect(try project.pin("x") == replaced)
    }
}
