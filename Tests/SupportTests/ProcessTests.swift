import Foundation
import Support
import Testing

@Suite struct ProcessTests {
    @Test func givesBackWhatTheChildReadsAndWrites() async throws {
        let input = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        let result = try await runProcess(["cat"], input: input)
        #expect(result.status == 0)
        #expect(result.stdoutBytes == input)
    }

    @Test func drainsBothOutputs() async throws {
        let script = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; exit 3"
        let result = try await runProcess(["sh", "-c", script], input: [UInt8](repeating: 0, count: 200_000))
        #expect(result.status == 3)
        #expect(result.stdoutBytes.count == 300_000)
        #expect(result.stderr.utf8.count == 300_000)
    }

    @Test func inheritsNothing() async throws {
        let file = try #require(fopen("/dev/null", "r"))
        defer { fclose(file) }
        let names = try await run(["env"], environment: ["ONLY": "this"]).lines
        #expect(names.contains("ONLY=this"))
        #expect(Set(names.map { $0.prefix { $0 != "=" } }) == ["ONLY", "PATH"])
        let descriptors = try await run(["ls", "/dev/fd/"]).lines
        #expect(descriptors == ["0", "1", "2", "3"], "3 is the directory that ls reads")
    }

    @Test func runsWhereItIsTold() async throws {
        let directory = TemporaryDirectory()
        #expect(try await run(["pwd"], directory: directory.path).trimmed == directory.path)
    }

    @Test(.timeLimit(.minutes(10))) func killsTheWholeGroupWhenTheTimeIsOver() async throws {
        let directory = TemporaryDirectory()
        let script = "sleep 3600 & echo $! > '\(directory.file("id"))'; echo started; wait"
        // A busy machine may take longer until the shell has said so.
        for (limit, isLast) in [(Duration.seconds(1), false), (.seconds(20), false), (.seconds(120), true)] {
            let error = await #expect(throws: ProcessError.self) {
                try await runProcess(["sh", "-c", script], timeout: limit)
            }
            let isWhole = error == .timedOut(["sh", "-c", script], stdout: "started\n", stderr: "")
            if isWhole { break }
            #expect(!isLast && error == .timedOut(["sh", "-c", script], stdout: "", stderr: ""))
        }
        let grandchild = try #require(Int32(try directory.readText("id").trimmingCharacters(in: .newlines)))
        #expect(await isGone(grandchild))
    }

    @Test(.timeLimit(.minutes(10))) func doesNotWaitForWhatTheChildLeavesBehind() async throws {
        let result = try await run(["sh", "-c", "sleep 3600 & echo done"])
        #expect(result.stdout == "done\n")
    }

    @Test func endsWhenTheTaskIsCancelled() async throws {
        let task = Task { try await runProcess(["sleep", "60"]) }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func saysWhatCannotBeStarted() async throws {
        await #expect(throws: ProcessError.notFound("no-such-program")) { try await runProcess(["no-such-program"]) }
        await #expect(throws: ProcessError.self) { try await runProcess(["pwd"], directory: "/no/such/directory") }
    }

    @Test func namesTheSignalThatEndedIt() async throws {
        let result = try await runProcess(["sh", "-c", "kill -TERM $$"])
        #expect(result.status == 143)
        #expect(result.signal == SIGTERM)
    }

    @Test func backgroundProcessIsEndedEvenWhenItWillNot() async throws {
        var process: BackgroundProcess? = try BackgroundProcess([
            "sh", "-c", "trap '' TERM; echo ready; sleep 60 & wait; wait",
        ])
        let id = try #require(process?.id)
        while process?.output() != "ready\n" { try await Task.sleep(for: .milliseconds(5)) }
        #expect(process?.isRunning == true)
        process = nil
        #expect(await isGone(id))
    }

    @Test func nothingOutlivesTheProgram() async throws {
        let directory = TemporaryDirectory()
        await #expect(processExitsWith: .success) { [path = directory.path as String] in
            // As a `static let` would: nobody ever lets go of them.
            let process = try BackgroundProcess(["sleep", "60"])
            let temporary = TemporaryDirectory()
            _ = (Unmanaged.passRetained(process), Unmanaged.passRetained(temporary))
            try "\(process.id)".write(toFile: "\(path)/id", atomically: true, encoding: .utf8)
            try temporary.path.write(toFile: "\(path)/path", atomically: true, encoding: .utf8)
            exit(0)
        }
        #expect(await isGone(try #require(Int32(try directory.readText("id")))))
        #expect(!FileManager.default.fileExists(atPath: try directory.readText("path")))
    }

    @Test func backgroundProcessTellsItsStatus() async throws {
        let process = try BackgroundProcess(["sh", "-c", "exit 7"])
        #expect(try await process.wait() == 7)
        process.stop()
        #expect(process.status == 7)
    }

    /// Neither running nor a zombie; an orphan may take a moment.
    private func isGone(_ id: Int32) async -> Bool {
        (try? await eventually { kill(id, 0) != 0 && errno == ESRCH }) == true
    }
}
