import HookHost
import HookMetrics
import HookStore
import LinboHookd
import LinboModel
import Logging
import Supervision
import TFTPTransport
import Timeline

extension Daemon {
    /// What every PC does, as long as the daemon runs.
    static func watch(_ reloader: Reloader, _ tftp: TFTPServer?, _ logger: Logger) -> PCWatch {
        let assembly = reloader.assembly
        return PCWatch(
            PCWatch.Sources(
                audit: assembly.store?.audit, hosts: { reloader.assembly.hosts },
                groups: { reloader.assembly.config.groups },
                running: { await reloader.assembly.runningTransfers(tftp) }),
            events: assembly.context.events, kept: assembly.store?.events, logger: logger)
    }

    /// How many PCs do what, and how services are.
    static func gauges(
        _ reloader: Reloader, _ pcs: PCWatch, _ supervisor: Supervisor
    ) -> @Sendable () -> [Gauge] {
        {
            let hosts = reloader.assembly.hosts.devices.hosts.filter { $0.pxe != 0 }
            let states = pcs.views(of: hosts).map(\.state)
            let phases = PCState.Phase.allCases.map { phase in
                Gauge("linbo_pcs", states.count { $0.phase == phase }, labels: [("phase", phase.rawValue)])
            }
            let services = supervisor.reports.flatMap { report in
                [
                    Gauge("linbo_service_up", report.state == .running ? 1 : 0, labels: [("service", report.name)]),
                    Gauge("linbo_service_ends", report.ends, labels: [("service", report.name)]),
                ]
            }
            return phases + [Gauge("linbo_pcs_stuck", states.count { $0.stuck != nil })] + services
        }
    }
}
