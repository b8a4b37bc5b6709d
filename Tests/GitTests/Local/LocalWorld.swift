import Foundation
import Support

@testable import Git

/// A repository of a user, with a home of its own and an environment in which git and pinr both look at it.
struct LocalWorld {
    let folder = TemporaryDirectory()
    let repository: TestRepository
    var environment: [String: String]

    init(bare: Bool = false) async throws {
        let folder = folder
        // As the kernel names it, so that paths can be compared.
        let top = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path + "/work"
        repository = try await TestRepository(at: top, bare: bare)
        environment = isolatedEnvironment(home: folder.file("home"))
        environment["GIT_CONFIG_GLOBAL"] = nil
        environment["GIT_CEILING_DIRECTORIES"] = folder.path
    }

    var top: String { repository.path }

    func found(from path: String? = nil) throws -> WorkingRepository? {
        try WorkingRepository.discover(from: path ?? top, environment: environment)
    }

    func open(_ path: String? = nil) throws -> WorkingRepository {
        guard let found = try found(from: path) else { throw WorkingRepositoryError.notARepository(path: path ?? top) }
        return found
    }

    /// What the user's git says.
    @discardableResult
    func git(_ arguments: String..., in path: String? = nil) async throws -> String {
        try await run(["git"] + arguments, environment: environment, directory: path ?? top).trimmed
    }

    /// How the user's git ends.
    func gitStatus(_ arguments: String..., in path: String? = nil) async throws -> Int32 {
        try await runProcess(["git"] + arguments, environment: environment, directory: path ?? top).status
    }

    func write(_ path: String, _ text: String) throws { try folder.write(path, text) }
}

extension ObjectID {
    init(_ hex: String) throws {
        guard let id = ObjectID(hex: hex) else { throw WorkingRepositoryError.unknownRevision(hex) }
        self = id
    }
}
