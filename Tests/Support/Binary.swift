import Foundation

/// The programs that were built together with the tests.
public enum Binary {
    /// The path of the `pinr` under test.
    public static let pinr: String = {
        let directory = productsDirectory.path
        let path = "\(directory)/pinr"
        precondition(FileManager.default.isExecutableFile(atPath: path), "no pinr in \(directory): run `swift build`")
        return path
    }()

    /// The variable PATH of a script that calls `pinr`.
    /// - Parameter path: where it finds its other programs; as this program finds them when nothing else is said.
    public static func path(before path: String? = nil) -> String {
        "\(productsDirectory.path):\(path ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
    }

    /// Where the test program lies is where its package's products are.
    private static let productsDirectory: URL = {
        #if os(Linux)
            let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        #else
            let argument = CommandLine.arguments.first { $0.contains(".xctest") }
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath
            let found = URL(fileURLWithPath: bundle ?? argument ?? CommandLine.arguments[0])
            let tests = URL(fileURLWithPath: found.path.components(separatedBy: ".xctest")[0])
        #endif
        return tests.deletingLastPathComponent()
    }()
}
