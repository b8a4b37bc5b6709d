import Git
import OCI
import Resolvers
import Transfer

/// What resolvers ask, with the services where the environment points.
func upstream(_ environment: [String: String] = [:]) -> Upstream {
    var configuration = TransferConfiguration()
    configuration.retries = 0
    let transfer = TransferEngine(configuration: configuration)
    let git = GitRemotes(transfer: transfer, environment: environment, temporaryDirectory: "/tmp")
    let hosts = ServiceHosts(environment: environment)
    let images = Images(
        transfer: transfer, credentials: nil, temporaryDirectory: "/tmp",
        baseURL: { hosts.url(ofImageRegistry: $0) })
    return Upstream(transfer: transfer, git: git, images: images, hosts: hosts)
}
