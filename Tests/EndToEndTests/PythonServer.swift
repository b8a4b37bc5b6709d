import Foundation
import Support

/// A server that is a few lines of Python, and prints `port NUMBER` once it listens.
final class PythonServer: Sendable {
    let port: UInt16
    private let process: BackgroundProcess

    /// Starts it and waits until it listens.
    init(_ script: String) throws {
        process = try BackgroundProcess(["python3", "-u", "-c", script])
        let deadline = ContinuousClock.now + .seconds(60)
        while process.isRunning, ContinuousClock.now < deadline, !process.output().contains("\n") { usleep(2000) }
        let words = process.output().split(separator: "\n").first?.split(separator: " ") ?? []
        guard words.count == 2, words[0] == "port", let port = UInt16(words[1]) else {
            throw ServerError.notStarted(process.output())
        }
        self.port = port
    }

    /// What it has printed so far, line by line.
    var lines: [Substring] { process.output().split(separator: "\n") }

    /// Ends it.
    func stop() { process.stop() }
}
