import Foundation
import Support

/// A server that is a few lines of Python, and prints `port NUMBER` once it listens.
final class PythonServer: Sendable {
    let port: UInt16
    private let process: BackgroundProcess

    /// Starts it and waits until it listens.
    init(_ script: String) async throws {
        process = try BackgroundProcess(["python3", "-u", "-c", script])
        port = try await process.listeningPort()
    }

    /// What it has printed so far, line by line.
    var lines: [Substring] { process.output().split(separator: "\n") }

    /// Ends it.
    func stop() { process.stop() }
}
