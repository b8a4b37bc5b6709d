import ArgumentParser
import SourceTree

/// The options of commands that unpack archives: how much one may unpack to.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("How many bytes an archive may unpack to, or so many K, M, G or T (64G).", valueName: "size")
    )
    var maxUnpackedSize: ByteCount?

    @Option(help: ArgumentHelp("How many entries an archive may have (10000000).", valueName: "n"))
    var maxEntries: Int?

    @Option(help: ArgumentHelp("How many bytes a path in an archive may have (4095).", valueName: "n"))
    var maxPathLength: Int?

    @Option(
        help: ArgumentHelp(
            "How many directories may lie within each other (63, as in current versions of Nix).", valueName: "n"))
    var maxDepth: Int?

    @Option(
        help: ArgumentHelp(
            "How many times its size an archive may unpack to, above 1 GiB (10000).", valueName: "n"))
    var maxRatio: Int?

    func validate() throws {
        let numbers = [
            ("--max-entries", maxEntries), ("--max-path-length", maxPathLength), ("--max-depth", maxDepth),
            ("--max-ratio", maxRatio),
        ]
        for (option, number) in numbers {
            if let number, number < 1 { throw ValidationError("`\(option)` is a number above 0.") }
        }
        // Directories are gone into by recursion, and no stack is without end.
        if let maxDepth, maxDepth > 2000 { throw ValidationError("`--max-depth` is 2000 at most.") }
    }

    /// The limits that archives are read with.
    var limits: TreeLimits {
        var limits = TreeLimits()
        if let maxUnpackedSize { limits.contents = maxUnpackedSize.bytes }
        if let maxEntries { limits.entries = maxEntries }
        if let maxPathLength { limits.pathLength = maxPathLength }
        if let maxDepth { limits.depth = maxDepth }
        if let maxRatio { limits.ratio = UInt64(maxRatio) }
        return limits
    }
}

/// A number of bytes, plain or with one of the suffixes K, M, G and T, which are powers of 1024.
struct ByteCount: ExpressibleByArgument {
    let bytes: UInt64

    init?(argument: String) {
        let suffixes: [Character: UInt64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        let factor = argument.last.flatMap { suffixes[$0] }
        let digits = factor == nil ? argument[...] : argument.dropLast()
        guard digits.allSatisfy({ ("0"..."9").contains($0) }), let number = UInt64(digits), number > 0 else {
            return nil
        }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: factor ?? 1)
        guard !overflows else { return nil }
        self.bytes = bytes
    }
}
