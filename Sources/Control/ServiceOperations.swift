package import API
import HookHost
import HookStore
package import Supervision

// Programs that run as long as the daemon.

/// Asked by `linboctl services`.
package struct GetServices: APIOperation {
    package typealias Answer = [ServiceReport]
    package static let route = Route.get("/v1/services")
    package static let summary = "Programs that the daemon keeps running, and how they are."

    /// Of all services.
    package init() {}
}

/// Asked by `linboctl services log`.
package struct GetServiceLog: APIOperation {
    package typealias Answer = [ServiceLine]
    package static let route = Route.get("/v1/services/{name}/log")
    package static let summary = "The last lines that a service wrote, oldest first."

    /// As in `GetServices`.
    package var name: String

    /// - Parameter name: as in `GetServices`.
    package init(name: String) {
        self.name = name
    }
}

/// Asked by `linboctl services restart`. The answer comes before the service has ended.
package struct RestartService: APIOperation {
    /// Which service it is.
    package struct Answer: Codable, Sendable {
        /// As it was asked for.
        package let name: String
    }
    package static let route = Route.post("/v1/services/{name}/restart")
    package static let summary = "Ends a service, and starts it anew."

    /// As in `GetServices`.
    package var name: String

    /// - Parameter name: as in `GetServices`.
    package init(name: String) {
        self.name = name
    }
}

extension Control {
    static let serviceOperations: [OperationOf<Control>] = [
        OperationOf(GetServices.self) { control, _, _ in control.supervisor?.reports ?? [] },
        OperationOf(GetServiceLog.self) { control, question, _ in
            guard let lines = control.supervisor?.log(of: question.name) else { throw Control.noService(question.name) }
            return lines
        },
        OperationOf(RestartService.self) { control, question, actor in
            try await control.act(AuditEntry("services restart", by: actor, subject: question.name)) {
                guard control.supervisor?.restart(question.name) == true else { throw Control.noService(question.name) }
                return .init(name: question.name)
            }
        },
    ]

    private static func noService(_ name: String) -> Fault {
        Fault(.missing, "there is no service '\(name)'", fix: "`linboctl services` lists them")
    }
}
