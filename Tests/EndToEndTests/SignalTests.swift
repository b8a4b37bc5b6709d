import Foundation
import JSON
import Support
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// ^C and SIGTERM in the middle of the work: the status of the signal, and nothing left of it.
@Suite struct SignalTests {
    /// What a program may be in the middle of.
    enum Work: String, CaseIterable {
        case file, archive, zip, git, ssh
    }

    @Test(arguments: Work.allCases, [SIGINT, SIGTERM])
    func anInterruptedDownloadLeavesNothing(_ work: Work, signal: Int32) async throws {
        let upstream = try await Upstream.shared()
        var project = try await NameTests.project(["kept"])
        let before = try project.read("pins/pins.json")
        let source = try await slowSource(work, upstream, &project)
        let (process, temporary) = try project.start(["add", source.url, "--name", "x"])
        let asked = try await until { process.isRunning ? source.isBusy() : nil }
        #expect(asked == true, "\(process.output())")

        process.signal(signal)
        #expect(try await process.wait(timeout: .seconds(20)) == 128 + signal, "\(process.output())")
        #expect(process.output().contains("interrupted"))
        try expectNothingLeft(in: temporary, #_sourceLocation)
        #expect(try project.read("pins/pins.json") == before)
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
        #expect(processes(withTMPDIR: temporary) == [])
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
        try await Task.sleep(for: .milliseconds(700))
        process.signal(SIGINT)
        #expect(try await process.wait(timeout: .seconds(20)) == 130)
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
        try await Task.sleep(for: .milliseconds(400))
        #expect(process.isRunning)
        process.signal(SIGTERM)
        #expect(try await process.wait(timeout: .seconds(20)) == 143)
        try expectNothingLeft(in: temporary, #_sourceLocation)
        #expect(try project.read("pins/pins.json") == before)
    }

    // MARK: Sources that keep one waiting

    private struct Slow {
        var url: String
        /// Whether the program is in the middle of it: true once it is.
        var isBusy: @Sendable () -> Bool?
        var keeping: [any Sendable] = []
    }

    private func slowSource(_ work: Work, _ upstream: Upstream, _ project: inout Project) async throws -> Slow {
        let name = upstream.uniqueName("slow-")
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<40000).map { _ in String(generator.next(), radix: 36) }.joined()
        // Nginx writes its log when an answer is over; what shows that one is under way is that time passes.
        let started = ContinuousClock.now
        let isBusy: @Sendable () -> Bool? = { ContinuousClock.now - started > .milliseconds(900) ? true : nil }
        switch work {
        case .file: return Slow(url: try upstream.put("slow/\(name)", noise.utf8), isBusy: isBusy)
        case .archive:
            return Slow(
                url: try upstream.put("slow/\(name).tar.gz", try await upstream.archive(name, ["a": noise])),
                isBusy: isBusy)
        case .zip:
            let bytes = try await upstream.archive(name, ["a": noise], command: ["zip", "-qr"], ending: "zip")
            return Slow(url: try upstream.put("slow/\(name).zip", bytes), isBusy: isBusy)
        case .git, .ssh:
            let repository = try await TestRepository(at: upstream.directory.file("work/\(name)"))
            try repository.write("a", noise)
            try await repository.commit("one")
            let bare = try await repository.bareCopy(at: "\(upstream.root)/slow/\(name).git")
            if work == .git {
                let slow = try await GitHTTPServer(
                    root: "\(upstream.root)/slow", locations: ["limit_rate 4k;"])
                return Slow(url: "git+\(slow.baseURL)/\(name).git", isBusy: isBusy, keeping: [slow])
            }
            // An ssh that never answers: a child of the program's, which must not outlive it.
            project.environment["GIT_SSH_COMMAND"] = "sleep 300; true"
            return Slow(url: "ssh://127.0.0.1\(bare.path)", isBusy: isBusy)
        }
    }

    private func until(_ condition: () -> Bool?) async throws -> Bool? {
        for _ in 0..<2000 {
            if let answer = condition() { return answer }
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
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
