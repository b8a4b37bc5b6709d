import Foundation
import Support

extension Podman {
    /// Mounts an empty Nix store at `/nix`, for all that is run inside from now on.
    func mountStore() async throws {
        let store = file("store")
        for folder in ["store", "var"] {
            try FileManager.default.createDirectory(atPath: "\(store)/\(folder)", withIntermediateDirectories: true)
        }
        try await own(store)
        try await run(insideAsRoot(["mount", "--bind", store, "/nix"]))
    }
}
