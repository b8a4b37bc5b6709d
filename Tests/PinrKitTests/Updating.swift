import PinrKit
import Updates

/// Updates the pins of a world, all of them or those that are named.
func update(
    _ world: World, _ names: [String] = [], _ change: (inout UpdateRequest) -> Void = { _ in }
) async throws -> UpdateReport {
    var request = UpdateRequest()
    request.names = names
    change(&request)
    return try await world.pinr().update(request)
}
