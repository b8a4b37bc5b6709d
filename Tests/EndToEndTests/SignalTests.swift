import Foundation
import JSON
import Support
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// ^C, SIGTERM and a terminal that goes, in the middle of the work: the status of the signal, and nothing left of it.
@Suite struct SignalTests {
    /// What a program may be in the middle of.
    enum Work: String, CaseIterable {
        case file, archive, zip, pack, ssh
    }

    @Test(arguments: Work.allCases, [SIGINT, SIGTERM, SIGHUP])
    func anInterruptedDownloadLeavesNothing(_ work: Work, signal: Int32) async throws {
        let upstream = try await Upstream.shared()
        var project = try await NameTests.project(["kept"])
        let before = try project.read("pins/pins.json")
        let source = try await slowSource(work, upstream, &project)
        let (process, temporary) = try project.start(["add", source, "--name", "x"])
        try await untilBusy(process)
        if work == .pack {
            // There is something to clean up by then.
            #expect(
                try await eventually { (try? FileManager.default.contentsOfDirectory(atPath: temporary).count) == 1 })
        }

        // To the program alone: what it has started is its own to end.
        kill(process.id, signal)
        #expect(try await process.wait() == 128 + signal, "\(process.output())")
        #expect(process.output().contains("interrupted"))
        try expectNothingLeft(in: temporary, #_sourceLocation)
        #expect(try project.read("pins/pins.json") == before)
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
        // What it started is told to end with it, and takes its moment.
        #expect(try await eventually { processes(withTMPDIR: temporary).isEmpty })
        // The lock is free for the next one.
        try await project.pinr("freeze", "kept").expect(0)
    }

    @Test(arguments: [["update", "--refetch"], ["verify"]])
    func anInterruptedRunSavesNothingAndSaysSo(_ command: [String]) async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("later-")
        let url = try upstream.put("files/\(name).bin", [1])
        let project = try await NameTests.project(["kept"])
        try await project.pinr("add", url, "--name", "x").expect(0)
        // The same place, and now it takes its time.
        try project.edit(url, to: url.replacing("/files/", with: "/slow/"))
        try upstream.put("slow/\(name).bin", [UInt8](repeating: 2, count: 1 << 20))
        let before = try project.read("pins/pins.json")
        let (process, temporary) = try project.start(command + ["--json"])
        try await untilBusy(process)
        kill(process.id, SIGINT)
        #expect(try await process.wait() == 130)
        #expect(process.output().contains("\"code\": \"interrupted\""), "\(process.output())")
        try expectNothingLeft(in: temporary, #_sourceLocation)
        #expect(try project.read("pins/pins.json") == before)
    }

    /// A run that waits for the lock of another can be interrupted too.
    @Test func theWaitForTheLockCanBeInterrupted() async throws {
        let project = try await NameTests.project(["a"])
        let before = try project.read("pins/pins.json")
        let holder = open(project.file("pins"), O_RDONLY)
        defer { close(holder) }
        #expect(flock(holder, LOCK_EX) == 0)
        let (process, temporary) = try project.start(["freeze", "a"])
        try await untilBusy(process)
        kill(process.id, SIGTERM)
        #expect(try await process.wait() == 143)
        try expectNothingLeft(in: temporary, #_sourceLocation)
        #expect(try project.read("pins/pins.json") == before)
    }

    // MARK: Sources that keep one waiting

    private func slowSource(_ work: Work, _ upstream: Upstream, _ project: inout Project) async throws -> String {
        let name = upstream.uniqueName("slow-")
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<40000).map { _ in String(generator.next(), radix: 36) }.joined()
        switch work {
        case .file: return try upstream.put("slow/\(name)", noise.utf8)
        case .archive:
            return try upstream.put("slow/\(name).tar.gz", try await upstream.archive(name, ["a": noise]))
        case .zip:
            let bytes = try await upstream.archive(name, ["a": noise], command: ["zip", "-qr"], ending: "zip")
            return try upstream.put("slow/\(name).zip", bytes)
        case .pack, .ssh:
            let repository = try await TestRepository(at: upstream.directory.file("work/\(name)"))
            try repository.write("a", noise)
            try await repository.commit("one")
            let bare = try await repository.bareCopy(at: "\(upstream.root)/slow/\(name).git")
            // For ssh a child of the program's that stops in the middle of the pack, or one that never answers; it must
            // not outlive the program.
            let ssh = try project.directory.write("ssh", Self.stoppingSSH, mode: 0o755)
            project.environment["GIT_SSH_COMMAND"] = work == .pack ? "exec '\(ssh)'" : "exec sleep 600 #"
            return "ssh://127.0.0.1\(bare.path)"
        }
    }

    private static let stoppingSSH = """
        #!/usr/bin/env python3
        import subprocess, sys, time
        server = subprocess.Popen(["sh", "-c", sys.argv[-1]], stdout=subprocess.PIPE)
        sent = 0
        while sent < 50000:
            chunk = server.stdout.read1(1000)
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            sent += len(chunk)
        time.sleep(600)
        """

    /// Waits until the program is in the middle of its work: it has its threads, and had time to ask for something.
    private func untilBusy(
        _ process: BackgroundProcess, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let threads = "/proc/\(process.id)/task"
        #expect(
            try await eventually(while: { process.isRunning }) {
                ((try? FileManager.default.contentsOfDirectory(atPath: threads).count) ?? 0) > 2
            }, "\(process.output())", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(600))
        #expect(process.isRunning, "\(process.output())", sourceLocation: sourceLocation)
    }

    /// The processes of the machine that were started with this environment.
    private func processes(withTMPDIR folder: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { id in
            guard Int(id) != nil, let environment = FileManager.default.contents(atPath: "/proc/\(id)/environ") else {
                return false
            }
            return String(decoding: environment, as: UTF8.self).contains("TMPDIR=\(folder)\0")
        }
    }
}
