import Git
import Resolvers
import Transfer

/// What resolvers ask, with the services where the environment points.
func upstream(_ environment: [String: String] = [:]) -> Upstream {
    var configuration = TransferConfiguration()
    configuration.retries = 0
    let transfer = TransferEngine(configuration: configuration)
    let git = GitRemotes(transfer: transfer, environment: environment, temporaryDirectory: "/tmp")
    return Upstream(transfer: transfer, git: git, hosts: ServiceHosts(environment: environment))
}
