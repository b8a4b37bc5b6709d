import Foundation
import Support
import Testing
import Threads

@testable import Processes

/// Programs that are asked one question, and what they may not do meanwhile.
@Suite struct ConversationTests {
    private func ask(
        _ script: String, _ input: String = "", within limit: Duration = .seconds(120), outputLimit: Int = 1000,
        environment: [String: String] = [:]
    ) async throws -> Conversation.Answer {
        try await onThread { cancellation in
            try Conversation.run(
                ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 },
                input: Array(input.utf8), within: limit, outputLimit: outputLimit, cancellation: cancellation)
        }
    }

    @Test func questionAndAnswer() async throws {
        let answer = try await ask("cat; echo \"$WORD\"; exit 3", "one\ntwo\n", environment: ["WORD": "three"])
        #expect(answer.status == 3)
        #expect(answer.output == Array("one\ntwo\nthree\n".utf8))
    }

    @Test func theEnvironmentIsTheNamedOne() async throws {
        setenv("PINR_TEST_NOT_INHERITED", "1", 1)
        let answer = try await ask("env")
        let text = String(decoding: answer.output, as: UTF8.self)
        #expect(text.contains("PATH=") && !text.contains("PINR_TEST_NOT_INHERITED"))
    }

    @Test func itMayNotListen() async throws {
        #expect(try await ask("exec 0<&-; echo x", "nobody reads this").output == Array("x\n".utf8))
    }

    @Test func muchIsSaidOnStandardError() async throws {
        #expect(try await ask("head -c 300000 /dev/zero >&2; echo done").output == Array("done\n".utf8))
    }

    @Test func itHasNoTerminal() async throws {
        #expect(
            try await ask("if (: < /dev/tty) 2>/dev/null; then echo tty; else echo none; fi").output
                == Array("none\n".utf8))
    }

    @Test(.timeLimit(.minutes(10))) func itIsEndedWithWhatItStarted() async throws {
        let folder = TemporaryDirectory()
        // A busy machine may take longer until the shell has written it.
        for limit in [Duration.milliseconds(500), .seconds(10), .seconds(60)]
        where !FileManager.default.fileExists(atPath: folder.file("id")) {
            await #expect(throws: ProgramError.timedOut(program: "/bin/sh")) {
                try await ask(
                    "sleep 600 & echo $! > '\(folder.file("new"))'; mv '\(folder.file("new"))' '\(folder.file("id"))'; wait",
                    within: limit)
            }
        }
        let id = try #require(pid_t(folder.readText("id").trimmingCharacters(in: .whitespacesAndNewlines)))
        // It may be there still as a child of nobody's that has ended and was not asked how.
        let isGone = kill(id, 0) != 0
        let state = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ") Z"
        #expect(isGone || state.contains(") Z"), "\(state)")
    }

    @Test func whatItSaysIsHeardWhereItIsAskedFor() async throws {
        let (answer, words) = try await onThread { cancellation in
            try Conversation.runHeard(
                ["/bin/sh", "-c", "head -c 9000 /dev/zero >&2; echo no >&2; echo out; read x || exit 4"],
                environment: ["PATH": "/usr/bin:/bin"], within: nil, outputLimit: 100, cancellation: cancellation)
        }
        #expect(answer == Conversation.Answer(status: 4, output: Array("out\n".utf8)))
        #expect(words.count == 4096 && words.suffix(3) == Array("no\n".utf8)[...])
    }

    /// It takes away what it has begun; one that does not want to end has to all the same.
    @Test(.timeLimit(.minutes(10)), arguments: ["rm -f \"$FILE\"; exit 1", ""])
    func whoIsHeardMayTidyUp(_ trap: String) async throws {
        let folder = TemporaryDirectory()
        let file = folder.file("begun")
        let script = "trap '\(trap)' TERM; : > \"$FILE\"; while :; do sleep 0.1; done"
        let task = Task {
            try await onThread { cancellation in
                try Conversation.runHeard(
                    ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin", "FILE": file], within: nil,
                    outputLimit: 100, cancellation: cancellation)
            }
        }
        #expect(try await eventually { FileManager.default.fileExists(atPath: file) })
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(FileManager.default.fileExists(atPath: file) == trap.isEmpty)
    }

    @Test func anAnswerHasALimit() async throws {
        await #expect(throws: ProgramError.tooMuchOutput(program: "/bin/sh", limit: 1000)) { try await ask("yes") }
    }

    @Test func whatIsNotThereIsSaid() async throws {
        await #expect(throws: ProgramError.notStarted(program: "/nowhere/git", errnum: ENOENT)) {
            try await onThread { cancellation in
                try Conversation.run(
                    ["/nowhere/git"], environment: [:], input: [], within: .seconds(5), cancellation: cancellation)
            }
        }
    }

    @Test(.timeLimit(.minutes(10))) func itIsGivenUpWithTheTask() async throws {
        let task = Task { try await ask("sleep 600", within: .seconds(600)) }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
