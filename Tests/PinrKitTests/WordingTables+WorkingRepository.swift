import Git
import PinrKit

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension WordingTests {
    static let workingRepositoryErrors: [(any Error, Problem.Code)] = {
        guard let id = zero else { return [] }
        let cases: [(WorkingRepositoryError, Problem.Code)] = [
            (.notARepository(path: hostile), .badGit),
            (.unsupportedFormat(path: hostile, format: hostile), .unsupported),
            (.configuration(path: hostile, line: 0), .badGit), (.configuration(path: hostile, line: 3), .badGit),
            (.illegalKey(hostile), .badGit), (.outsideWorkTree(path: hostile, workTree: hostile), .badGit),
            (.bare(path: hostile), .badGit), (.unknownRevision(hostile), .notFound),
            (.ambiguousRevision(hostile), .badSource), (.notACommit(hostile), .badGit),
            (.notAFile(path: hostile, commit: id), .badGit), (.tooLarge(path: hostile, limit: 5), .badGit),
            (.missingObject(id), .badGit), (.library(function: "git_index_read", code: -1, message: hostile), .badGit),
            (.system(call: "open", path: hostile, errnum: EACCES), .io),
        ]
        return cases.map { ($0.0, $0.1) }
    }()
}
