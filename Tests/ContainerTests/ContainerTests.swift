import Foundation
import Testing

/// What the tests of containers wait for: `make test-containers` asks for them, since they build images for minutes.
enum ContainerTests {
    /// Whether they are wanted, for `.enabled(if:)`.
    static let areWanted = ProcessInfo.processInfo.environment["PINR_TEST_CONTAINERS"] != nil

    /// Why they were left out.
    static let absence: Comment = "left out: PINR_TEST_CONTAINERS is not set (make test-containers)"
}
